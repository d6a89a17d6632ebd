// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>
#include <torch/optim/adam.h>
#include <torch/types.h>

#include "networks/grl/block.h"
#include "networks/grl/position_bias.h"
#include "networks/narrow_grl.h"
#include "support/hash_rule.h"
#include "vcisr/networks/network.h"

namespace vcisr::networks::grl {
namespace {

using tests::hash_image;

/// A GRL with one head on each side and moderate numbers in its parameters.
NetworkPtr make(const std::string& keys) {
  auto network = registry().make(
      Config::parse("{type: grl, num_heads_window: [1], num_heads_stripe: [1], " + keys + "}"));
  tests::fill_narrow_grl(*network);
  return network;
}

double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

torch::Tensor without_gradient(Network& network, const torch::Tensor& lq) {
  const torch::NoGradGuard no_grad;
  return network.forward(lq);
}

constexpr const char* kTails[] = {"upscale: 2",
                                  "upscale: 3",
                                  "upscale: 4",
                                  "upscale: 8",
                                  "upscale: 2, upsampler: pixelshuffledirect",
                                  "upscale: 3, upsampler: pixelshuffledirect",
                                  "upscale: 4, upsampler: nearest+conv",
                                  "upscale: 1, upsampler: ''"};

TEST(Grl, RestoresAnySizeWithEveryTail) {
  for (const auto* tail : kTails) {
    const auto network = make(std::string("embed_dim: 8, depths: [2], ") + tail);
    network->eval();
    const std::int64_t s = network->scale();
    for (const auto& [h, w] : std::vector<std::pair<std::int64_t, std::int64_t>>{
             {1, 1}, {1, 9}, {5, 1}, {7, 13}, {8, 8}, {4, 17}}) {
      const auto restored = without_gradient(*network, hash_image("size", {1, 2, 3, h, w}));
      EXPECT_EQ(restored.sizes(), (std::vector<std::int64_t>{1, 2, 3, s * h, s * w})) << tail;
      EXPECT_TRUE(torch::isfinite(restored).all().item<bool>()) << tail << ", " << h << "x" << w;
    }
  }
}

TEST(Grl, MirrorsWhatWindowsLeaveOverAndElsePadsWithZeros) {
  const auto network = make("embed_dim: 8, depths: [2], upscale: 2");
  network->eval();
  struct Case {
    std::int64_t height, width;
    bool is_mirrored;
  };
  // Padding to 8 mirrors up to as many rows as there are, less one.
  for (const auto& c : {Case{13, 18, true}, Case{5, 7, true}, Case{8, 13, true}, Case{5, 16, true},
                        Case{4, 9, false}, Case{13, 4, false}, Case{4, 8, false}, Case{8, 3, false},
                        Case{1, 1, false}}) {
    const auto lq = hash_image("padded", {1, 3, c.height, c.width});
    const std::int64_t down = (8 - c.height % 8) % 8;
    const std::int64_t right = (8 - c.width % 8) % 8;
    const auto padded = c.is_mirrored ? at::reflection_pad2d(lq, {0, right, 0, down})
                                      : at::constant_pad_nd(lq, {0, right, 0, down}, 0);
    const auto expected = without_gradient(*network, padded.unsqueeze(0))
                              .slice(-2, 0, 2 * c.height)
                              .slice(-1, 0, 2 * c.width);
    EXPECT_TRUE(torch::equal(without_gradient(*network, lq.unsqueeze(0)), expected))
        << c.height << "x" << c.width;
  }
}

TEST(Grl, AddsTheInputAtItsOwnSize) {
  const auto network = make("embed_dim: 8, depths: [1], upscale: 1, upsampler: ''");
  const auto lq = hash_image("residual", {1, 1, 3, 13, 18});
  EXPECT_GT(largest_difference(without_gradient(*network, lq), lq), 0.1);
  {
    const torch::NoGradGuard no_grad;
    network->named_parameters()["conv_last.weight"].zero_();
    network->named_parameters()["conv_last.bias"].fill_(0.25);
  }
  EXPECT_LT(largest_difference(without_gradient(*network, lq), lq + 0.25), 1e-6);
}

TEST(Grl, RecordsForTrainingWhatItGivesWithout) {
  // Two programs: layer by layer, and some tokens at a time.
  for (const auto& [name, keys, h, w] :
       std::vector<std::tuple<const char*, const char*, std::int64_t, std::int64_t>>{
           {"windows of 8", "embed_dim: 16, depths: [4]", 29, 43},
           {"one window", "embed_dim: 16, depths: [2]", 8, 8},
           {"shifted stripes",
            "embed_dim: 16, depths: [4], window_size: 4, stripe_size: [8, 16], stripe_shift: true, "
            "anchor_window_down_factor: 4",
            41, 70},
           {"groups",
            "embed_dim: 16, depths: [4], stripe_size: [8, 0], stripe_groups: [0, 4], "
            "stripe_shift: true",
            48, 64},
           {"a shift between anchors",
            "embed_dim: 16, depths: [4], stripe_size: [8, 0], stripe_groups: [0, 4], "
            "stripe_shift: true, anchor_window_down_factor: 4",
            16, 48},
           {"channel attention", "embed_dim: 36, depths: [2], local_connection: true", 24, 33},
           {"scaled residuals", "embed_dim: 16, depths: [2], init_method: r", 16, 24},
           {"windows beyond a piece",
            "embed_dim: 8, depths: [3], window_size: 32, stripe_size: [32, 64], stripe_shift: true,"
            " anchor_window_down_factor: 4",
            64, 100}}) {
    const auto network = make(std::string(keys) + ", upscale: 2");
    network->eval();
    const auto lq = hash_image("two_ways", {2, 1, 3, h, w});
    const auto trained = network->forward(lq);
    EXPECT_TRUE(trained.requires_grad());
    const auto restored = without_gradient(*network, lq);
    EXPECT_FALSE(restored.requires_grad());
    const double size = std::max(1.0, trained.abs().max().item<double>());
    EXPECT_LT(largest_difference(restored, trained.detach()), 2e-5 * size) << name;
  }
}

TEST(Grl, StartsFromThePublishedDistributions) {
  torch::manual_seed(62);
  const auto network = registry().make(Config::parse("{type: vcisr_small_x4}"));
  for (const auto& item : network->named_parameters()) {
    const auto& key = item.key();
    const auto& x = item.value();
    const double largest = x.abs().max().item<double>();
    if (key.ends_with("logit_scale")) {
      EXPECT_TRUE((x == static_cast<float>(std::log(10.0))).all().item<bool>()) << key;
    } else if (key.find("norm") != std::string::npos) {
      EXPECT_TRUE((x == (key.ends_with("weight") ? 1 : 0)).all().item<bool>()) << key;
    } else if (x.dim() == 2) {
      // 1024 numbers or more: six of their spread's own deviations.
      EXPECT_NEAR(x.std().item<double>(), 0.02, 0.02 * 6 / std::sqrt(2048)) << key;
      EXPECT_NEAR(x.mean().item<double>(), 0, 0.02 * 6 / 32) << key;
      EXPECT_GT(largest, 0.05) << key;
    } else if (key.starts_with("layers") && !key.ends_with(".conv.bias") && x.dim() == 1) {
      EXPECT_EQ(largest, 0) << key;  // The linears' biases.
    } else {
      // Uniform between the inverse roots of what a convolution sums up.
      const auto weight = key.substr(0, key.rfind('.')) + ".weight";
      const auto& w = network->named_parameters()[weight];
      const double bound = 1 / std::sqrt(static_cast<double>(w.numel() / w.size(0)));
      EXPECT_LE(largest, bound * 1.0001) << key;
      EXPECT_GT(largest, x.numel() > 30 ? 0.8 * bound : 0) << key;
    }
  }
}

/// How often each branch of the block was skipped, over as many samples; which were kept are
/// checked to be scaled up.
std::vector<double> share_skipped(Block& block, double rate, std::int64_t channels) {
  constexpr std::int64_t kSamples = 3000;
  const torch::NoGradGuard no_grad;
  std::vector<double> shares;
  for (const auto* silent : {"norm2", "norm1"}) {  // The other branch alone remains.
    const auto parameters = block.named_parameters();
    const auto weight = parameters[std::string(silent) + ".weight"].detach();
    const auto bias = parameters[std::string(silent) + ".bias"].detach();
    const auto kept_weight = weight.clone(), kept_bias = bias.clone();
    weight.zero_();
    bias.zero_();
    const auto x = hash_image("sample", {1, 4, 4, channels});
    block.eval();
    const auto branch = block.forward(x) - x;
    block.train();
    const auto y = block.forward(x.expand({kSamples, 4, 4, channels}).contiguous()) - x;
    const auto is_skipped = (y == 0).flatten(1).all(1);
    const auto others = y.index({is_skipped.logical_not()});
    EXPECT_LT(largest_difference(others, (branch / (1 - rate)).expand_as(others)),
              1e-4 / (1 - rate));
    shares.push_back(is_skipped.to(torch::kFloat64).mean().item<double>());
    weight.copy_(kept_weight);
    bias.copy_(kept_bias);
  }
  return shares;
}

TEST(GrlDropPath, GrowsFromNothingToTheRateOverAllBlocks) {
  torch::manual_seed(63);
  const auto network = registry().make(
      Config::parse("{type: grl, upscale: 2, embed_dim: 4, depths: [2, 2], num_heads_window: [1, 1]"
                    ", num_heads_stripe: [1, 1], window_size: 4, stripe_size: [4, 4], "
                    "drop_path_rate: 0.9}"));
  tests::fill_by_hash_rule(*network);
  const auto modules = network->named_modules();
  int number = 0;
  for (const auto* name :
       {"layers.0.blocks.0", "layers.0.blocks.1", "layers.1.blocks.0", "layers.1.blocks.1"}) {
    const double rate = 0.3 * number++;
    auto* block = modules[name]->as<Block>();
    ASSERT_NE(block, nullptr);
    for (const double share : share_skipped(*block, rate, 4)) {
      EXPECT_NEAR(share, rate, 5 * std::sqrt(rate * (1 - rate) / 3000)) << name;
    }
  }
}

TEST(GrlDropPath, DrawsForEachBranchOnItsOwn) {
  torch::manual_seed(64);
  GrlOptions o;
  o.embed_dim = 4;
  o.num_heads_window = o.num_heads_stripe = {1, 1, 1, 1};
  o.window_size = 4;
  o.stripe_size = {4, 4};
  Block block(o, 0, 1, 0.5);
  tests::fill_by_hash_rule(block);
  const torch::NoGradGuard no_grad;
  const auto x = hash_image("sample", {1, 4, 4, 4}).expand({4000, 4, 4, 4}).contiguous();
  const auto is_unchanged = (block.forward(x) == x).flatten(1).all(1);
  EXPECT_NEAR(is_unchanged.to(torch::kFloat64).mean().item<double>(), 0.25, 0.03);
}

TEST(GrlDropPath, IsForTrainingOnly) {
  const auto network = make("embed_dim: 8, depths: [4], upscale: 2, drop_path_rate: 0.9");
  const auto lq = hash_image("eval", {1, 1, 3, 9, 10});
  network->eval();
  const auto restored = without_gradient(*network, lq);
  EXPECT_TRUE(torch::equal(without_gradient(*network, lq), restored));
  EXPECT_LT(largest_difference(network->forward(lq), restored), 1e-5);
  network->train();
  EXPECT_GT(largest_difference(without_gradient(*network, lq), restored), 1e-3);
  const auto never = make("embed_dim: 8, depths: [4], upscale: 2, drop_path_rate: 0");
  EXPECT_LT(largest_difference(without_gradient(*never, lq), restored), 1e-5);
  // One block alone is the first.
  const auto single = make("embed_dim: 8, depths: [1], upscale: 2, drop_path_rate: 0.9");
  const auto trained = without_gradient(*single, lq);
  single->eval();
  EXPECT_LT(largest_difference(without_gradient(*single, lq), trained), 1e-5);
}

/// Kept terms against those that a gradient is recorded for, which are made anew.
void expect_current_terms(LogitTransform& transform, const char* what) {
  const auto fresh = transform.forward({8, 8}, 2);
  ASSERT_TRUE(fresh.bias.requires_grad());
  const torch::NoGradGuard no_grad;
  const auto kept = transform.forward({8, 8}, 2);
  EXPECT_TRUE(torch::equal(kept.scale, fresh.scale.detach())) << what;
  EXPECT_TRUE(torch::equal(kept.bias, fresh.bias.detach())) << what;
}

TEST(GrlLogitTerms, AreKeptUntilAParameterChanges) {
  LogitTransform transform(3);
  tests::fill_by_hash_rule(transform);
  torch::Tensor first;
  {
    const torch::NoGradGuard no_grad;
    first = transform.forward({8, 8}, 2).bias;
    EXPECT_TRUE(transform.forward({8, 8}, 2).bias.is_same(first));
    // The sizes of several pictures side by side.
    EXPECT_EQ(transform.forward({8, 16}, 2).bias.sizes(), (std::vector<std::int64_t>{3, 11, 23}));
    EXPECT_EQ(transform.forward({8, 8}, 1).bias.sizes(), (std::vector<std::int64_t>{3, 15, 15}));
    EXPECT_TRUE(transform.forward({8, 8}, 2).bias.is_same(first));
    for (std::int64_t n = 1; n < 9; ++n) (void)transform.forward({n, n}, 1);
  }
  expect_current_terms(transform, "after many sizes");
  for (const auto& item : transform.named_parameters()) {
    const torch::NoGradGuard no_grad;
    item.value().add_(0.125);
    const at::AutoGradMode with_gradient(true);
    expect_current_terms(transform, item.key().c_str());
  }
  torch::optim::Adam optimizer(transform.parameters(), torch::optim::AdamOptions(0.1));
  (transform.forward({8, 8}, 2).bias.sum() + transform.forward({8, 8}, 2).scale.sum()).backward();
  optimizer.step();
  expect_current_terms(transform, "after an optimizer's step");
  for (auto& item : transform.named_parameters()) {
    item.value().set_data(item.value().detach() * 0.5);
    expect_current_terms(transform, "after set_data");
  }
  transform.to(torch::kFloat64);
  expect_current_terms(transform, "in float64");
}

TEST(GrlLogitTerms, AreNotThoseOfAFreedParameterAtTheSameAddress) {
  LogitTransform transform(3);
  tests::fill_by_hash_rule(transform);
  auto weight = transform.named_parameters()["cpb_mlp.2.weight"];
  std::vector<float> memory(static_cast<std::size_t>(weight.numel()), 0.25f);
  bool is_free = false;
  weight.set_data(
      torch::from_blob(memory.data(), weight.sizes(), [&is_free](void*) { is_free = true; }));
  expect_current_terms(transform, "at first");
  weight.set_data(torch::ones(weight.sizes()));
  if (!is_free) return;  // Whoever keeps the terms keeps the memory: nobody else gets it.
  std::fill(memory.begin(), memory.end(), -0.5f);
  weight.set_data(torch::from_blob(memory.data(), weight.sizes()));
  expect_current_terms(transform, "of the same memory's next user");
  weight.set_data(torch::ones(weight.sizes()));
}

TEST(GrlLogitTerms, MadeInInferenceModeServeTraining) {
  LogitTransform transform(2);
  {
    const c10::InferenceMode mode;
    (void)transform.forward({8, 8}, 1);
  }
  const torch::NoGradGuard no_grad;
  const auto kept = transform.forward({8, 8}, 1);
  EXPECT_FALSE(kept.bias.is_inference());
  const at::AutoGradMode with_gradient(true);
  auto x = torch::ones_like(kept.bias).requires_grad_();
  (kept.bias * x).sum().backward();  // An inference tensor cannot be saved for this.
  EXPECT_TRUE(torch::equal(x.grad(), kept.bias));
}

TEST(Grl, SeesAChangedParameterInEvalMode) {
  const auto network = make("embed_dim: 8, depths: [2], upscale: 2");
  network->eval();
  const auto lq = hash_image("changed", {1, 1, 3, 16, 16});
  auto before = without_gradient(*network, lq);
  for (const auto* key :
       {"layers.0.blocks.0.attn.window_attn.attn_transform.logit_scale",
        "layers.0.blocks.0.attn.window_attn.attn_transform.cpb_mlp.2.weight",
        "layers.0.blocks.1.attn.stripe_attn.attn_transform1.cpb_mlp.0.bias",
        "layers.0.blocks.1.attn.stripe_attn.attn_transform2.cpb_mlp.0.weight",
        "layers.0.blocks.0.attn.qkv.body.weight", "layers.0.blocks.1.mlp.fc1.weight"}) {
    for (const bool in_place : {true, false}) {
      auto parameter = network->named_parameters()[key];
      if (in_place) {
        const torch::NoGradGuard no_grad;
        parameter.mul_(0.75);
      } else {
        parameter.set_data(parameter.detach() * 1.5);
      }
      const auto after = without_gradient(*network, lq);
      EXPECT_GT(largest_difference(after, before), 1e-6) << key << ", in place: " << in_place;
      EXPECT_LT(largest_difference(after, network->forward(lq)), 1e-5) << key;
      before = after;
    }
  }
}

}  // namespace
}  // namespace vcisr::networks::grl
