// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <torch/optim/adam.h>
#include <torch/types.h>

#include "networks/grl/block.h"
#include "support/gradcheck.h"
#include "support/hash_rule.h"
#include "vcisr/networks/network.h"

namespace vcisr::networks::grl {
namespace {

using tests::hash_image;

/// Of forward(x) and of every parameter of `module`, weighted by fixed numbers.
void expect_all_gradients(torch::nn::Module& module, const torch::Tensor& x,
                          const std::function<torch::Tensor(const torch::Tensor&)>& forward) {
  tests::fill_by_hash_rule(module);
  module.to(torch::kFloat64);
  module.eval();
  const auto lq = x.to(torch::kFloat64).requires_grad_(true);
  const auto shape = forward(lq).sizes().vec();
  const auto weights = hash_image("gradient_weights", shape).to(torch::kFloat64);
  const auto loss = [&] { return (forward(lq) * weights).sum(); };
  loss().backward();
  const auto value = [&] { return loss().item<double>(); };
  tests::expect_gradient(value, lq, "x", {.step = 1e-7, .count = 4});
  for (const auto& item : module.named_parameters()) {
    tests::expect_gradient(value, item.value(), item.key(), {.step = 1e-7, .count = 4});
  }
}

/// Heads of 9 and of 6 channels.
GrlOptions small_options() {
  GrlOptions o;
  o.embed_dim = 36;
  o.depths = {4};
  o.num_heads_window = {2};
  o.num_heads_stripe = {3};
  o.window_size = 4;
  o.stripe_size = {4, 8};
  return o;
}

struct BlockCase {
  const char* name;
  GrlOptions options;
  std::int64_t block;
};

std::vector<BlockCase> block_cases() {
  const auto plain = small_options();
  auto shifted = plain;
  shifted.stripe_shift = true;
  auto groups = shifted;
  groups.stripe_size = {4, 0};
  groups.stripe_groups = {0, 2};
  auto local = plain;
  local.local_connection = true;
  auto anchors = shifted;
  anchors.stripe_size = {8, 8};
  anchors.anchor_window_down_factor = 4;
  anchors.residual_scale = 0.1;
  anchors.mlp_ratio = 1;
  return {{"ShiftedWindows", plain, 0},   {"PlainTurned", plain, 1},
          {"ShiftedStripes", shifted, 2}, {"ShiftedTurned", shifted, 3},
          {"Groups", groups, 2},          {"GroupsTurned", groups, 3},
          {"ChannelAttention", local, 1}, {"ScaledFewAnchors", anchors, 2}};
}

class GrlBlockGrad : public ::testing::TestWithParam<BlockCase> {};

TEST_P(GrlBlockGrad, IsThatOfTheDifferences) {
  const auto& c = GetParam();
  Block block(c.options, 0, c.block, 0.5);
  const auto x = 4 * hash_image("tokens", {2, 8, 8, 36}) - 2;
  expect_all_gradients(block, x, [&](const torch::Tensor& y) { return block.forward(y); });
}

INSTANTIATE_TEST_SUITE_P(AllKinds, GrlBlockGrad, ::testing::ValuesIn(block_cases()),
                         [](const auto& instance) { return std::string(instance.param.name); });

class GrlTailGrad : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(GrlTailGrad, IsThatOfTheDifferences) {
  const auto network = registry().make(
      Config::parse(std::string("{type: grl, embed_dim: 8, depths: [1], num_heads_window: [1], "
                                "num_heads_stripe: [1], window_size: 4, stripe_size: [4, 4], ") +
                    GetParam().second + "}"));
  const auto lq = hash_image("gradient", {1, 1, 3, 3, 5});
  expect_all_gradients(*network, lq, [&](const torch::Tensor& x) { return network->forward(x); });
}

INSTANTIATE_TEST_SUITE_P(
    AllKinds, GrlTailGrad,
    ::testing::Values(std::pair("ShuffleBy2", "upscale: 2"), std::pair("ShuffleBy3", "upscale: 3"),
                      std::pair("ShuffleTwice", "upscale: 4"),
                      std::pair("OneShuffle", "upscale: 3, upsampler: pixelshuffledirect"),
                      std::pair("NearestNeighbour", "upscale: 4, upsampler: nearest+conv"),
                      std::pair("AddedToTheInput", "upscale: 1, upsampler: ''")),
    [](const auto& instance) { return std::string(instance.param.first); });

TEST(GrlTraining, ChangesEveryParameterInOneStep) {
  torch::manual_seed(61);
  const auto network = registry().make(Config::parse("{type: vcisr_small_x4, drop_path_rate: 0}"));
  network->train();
  std::vector<torch::Tensor> before;
  for (const auto& parameter : network->parameters()) {
    EXPECT_TRUE(parameter.requires_grad());
    before.push_back(parameter.detach().clone());
  }
  ASSERT_EQ(before.size(), 440u);
  const auto lq = hash_image("lq", {1, 1, 3, 16, 16});
  const auto hq = hash_image("hq", {1, 1, 3, 64, 64});
  torch::optim::Adam optimizer(network->parameters(), torch::optim::AdamOptions(2e-4));
  const auto loss = [&] { return (network->forward(lq) - hq).abs().mean(); };
  const auto first = loss();
  first.backward();
  optimizer.step();
  std::size_t i = 0;
  for (const auto& item : network->named_parameters()) {
    EXPECT_TRUE(torch::isfinite(item.value().grad()).all().item<bool>()) << item.key();
    EXPECT_GT(item.value().grad().abs().max().item<double>(), 0) << item.key();
    EXPECT_FALSE(torch::equal(item.value(), before[i++])) << item.key() << " did not change";
  }
  EXPECT_LT(loss().item<double>(), first.item<double>());
}

}  // namespace
}  // namespace vcisr::networks::grl
