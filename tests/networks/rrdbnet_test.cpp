// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <torch/types.h>

#include "networks/counting_allocator.h"
#include "networks/golden_cases.h"
#include "vcisr/core/error.h"
#include "vcisr/networks/network.h"

namespace vcisr::networks {
namespace {

NetworkPtr make(const std::string& yaml) {
  auto network = registry().make(Config::parse(yaml));
  tests::fill_by_hash_rule(*network);
  return network;
}

class RrdbNetGolden : public ::testing::TestWithParam<tests::GoldenCase> {};

TEST_P(RrdbNetGolden, EqualsThePublishedModule) { tests::expect_golden(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Published, RrdbNetGolden,
                         ::testing::ValuesIn(tests::golden_cases("rrdbnet")),
                         [](const auto& member) { return member.param.id(); });

TEST(RrdbNet, HasThePublishedKeys) {
  const auto network = make("{type: RRDBNet, num_feat: 8, num_grow_ch: 4, num_block: 2}");
  const auto parameters = network->named_parameters();
  EXPECT_EQ(parameters["body.1.rdb3.conv5.weight"].sizes(),
            (std::vector<std::int64_t>{8, 24, 3, 3}));
  for (const auto* key : {"conv_first.weight", "body.0.rdb1.conv1.bias", "conv_body.weight",
                          "conv_up1.weight", "conv_up2.bias", "conv_hr.weight", "conv_last.bias"}) {
    EXPECT_TRUE(parameters.contains(key)) << key;
  }
}

TEST(RrdbNet, GivesTheSameWithAndWithoutReusedBuffers) {
  const auto network =
      make("{type: rrdbnet, num_feat: 16, num_grow_ch: 8, num_block: 2, scale: 4}");
  const auto lq = tests::hash_image("buffers", {2, 1, 3, 9, 11});
  const auto trained = network->forward(lq);
  EXPECT_TRUE(trained.requires_grad());
  prepare_for_inference(*network, torch::kCPU, torch::kFloat32);
  const auto restored = network->forward(lq);
  EXPECT_FALSE(restored.requires_grad());
  EXPECT_TRUE(torch::allclose(restored, trained.detach(), 1e-5, 1e-5));
}

TEST(RrdbNet, LearnsWithItsFirstLayersFrozen) {
  const auto network = make("{type: rrdbnet, num_feat: 8, num_grow_ch: 4, num_block: 2}");
  for (auto& item : network->named_parameters()) {
    if (!item.key().starts_with("body.1.")) item.value().requires_grad_(false);
  }
  network->forward(tests::hash_image("frozen", {1, 1, 3, 6, 6})).sum().backward();
  EXPECT_GT(
      network->named_parameters()["body.1.rdb1.conv2.weight"].grad().abs().sum().item<float>(), 0);
  EXPECT_FALSE(network->named_parameters()["body.0.rdb1.conv2.weight"].grad().defined());
}

TEST(RrdbNet, MirrorsWhatTheGridLeavesOver) {
  for (const std::int64_t scale : {1, 2}) {
    const std::int64_t grid = 4 / scale;
    const auto network = make("{type: rrdbnet, num_feat: 4, num_grow_ch: 2, num_block: 1, scale: " +
                              std::to_string(scale) + "}");
    const auto lq = tests::hash_image("mirrored", {1, 3, 5, 7});
    const auto padded =
        at::reflection_pad2d(lq, {0, (grid - 7 % grid) % grid, 0, (grid - 5 % grid) % grid});
    const auto expected = network->forward(padded.unsqueeze(0));
    const auto restored = network->forward(lq.unsqueeze(0));
    EXPECT_TRUE(torch::equal(restored, expected.slice(-2, 0, 5 * scale).slice(-1, 0, 7 * scale)));
  }
}

TEST(RrdbNet, GivesThePictureInItsOwnPrecisionFromBfloat16) {
  const auto network =
      make("{type: rrdbnet, num_feat: 16, num_grow_ch: 8, num_block: 2, scale: 4}");
  prepare_for_inference(*network, torch::kCPU, torch::kFloat32);
  const auto lq = tests::hash_image("bf16", {1, 1, 3, 16, 16});
  const auto wide = network->forward(lq);
  prepare_for_inference(*network, torch::kCPU, torch::kBFloat16);
  const auto narrow = network->forward(lq);
  ASSERT_EQ(narrow.scalar_type(), torch::kFloat32);
  const double magnitude = wide.abs().mean().item<double>();
  EXPECT_LT((narrow - wide).abs().mean().item<double>(), 0.02 * magnitude);
  // Not rounded to bfloat16 at the end.
  EXPECT_FALSE(torch::equal(narrow, narrow.to(torch::kBFloat16).to(torch::kFloat32)));
}

TEST(RrdbNet, HoldsTheMemoryItNames) {
  for (const auto* yaml :
       {"{type: rrdbnet, num_block: 1}", "{type: rrdbnet, num_block: 1, scale: 2}",
        "{type: rrdbnet, num_block: 1, scale: 1}"}) {
    const auto network = registry().make(Config::parse(yaml));
    prepare_for_inference(*network, torch::kCPU, torch::kFloat32);
    const tests::CountingAllocator memory;
    const auto restored = network->forward(torch::rand({1, 1, 3, 128, 128}));
    const auto taken = static_cast<double>(tests::CountingAllocator::peak_bytes());
    EXPECT_LE(taken, 1.03 * 128 * 128 * network->bytes_per_lq_pixel()) << yaml;
    EXPECT_GE(taken, 0.7 * 128 * 128 * network->bytes_per_lq_pixel()) << yaml;
  }
}

TEST(RrdbNet, RefusesScalesThatWereNeverPublished) {
  try {
    (void)registry().make(Config::parse("{type: rrdbnet, scale: 3}", "net.yaml"));
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "net.yaml:1: scale: 3 is not 1, 2 or 4");
  }
}

TEST(RrdbNet, TakesThePublishedOptions) {
  const auto make = [](const std::string& channels) {
    return registry().make(Config::parse("{type: RRDBNet, num_in_ch: " + channels +
                                         ", num_out_ch: 3, num_feat: 8, num_block: 1, "
                                         "num_grow_ch: 4}"));
  };
  EXPECT_EQ(make("3")->scale(), 4);
  EXPECT_THROW((void)make("1"), ConfigError);
}

}  // namespace
}  // namespace vcisr::networks
