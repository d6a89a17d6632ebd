// SPDX-License-Identifier: Apache-2.0
#include "vcisr/losses/perceptual.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "support/autocast.h"
#include "support/gradcheck.h"
#include "support/hash_rule.h"
#include "support/training_networks.h"
#include "vcisr/core/error.h"

namespace vcisr::losses {
namespace {

using tests::hash_image;

PerceptualOptions read(const std::string& yaml) {
  return read_perceptual_options(Config::parse(yaml));
}

std::shared_ptr<networks::VggFeatures> features(const std::vector<std::string>& layers) {
  static const auto weights = tests::hashed_vgg19();
  return std::make_shared<networks::VggFeatures>(networks::VggOptions{.layers = layers}, weights);
}

PerceptualLoss shallow(const std::string& more = "") {
  return PerceptualLoss(read("{layer_weights: {conv1_2: 0.5, relu2_1: 2}" + more + "}"),
                        features({"conv1_2", "relu2_1"}));
}

const torch::Tensor kRestored = hash_image("restored", {2, 3, 10, 12});
const torch::Tensor kHq = hash_image("hq", {2, 3, 10, 12});

TEST(PerceptualOptions, AreBasicSrs) {
  const auto options = read(
      "{type: PerceptualLoss, layer_weights: {conv1_2: 0.1, conv5_4: !!float 1}, vgg_type: vgg19, "
      "use_input_norm: false, range_norm: true, perceptual_weight: 2.0, style_weight: 3, "
      "criterion: "
      "fro, channel_order: as_published, weights: vgg.pth}");
  EXPECT_EQ(options.layer_weights,
            (std::vector<std::pair<std::string, double>>{{"conv1_2", 0.1}, {"conv5_4", 1}}));
  EXPECT_FALSE(options.use_input_norm);
  EXPECT_TRUE(options.range_norm);
  EXPECT_EQ(options.perceptual_weight, 2);
  EXPECT_EQ(options.style_weight, 3);
  EXPECT_EQ(options.criterion, FeatureCriterion::kFrobenius);
  EXPECT_EQ(options.channel_order, networks::VggChannelOrder::kAsPublished);
  EXPECT_EQ(options.weights, "vgg.pth");
  EXPECT_EQ(read("{}").layer_weights.size(), 5u);
}

TEST(PerceptualOptions, AreReadStrictly) {
  for (const auto* yaml : {"{layer_weights: {conv1_3: 1}}", "{layer_weights: {}}",
                           "{vgg_type: vgg16}", "{criterion: l3}", "{layer_weights: {conv1_2: -1}}",
                           "{styleweight: 1}", "{type: GANLoss}", "{channel_order: bgr}"}) {
    EXPECT_THROW((void)read(yaml), ConfigError) << yaml;
  }
  EXPECT_THROW(PerceptualLoss(read("{weights: /nowhere/vgg19.pth}")), CheckpointError);
}

TEST(PerceptualLoss, IsTheWeightedDistanceOfItsLayers) {
  const auto network = features({"conv1_2", "relu2_1"});
  const auto a = network->forward(kRestored);
  const auto b = network->forward(kHq);
  const double first = (a[0] - b[0]).abs().mean().item<double>();
  const double second = (a[1] - b[1]).abs().mean().item<double>();
  const auto values = shallow(", perceptual_weight: 3").forward(kRestored, kHq);
  ASSERT_TRUE(values.perceptual);
  EXPECT_FALSE(values.style);
  ASSERT_EQ(values.layers.size(), 2u);
  EXPECT_EQ(values.layers[1].first, "relu2_1");
  EXPECT_NEAR(values.layers[0].second.item<double>(), first, 1e-6);
  EXPECT_NEAR(values.layers[1].second.item<double>(), second, 1e-6);
  EXPECT_NEAR(values.perceptual->item<double>(), 3 * (0.5 * first + 2 * second), 1e-5);

  const auto l2 = shallow(", criterion: l2").forward(kRestored, kHq).layers[0].second;
  EXPECT_NEAR(l2.item<double>(), (a[0] - b[0]).square().mean().item<double>(), 1e-6);
  const auto fro = shallow(", criterion: fro").forward(kRestored, kHq).layers[0].second;
  EXPECT_NEAR(fro.item<double>(), (a[0] - b[0]).norm().item<double>(), 1e-3);
}

TEST(PerceptualLoss, ComparesGramMatricesForTheStyle) {
  const auto loss =
      PerceptualLoss(read("{layer_weights: {conv1_1: 2}, perceptual_weight: 0, style_weight: 5}"),
                     features({"conv1_1"}));
  const auto values = loss.forward(kRestored, kHq);
  EXPECT_FALSE(values.perceptual);
  EXPECT_TRUE(values.layers.empty());
  ASSERT_TRUE(values.style);
  const auto gram = [](const torch::Tensor& x) {
    return torch::einsum("nchw,ndhw->ncd", {x, x}) / (64 * 10 * 12);
  };
  const auto network = features({"conv1_1"});
  const auto difference = gram(network->forward(kRestored)[0]) - gram(network->forward(kHq)[0]);
  EXPECT_NEAR(values.style->item<double>(), 10 * difference.abs().mean().item<double>(), 1e-5);
}

TEST(PerceptualLoss, TeachesTheRestoredPictureOnly) {
  const auto restored = kRestored.clone().requires_grad_(true);
  const auto hq = kHq.clone().requires_grad_(true);
  const auto values = shallow(", style_weight: 1").forward(restored, hq);
  (*values.perceptual + *values.style).backward();
  EXPECT_GT(restored.grad().abs().sum().item<double>(), 0);
  EXPECT_FALSE(hq.grad().defined());
}

TEST(PerceptualLoss, HasTheGradientOfItsDifferences) {
  for (const auto* criterion : {"l1", "l2", "fro"}) {
    const auto network = features({"conv1_2", "relu2_1"});
    network->to(torch::kFloat64);
    const PerceptualLoss loss(read("{layer_weights: {conv1_2: 0.5, relu2_1: 2}, style_weight: 1, "
                                   "criterion: " +
                                   std::string(criterion) + "}"),
                              network);
    const auto restored =
        hash_image("restored", {1, 3, 4, 6}).to(torch::kFloat64).requires_grad_(true);
    const auto hq = hash_image("hq", {1, 3, 4, 6});
    const auto total = [&] {
      const auto values = loss.forward(restored, hq);
      return *values.perceptual + *values.style;
    };
    total().backward();
    const auto value = [&] { return total().item<double>(); };
    tests::expect_gradient(value, restored, criterion, {.step = 1e-7});
  }
}

TEST(PerceptualLoss, ComparesInFloat32UnderAutocast) {
  const auto loss = shallow();
  const double wide = loss.forward(kRestored, kHq).perceptual->item<double>();
  const tests::Autocast bf16;
  const auto narrow = *loss.forward(kRestored, kHq).perceptual;
  EXPECT_EQ(narrow.scalar_type(), torch::kFloat32);
  EXPECT_NEAR(narrow.item<double>(), wide, 0.01 * wide);
}

TEST(PerceptualLoss, RefusesWhatDoesNotFit) {
  EXPECT_THROW((void)shallow().forward(kRestored, kHq.slice(0, 0, 1)), c10::Error);
  EXPECT_THROW(PerceptualLoss(read("{layer_weights: {conv1_1: 1}}"), features({"conv1_2"})),
               c10::Error);
}

}  // namespace
}  // namespace vcisr::losses
