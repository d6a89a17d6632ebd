// SPDX-License-Identifier: Apache-2.0
// Networks under autocast, as mixed-precision training runs them.
#include "support/autocast.h"

#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "support/hash_rule.h"
#include "support/training_networks.h"
#include "vcisr/networks/network.h"

namespace vcisr::networks {
namespace {

using tests::hash_image;

struct Gradients {
  torch::Tensor output;
  std::vector<torch::Tensor> of_parameters;
};

/// Of a loss whose gradient differs everywhere.
Gradients learn(torch::nn::Module& module, const std::function<torch::Tensor()>& forward,
                bool is_narrow) {
  module.zero_grad();
  Gradients result;
  {
    std::optional<tests::Autocast> bf16;
    if (is_narrow) bf16.emplace();
    result.output = forward();
  }
  const auto target = hash_image("target", result.output.sizes().vec());
  (result.output.to(torch::kFloat32) - target).square().mean().backward();
  result.output = result.output.detach();
  for (const auto& parameter : module.parameters()) {
    if (parameter.requires_grad()) result.of_parameters.push_back(parameter.grad().clone());
  }
  return result;
}

torch::Tensor flat(const std::vector<torch::Tensor>& tensors) {
  std::vector<torch::Tensor> parts;
  for (const auto& tensor : tensors) parts.push_back(tensor.flatten().to(torch::kFloat64));
  return at::cat(parts);
}

double cosine(const torch::Tensor& a, const torch::Tensor& b) {
  return (at::dot(a, b) / (a.norm() * b.norm())).item<double>();
}

void expect_near_float32(torch::nn::Module& module, const std::string& name,
                         const std::function<torch::Tensor()>& forward) {
  const auto wide = learn(module, forward, false);
  const auto narrow = learn(module, forward, true);
  EXPECT_TRUE(torch::isfinite(narrow.output).all().item<bool>()) << name;
  EXPECT_FALSE(torch::equal(narrow.output, wide.output)) << name << ": was autocast on?";
  const auto ours = flat(narrow.of_parameters);
  ASSERT_TRUE(torch::isfinite(ours).all().item<bool>()) << name;
  const double all = cosine(ours, flat(wide.of_parameters));
  std::printf("[ measured ] %s: cosine of bf16's and float32's gradients %.6f\n", name.c_str(),
              all);
  EXPECT_GT(all, 0.99) << name;
}

class AutocastNetworks : public ::testing::TestWithParam<const char*> {};

TEST_P(AutocastNetworks, LearnAsInFloat32) {
  torch::manual_seed(12);
  const auto network = registry().make(Config::parse(GetParam()));
  network->train();
  const auto lq = hash_image("lq", {2, 3, 16, 16}).contiguous(at::MemoryFormat::ChannelsLast);
  const auto restored = [&] { return network->forward(lq.unsqueeze(1)); };
  expect_near_float32(*network, GetParam(), restored);
  {
    const tests::Autocast bf16;
    EXPECT_EQ(restored().scalar_type(), torch::kFloat32);
  }
}

TEST_P(AutocastNetworks, RestoreWithoutGradients) {
  torch::manual_seed(12);
  const auto network = registry().make(Config::parse(GetParam()));
  network->eval();
  const auto lq = hash_image("lq", {1, 1, 3, 16, 16});
  const torch::NoGradGuard no_grad;
  const auto wide = network->forward(lq);
  const tests::Autocast bf16;
  const auto narrow = network->forward(lq);
  EXPECT_LT((narrow - wide).abs().mean().item<double>(), 0.02);
}

INSTANTIATE_TEST_SUITE_P(
    All, AutocastNetworks,
    ::testing::Values("{type: vcisr_small_x4, drop_path_rate: 0}",
                      "{type: grl, upscale: 2, embed_dim: 36, depths: [2], num_heads_window: [2], "
                      "num_heads_stripe: [2], drop_path_rate: 0, local_connection: true}",
                      "{type: srvgg_compact, num_feat: 16, num_conv: 4, scale: 2}",
                      "{type: srvgg_compact, num_feat: 16, num_conv: 4, scale: 2, skip: bicubic}",
                      "{type: rrdbnet, num_feat: 16, num_grow_ch: 8, num_block: 2, scale: 2}"),
    [](const auto& instance) { return "Case" + std::to_string(instance.index); });

TEST(AutocastTraining, TheDiscriminatorLearnsAsInFloat32) {
  const auto network = tests::hashed_discriminator("{type: unet_discriminator_sn, num_feat: 16}");
  const auto picture =
      hash_image("disc", {2, 3, 32, 24}).contiguous(at::MemoryFormat::ChannelsLast);
  expect_near_float32(*network, "discriminator", [&] {
    tests::fill_discriminator(*network);  // The same u each time.
    return network->forward(picture);
  });
}

TEST(AutocastTraining, Vgg19PassesGradientsAsInFloat32) {
  VggFeatures network({.layers = {"conv1_2", "conv3_1"}}, tests::hashed_vgg19());
  const auto gradient = [&](bool is_narrow) {
    auto picture = hash_image("picture", {1, 3, 24, 16})
                       .contiguous(at::MemoryFormat::ChannelsLast)
                       .requires_grad_(true);
    {
      std::optional<tests::Autocast> bf16;
      if (is_narrow) bf16.emplace();
      const auto found = network.forward(picture);
      EXPECT_EQ(found[0].scalar_type(), is_narrow ? torch::kBFloat16 : torch::kFloat32);
      (found[0].to(torch::kFloat32).square().mean() + found[1].to(torch::kFloat32).square().mean())
          .backward();
    }
    return picture.grad().flatten().clone();
  };
  EXPECT_GT(cosine(gradient(true), gradient(false)), 0.99);
}

}  // namespace
}  // namespace vcisr::networks
