// SPDX-License-Identifier: Apache-2.0
// What holds for every registered network, by its smallest valid example.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <torch/optim/sgd.h>
#include <torch/types.h>

#include "networks/counting_allocator.h"
#include "support/gradcheck.h"
#include "support/hash_rule.h"
#include "vcisr/networks/network.h"

namespace vcisr {

// Where gtest looks for it: the entry is a member of vcisr::Registry.
inline void PrintTo(const networks::NetworkEntry& entry, std::ostream* os) { *os << entry.name; }

}  // namespace vcisr

namespace vcisr::networks {
namespace {

using tests::hash_image;

class NetworkContract : public ::testing::TestWithParam<NetworkEntry> {
 protected:
  /// With numbers in its parameters that do not depend on a seed.
  static NetworkPtr make() {
    auto network = registry().make(Config::parse(GetParam().example));
    tests::fill_by_hash_rule(*network);
    return network;
  }

  static std::vector<std::int64_t> restored_shape(const Network& network, std::int64_t b,
                                                  std::int64_t t, std::int64_t h, std::int64_t w) {
    return {b, t, 3, h * network.scale(), w * network.scale()};
  }
};

TEST_P(NetworkContract, IsMadeFromItsExample) {
  const auto network = make();
  EXPECT_FALSE(GetParam().summary.empty());
  EXPECT_GE(network->scale(), 1);
  const auto traits = network->tiling();
  EXPECT_GE(traits.grid_px, 1);
  EXPECT_GE(traits.exact_halo_px, traits.default_halo_px);
  EXPECT_EQ(traits.exact_halo_px % traits.grid_px, 0);
  EXPECT_EQ(traits.default_halo_px % traits.grid_px, 0);
  EXPECT_EQ(traits.grid_px % traits.pad_multiple_px, 0);
  // Input and output alone are that much.
  EXPECT_GE(network->bytes_per_lq_pixel(),
            12 * (1 + static_cast<double>(network->scale() * network->scale())));
}

TEST_P(NetworkContract, RestoresAnySize) {
  const auto network = make();
  prepare_for_inference(*network, torch::kCPU, torch::kFloat32);
  for (const auto& [h, w] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {17, 23}, {1, 1}, {1, 9}, {2, 3}, {5, 1}, {8, 8}}) {
    const auto restored = network->forward(hash_image("any_size", {1, 1, 3, h, w}));
    EXPECT_EQ(restored.sizes(), restored_shape(*network, 1, 1, h, w));
    EXPECT_TRUE(torch::isfinite(restored).all().item<bool>());
  }
}

TEST_P(NetworkContract, RestoresBatchesOfClips) {
  const auto network = make();
  prepare_for_inference(*network, torch::kCPU, torch::kFloat32);
  const auto lq = hash_image("batch", {2, 3, 3, 9, 7});
  const auto restored = network->forward(lq);
  ASSERT_EQ(restored.sizes(), restored_shape(*network, 2, 3, 9, 7));
  // Clips know nothing of each other; nor do frames, unless the network is temporal.
  EXPECT_TRUE(
      torch::allclose(network->forward(lq.slice(0, 1, 2)), restored.slice(0, 1, 2), 1e-5, 1e-5));
  if (!network->is_temporal()) {
    EXPECT_TRUE(
        torch::allclose(network->forward(lq.slice(1, 2, 3)), restored.slice(1, 2, 3), 1e-5, 1e-5));
  }
}

TEST_P(NetworkContract, TakesAnyStridesAndLeavesItsInputAlone) {
  const auto network = make();
  prepare_for_inference(*network, torch::kCPU, torch::kFloat32);
  const auto lq = hash_image("strides", {1, 2, 3, 9, 7});
  const auto kept = lq.clone();
  const auto expected = network->forward(lq);
  const auto turned = lq.permute({0, 1, 3, 4, 2}).contiguous().permute({0, 1, 4, 2, 3});
  const auto cut = at::constant_pad_nd(lq, {3, 2, 1, 4}).slice(-2, 1, 10).slice(-1, 3, 10);
  EXPECT_TRUE(torch::allclose(network->forward(turned), expected, 1e-5, 1e-5));
  EXPECT_TRUE(torch::allclose(network->forward(cut), expected, 1e-5, 1e-5));
  EXPECT_TRUE(torch::equal(lq, kept));
}

TEST_P(NetworkContract, GivesTheSameBitsTwice) {
  const auto network = make();
  prepare_for_inference(*network, torch::kCPU, torch::kFloat32);
  const auto lq = hash_image("twice", {1, 1, 3, 17, 23});
  EXPECT_TRUE(torch::equal(network->forward(lq), network->forward(lq)));
}

TEST_P(NetworkContract, GivesTheSameFromSeveralThreads) {
  const auto network = make();
  prepare_for_inference(*network, torch::kCPU, torch::kFloat32);
  const auto lq = hash_image("threads", {1, 1, 3, 17, 23});
  const auto expected = network->forward(lq);
  std::vector<torch::Tensor> restored(4);
  std::vector<std::thread> threads;
  for (auto& result : restored) {
    threads.emplace_back([&result, &network, &lq] {
      for (int i = 0; i < 3; ++i) result = network->forward(lq);
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& result : restored) EXPECT_TRUE(torch::allclose(result, expected, 1e-5, 1e-5));
}

TEST_P(NetworkContract, HoldsTheMemoryItNames) {
  const auto network = make();
  constexpr std::int64_t kEdge = 128;
  for (const auto dtype : {torch::kFloat32, torch::kBFloat16}) {
    prepare_for_inference(*network, torch::kCPU, dtype);
    // What choose_tile_px reckons with.
    const bool is_wide = dtype == torch::kFloat32 || network->needs_float32();
    const double named = (is_wide ? 1.0 : 0.75) * network->working_bytes(kEdge * kEdge);
    const tests::CountingAllocator memory;
    const auto restored = network->forward(torch::rand({1, 1, 3, kEdge, kEdge}));
    const auto taken = static_cast<double>(tests::CountingAllocator::peak_bytes());
    EXPECT_LE(taken, 1.02 * named) << dtype;
    EXPECT_GE(taken, 0.4 * named) << dtype << ": tiles would be needlessly small";
  }
}

TEST_P(NetworkContract, IsItsParametersAndBuffers) {
  const auto first = make();
  auto second = registry().make(Config::parse(GetParam().example));
  const auto parameters = first->named_parameters();
  const auto buffers = first->named_buffers();
  {
    const torch::NoGradGuard no_grad;
    for (auto& item : second->named_parameters()) item.value().copy_(parameters[item.key()]);
    for (auto& item : second->named_buffers()) item.value().copy_(buffers[item.key()]);
  }
  prepare_for_inference(*first, torch::kCPU, torch::kFloat32);
  prepare_for_inference(*second, torch::kCPU, torch::kFloat32);
  const auto lq = hash_image("copied", {1, 1, 3, 10, 12});
  EXPECT_TRUE(torch::equal(first->forward(lq), second->forward(lq)));
}

TEST_P(NetworkContract, RunsInBfloat16WithFloat32AtBothEnds) {
  const auto network = make();
  const auto lq = hash_image("narrow", {1, 1, 3, 9, 12});
  prepare_for_inference(*network, torch::kCPU, torch::kFloat32);
  const auto wide = network->forward(lq);
  prepare_for_inference(*network, torch::kCPU, torch::kBFloat16);
  const auto narrow = network->forward(lq);
  ASSERT_EQ(narrow.scalar_type(), torch::kFloat32);
  if (network->needs_float32()) {
    EXPECT_TRUE(torch::equal(narrow, wide));
  } else {
    // The hash rule gives GRL logit scales up to 100, by which the rounding of queries and keys is
    // multiplied; convolutions alone stay below 0.02.
    EXPECT_LT((narrow - wide).abs().mean().item<double>(),
              0.03 * wide.abs().mean().item<double>() + 1e-6);
  }
}

TEST_P(NetworkContract, LearnsWithEveryParameter) {
  const auto network = make();
  network->train();
  const auto lq = hash_image("learn", {1, 2, 3, 9, 8}).requires_grad_(true);
  const auto restored = network->forward(lq);
  (restored * hash_image("learn_weights", restored.sizes().vec())).sum().backward();
  EXPECT_TRUE(torch::isfinite(lq.grad()).all().item<bool>());
  EXPECT_GT(lq.grad().abs().sum().item<double>(), 0);
  if (network->parameters().empty()) return;
  std::vector<torch::Tensor> before;
  for (const auto& item : network->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_TRUE(torch::isfinite(item.value().grad()).all().item<bool>()) << item.key();
    before.push_back(item.value().detach().clone());
  }
  torch::optim::SGD optimizer(network->parameters(), 0.1);
  optimizer.step();
  std::size_t i = 0;
  for (const auto& item : network->named_parameters()) {
    EXPECT_FALSE(torch::equal(item.value(), before[i++])) << item.key() << " did not change";
  }
}

TEST_P(NetworkContract, HasTheGradientOfItsDifferences) {
  const auto network = make();
  network->to(torch::kFloat64);
  network->eval();  // Nothing random between two calls.
  const auto lq = hash_image("gradient", {1, 2, 3, 5, 6}).to(torch::kFloat64).requires_grad_(true);
  const auto shape = network->forward(lq).sizes().vec();
  const auto weights = hash_image("gradient_weights", shape).to(torch::kFloat64);
  const auto loss = [&] { return (network->forward(lq) * weights).sum(); };
  loss().backward();
  const auto value = [&] { return loss().item<double>(); };
  tests::expect_gradient(value, lq, "lq");
  for (const auto& item : network->named_parameters()) {
    tests::expect_gradient(value, item.value(), item.key());
  }
}

/// Every network, and options that make another one of it.
std::vector<NetworkEntry> cases() {
  auto all = registry().entries();
  auto bicubic_skip = *registry().find("srvgg_compact");
  bicubic_skip.name += "_bicubic_skip";
  bicubic_skip.example = "{type: srvgg_compact, num_feat: 8, num_conv: 2, scale: 2, skip: bicubic}";
  all.push_back(bicubic_skip);
  return all;
}

INSTANTIATE_TEST_SUITE_P(AllRegistered, NetworkContract, ::testing::ValuesIn(cases()),
                         [](const auto& member) { return member.param.name; });

}  // namespace
}  // namespace vcisr::networks
