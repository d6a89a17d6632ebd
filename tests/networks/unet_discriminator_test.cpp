// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/types.h>

#include "support/gradcheck.h"
#include "support/hash_rule.h"
#include "support/training_networks.h"
#include "vcisr/core/error.h"
#include "vcisr/networks/network.h"

namespace vcisr::networks {
namespace {

using tests::hash_image;

nlohmann::json golden(const std::string& name) {
  std::ifstream file(std::string(VCISR_GOLDEN_DIR) + "/" + name);
  return nlohmann::json::parse(file);
}

DiscriminatorPtr tiny(const std::string& more = "") {
  return tests::hashed_discriminator("{type: UNetDiscriminatorSN, num_feat: 2" + more + "}");
}

TEST(UnetDiscriminator, HasThePublishedStateInItsOrder) {
  const auto state = module_state(*tests::hashed_discriminator());
  const auto expected =
      golden("vcisr_training.json").at("spot_checks").at("discriminator_state_order");
  ASSERT_EQ(state.size(), expected.size());
  for (std::size_t i = 0; i < state.size(); ++i) {
    EXPECT_EQ(state[i].first, expected[i][0].get<std::string>());
    EXPECT_EQ(state[i].second.sizes().vec(), expected[i][1].get<std::vector<std::int64_t>>());
  }
}

TEST(UnetDiscriminator, EqualsThePublishedModule) {
  const auto network = tests::hashed_discriminator();
  EXPECT_EQ(count_parameters(*network), 4376897);
  const auto logits = network->forward(hash_image("disc", {1, 3, 16, 24})).detach();
  ASSERT_EQ(logits.sizes(), (std::vector<std::int64_t>{1, 1, 16, 24}));
  const auto expected = golden("vcisr_discriminator.json");
  EXPECT_NEAR(logits.mean().item<double>(), expected.at("output_mean").get<double>(), 1e-6);
  for (const auto& [index, value] : expected.at("output").items()) {
    EXPECT_NEAR(logits.flatten()[std::stoll(index)].item<double>(), value.get<double>(), 1e-6);
  }
  std::size_t i = 0;
  torch::Tensor weight, u;
  for (const auto& [name, tensor] : module_state(*network)) {
    if (name.ends_with("weight_orig")) weight = tensor.detach().flatten(1);
    if (name.ends_with("weight_u")) u = tensor;
    if (!name.ends_with("weight_v")) continue;
    EXPECT_NEAR(torch::dot(u, torch::mv(weight, tensor)).item<double>(),
                expected.at("sigma_conv1_to_8")[i++].get<double>(), 5e-6)
        << name;
  }
  const auto cost = [&](double label) {
    return at::binary_cross_entropy_with_logits(logits, torch::full_like(logits, label))
        .item<double>();
  };
  EXPECT_NEAR(cost(1), expected.at("bce_real").get<double>(), 1e-6);
  EXPECT_NEAR(cost(0), expected.at("bce_fake").get<double>(), 1e-6);
}

TEST(UnetDiscriminator, LearnsFromRealAndFakeTogether) {
  const auto real = hash_image("real", {1, 3, 8, 16});
  const auto fake = hash_image("fake", {1, 3, 8, 16});
  const auto gradients = [&](bool together) {
    const auto network = tiny();
    const auto first = network->forward(real).mean();
    if (!together) first.backward();
    const auto second = network->forward(fake).square().mean();
    together ? (first + second).backward() : second.backward();
    std::vector<torch::Tensor> result;
    for (const auto& parameter : network->parameters()) result.push_back(parameter.grad().clone());
    return result;
  };
  const auto one = gradients(true);
  const auto two = gradients(false);
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_TRUE(torch::allclose(one[i], two[i], 1e-5, 1e-7)) << i;
    EXPECT_GT(one[i].abs().sum().item<double>(), 0) << i;
  }
}

TEST(UnetDiscriminator, TeachesTheGeneratorWhileItIsFrozen) {
  const auto network = tiny();
  for (auto& parameter : network->parameters()) parameter.requires_grad_(false);
  const auto picture = hash_image("picture", {1, 3, 8, 8}).requires_grad_(true);
  network->forward(picture).mean().backward();
  EXPECT_GT(picture.grad().abs().sum().item<double>(), 0);
}

class UnetDiscriminatorGrad : public ::testing::TestWithParam<const char*> {};

TEST_P(UnetDiscriminatorGrad, IsThatOfTheDifferences) {
  const auto network = tiny(GetParam());
  (void)network->forward(hash_image("start", {1, 3, 8, 8}));  // Makes the v.
  network->to(torch::kFloat64);
  network->eval();
  const auto picture =
      hash_image("gradient", {1, 3, 8, 16}).to(torch::kFloat64).requires_grad_(true);
  const auto weights = hash_image("weights", {1, 1, 8, 16}).to(torch::kFloat64);
  const auto loss = [&] { return (network->forward(picture) * weights).sum(); };
  loss().backward();
  const auto value = [&] { return loss().item<double>(); };
  tests::expect_gradient(value, picture, "picture");
  for (const auto& item : network->named_parameters()) {
    tests::expect_gradient(value, item.value(), item.key());
  }
}

INSTANTIATE_TEST_SUITE_P(Both, UnetDiscriminatorGrad,
                         ::testing::Values("", ", skip_connection: false"));

TEST(UnetDiscriminator, TakesAnyStrides) {
  const auto network = tiny();
  const auto picture = hash_image("picture", {2, 3, 16, 8});
  (void)network->forward(picture);
  network->eval();
  const auto expected = network->forward(picture);
  const auto turned = picture.contiguous(at::MemoryFormat::ChannelsLast);
  EXPECT_TRUE(torch::allclose(network->forward(turned), expected, 1e-5, 1e-6));
  for (auto& parameter : network->parameters()) {
    if (parameter.dim() == 4) {
      parameter.set_data(parameter.detach().contiguous(at::MemoryFormat::ChannelsLast));
    }
  }
  EXPECT_TRUE(torch::allclose(network->forward(turned), expected, 1e-5, 1e-6));
  network->train();
  EXPECT_TRUE(torch::isfinite(network->forward(turned)).all().item<bool>());
}

TEST(UnetDiscriminator, RefusesOtherSizesInOneSentence) {
  const auto network = tiny();
  EXPECT_EQ(network->side_multiple(), 8);
  try {
    (void)network->forward(torch::zeros({1, 3, 12, 16}));
    FAIL() << "no error";
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    EXPECT_NE(text.find("multiples of 8, but it is 16x12"), std::string::npos) << text;
  }
  EXPECT_THROW((void)network->forward(torch::zeros({1, 4, 8, 8})), c10::Error);
  EXPECT_THROW((void)network->forward(torch::zeros({3, 8, 8})), c10::Error);
}

TEST(Discriminators, AreMadeFromTheirExamples) {
  for (const auto& entry : discriminators().entries()) {
    const auto network = discriminators().make(Config::parse(entry.example));
    const auto side = network->side_multiple();
    const auto logits = network->forward(torch::rand({2, 3, side, 2 * side}));
    EXPECT_EQ(logits.sizes(), (std::vector<std::int64_t>{2, 1, side, 2 * side}));
  }
  EXPECT_THROW((void)discriminators().make(Config::parse("{type: unet_discriminator}")),
               ConfigError);
}

}  // namespace
}  // namespace vcisr::networks
