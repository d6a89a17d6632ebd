// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "networks/counting_allocator.h"
#include "networks/golden_cases.h"
#include "vcisr/core/error.h"
#include "vcisr/networks/network.h"
#include "vcisr/networks/tiling.h"
#include "vcisr/networks/weights.h"

namespace vcisr::networks {
namespace {

class SrvggCompactGolden : public ::testing::TestWithParam<tests::GoldenCase> {};

TEST_P(SrvggCompactGolden, EqualsThePublishedModule) { tests::expect_golden(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Published, SrvggCompactGolden,
                         ::testing::ValuesIn(tests::golden_cases("srvgg_compact")),
                         [](const auto& member) { return member.param.id(); });

TEST(SrvggCompact, IsTheNearestNeighbourEnlargementWhereTheBodyGivesNothing) {
  auto network =
      registry().make(Config::parse("{type: srvgg_compact, num_feat: 4, num_conv: 1, scale: 3}"));
  for (auto& parameter : network->parameters()) parameter.set_data(torch::zeros_like(parameter));
  const auto lq = torch::rand({1, 2, 3, 5, 4});
  const auto expected = lq.repeat_interleave(3, -2).repeat_interleave(3, -1);
  EXPECT_TRUE(torch::equal(network->forward(lq), expected));
}

TEST(SrvggCompact, IsBicubicWhereTheBodyGivesNothing) {
  auto network = registry().make(
      Config::parse("{type: srvgg_compact, num_feat: 4, num_conv: 1, scale: 3, skip: bicubic}"));
  for (auto& parameter : network->parameters()) parameter.set_data(torch::zeros_like(parameter));
  const auto bicubic = registry().make(Config::parse("{type: bicubic, scale: 3}"));
  const auto lq = torch::rand({1, 2, 3, 5, 4});
  EXPECT_TRUE(torch::equal(network->forward(lq), bicubic->forward(lq)));
}

TEST(SrvggCompact, StartsNearItsBicubicSkip) {
  torch::manual_seed(3);
  const auto network =
      registry().make(Config::parse("{type: srvgg_compact, scale: 2, skip: bicubic}"));
  const auto bicubic = registry().make(Config::parse("{type: bicubic, scale: 2}"));
  const auto lq = torch::rand({1, 1, 3, 24, 24});
  const auto distance = (network->forward(lq) - bicubic->forward(lq)).abs().max().item<double>();
  EXPECT_GT(distance, 0);
  EXPECT_LT(distance, 1.0 / 255);
}

TEST(SrvggCompact, IsExactInTilesWithTheBicubicSkip) {
  const auto network = registry().make(
      Config::parse("{type: srvgg_compact, num_feat: 8, num_conv: 0, scale: 2, skip: bicubic}"));
  tests::fill_by_hash_rule(*network);
  prepare_for_inference(*network, torch::kCPU, torch::kFloat32);
  const auto lq = tests::hash_image("tiles", {1, 3, 21, 26});
  const auto whole = network->forward(lq.unsqueeze(0)).squeeze(0);
  auto tiled = torch::empty({1, 3, 42, 52});
  forward_tiled(*network, lq, {.tile_px = 7}, tiled);
  EXPECT_TRUE(torch::allclose(tiled, whole, 1e-5, 1e-5));
}

TEST(SrvggCompact, TellsItsSkipInItsMetadata) {
  const NetworkGuess guess{
      "{type: srvgg_compact, num_feat: 8, num_conv: 2, scale: 2, skip: bicubic}", "training"};
  const auto network = registry().make(Config::parse(guess.yaml));
  Checkpoint checkpoint;
  for (const auto& item : network->named_parameters()) {
    checkpoint.tensors.emplace_back(item.key(), item.value().detach());
  }
  const auto lq = torch::rand({1, 1, 3, 6, 5});
  const auto plain = load_network(checkpoint, "", "plain");
  EXPECT_FALSE(torch::allclose(plain.network->forward(lq), network->forward(lq)));
  describe_network(checkpoint, guess, 2);
  EXPECT_NE(checkpoint.metadata.at("args").find("\"skip\":\"bicubic\""), std::string::npos);
  for (const auto* request : {"", "srvgg_compact"}) {
    const auto loaded = load_network(checkpoint, request, "described");
    EXPECT_TRUE(torch::equal(loaded.network->forward(lq), network->forward(lq))) << request;
  }
}

TEST(SrvggCompact, TakesThePublishedOptions) {
  const auto network = registry().make(Config::parse(
      "{type: SRVGGNetCompact, num_in_ch: 3, num_out_ch: 3, num_feat: 8, num_conv: 1, "
      "upscale: 2, act_type: prelu}"));
  EXPECT_EQ(network->scale(), 2);
  for (const auto* yaml :
       {"{type: SRVGGNetCompact, num_in_ch: 1}", "{type: SRVGGNetCompact, act_type: relu}",
        "{type: SRVGGNetCompact, scale: 2, upscale: 2}",
        "{type: SRVGGNetCompact, skip: bilinear}"}) {
    EXPECT_THROW((void)registry().make(Config::parse(yaml)), ConfigError) << yaml;
  }
}

TEST(SrvggCompact, HasOneSlopePerChannel) {
  auto network = registry().make(Config::parse("{type: SRVGGNetCompact, num_feat: 6}"));
  const auto parameters = network->named_parameters();
  EXPECT_EQ(parameters["body.1.weight"].sizes(), (std::vector<std::int64_t>{6}));
  EXPECT_EQ(parameters["body.34.weight"].sizes(), (std::vector<std::int64_t>{48, 6, 3, 3}));
}

TEST(SrvggCompact, StaysNearFloat32InBfloat16) {
  auto network = registry().make(Config::parse("{type: srvgg_compact, num_feat: 16}"));
  tests::fill_by_hash_rule(*network);
  prepare_for_inference(*network, torch::kCPU, torch::kFloat32);
  const auto lq = tests::hash_image("bf16", {1, 1, 3, 20, 24});
  const auto wide = network->forward(lq);
  prepare_for_inference(*network, torch::kCPU, torch::kBFloat16);
  const auto narrow = network->forward(lq);
  ASSERT_EQ(narrow.scalar_type(), torch::kFloat32);
  // 8 bits of mantissa in each of 18 layers.
  const double magnitude = wide.abs().mean().item<double>();
  EXPECT_LT((narrow - wide).abs().mean().item<double>(), 0.02 * magnitude);
  EXPECT_FALSE(torch::equal(narrow, wide));
}

TEST(SrvggCompact, HoldsTheMemoryItNames) {
  for (const auto* yaml :
       {"{type: srvgg_compact}", "{type: srvgg_compact, scale: 2}",
        "{type: srvgg_compact, skip: bicubic}", "{type: srvgg_compact, scale: 2, skip: bicubic}",
        "{type: srvgg_compact, num_feat: 24}"}) {
    const auto network = registry().make(Config::parse(yaml));
    prepare_for_inference(*network, torch::kCPU, torch::kFloat32);
    const tests::CountingAllocator memory;
    const auto restored = network->forward(torch::rand({1, 1, 3, 128, 128}));
    const auto taken = static_cast<double>(tests::CountingAllocator::peak_bytes());
    EXPECT_LE(taken, 1.03 * 128 * 128 * network->bytes_per_lq_pixel()) << yaml;
    EXPECT_GE(taken, 0.7 * 128 * 128 * network->bytes_per_lq_pixel()) << yaml;
  }
}

TEST(SrvggCompact, RefusesOptionsOutOfRange) {
  EXPECT_THROW((void)registry().make(Config::parse("{type: srvgg_compact, scale: 0}")),
               ConfigError);
  EXPECT_THROW((void)registry().make(Config::parse("{type: srvgg_compact, num_feats: 64}")),
               ConfigError);
}

}  // namespace
}  // namespace vcisr::networks
