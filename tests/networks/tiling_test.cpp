// SPDX-License-Identifier: Apache-2.0
#include "vcisr/networks/tiling.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "support/hash_rule.h"

namespace vcisr::networks {
namespace {

using tests::hash_image;

NetworkPtr make(const std::string& yaml) {
  auto network = registry().make(Config::parse(yaml));
  tests::fill_by_hash_rule(*network);
  prepare_for_inference(*network, torch::kCPU, torch::kFloat32);
  return network;
}

// Fields of 4, 19, 38 and 76 pixels; grids of 1, 1, 2 and 4.
constexpr const char* kCompact = "{type: srvgg_compact, num_feat: 8, num_conv: 2, scale: 2}";
constexpr const char* kRrdbX4 =
    "{type: rrdbnet, num_feat: 8, num_grow_ch: 4, num_block: 1, scale: 4}";
constexpr const char* kRrdbX2 =
    "{type: rrdbnet, num_feat: 8, num_grow_ch: 4, num_block: 1, scale: 2}";
constexpr const char* kRrdbX1 =
    "{type: rrdbnet, num_feat: 8, num_grow_ch: 4, num_block: 1, scale: 1}";

torch::Tensor tiled(Network& network, const torch::Tensor& lq, const TileOptions& options) {
  auto shape = lq.sizes().vec();
  shape[shape.size() - 2] *= network.scale();
  shape[shape.size() - 1] *= network.scale();
  auto out = torch::full(shape, std::numeric_limits<float>::quiet_NaN());
  forward_tiled(network, lq, options, out);
  return out;
}

torch::Tensor untiled(Network& network, const torch::Tensor& lq) {
  return lq.dim() == 5 ? network.forward(lq) : network.forward(lq.unsqueeze(0)).squeeze(0);
}

double deviation(const torch::Tensor& a, const torch::Tensor& b) {
  return (a - b)
      .abs()
      .max()
      .item<double>();  // NaN, which no bound holds, where nothing was written.
}

struct Case {
  const char* yaml;
  std::int64_t height, width;
  std::vector<std::int64_t> tiles;
};

class ExactTiling : public ::testing::TestWithParam<Case> {};

TEST_P(ExactTiling, EqualsTheUntiledResult) {
  const auto& [yaml, height, width, tiles] = GetParam();
  const auto network = make(yaml);
  const auto lq = hash_image("tiling", {1, 3, height, width});
  const auto expected = untiled(*network, lq);
  const std::int64_t halo = network->tiling().exact_halo_px;
  for (const std::int64_t tile : tiles) {
    for (const std::int64_t batch : {1, 3}) {
      const auto restored = tiled(*network, lq, {.tile_px = tile, .halo_px = halo, .batch = batch});
      EXPECT_LE(deviation(restored, expected), 1e-5)
          << yaml << " " << height << "x" << width << " tile " << tile << " batch " << batch;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Networks, ExactTiling,
    ::testing::Values(
        // Tiles smaller than the halo, remainders of one pixel, larger than the picture.
        Case{"{type: identity}", 17, 23, {1, 5, 16, 100}},
        Case{"{type: bicubic, scale: 3}", 17, 23, {1, 2, 8, 16, 22}},
        Case{"{type: bicubic}", 1, 9, {1, 4}}, Case{kCompact, 17, 23, {1, 3, 8, 16, 22, 23, 64}},
        Case{kCompact, 33, 1, {8, 32}}, Case{kRrdbX4, 45, 61, {8, 24, 44, 60, 61}},
        // Odd sizes on grids of 2 and 4: the last tile holds what the network mirrors.
        Case{kRrdbX2, 85, 101, {33, 84, 100}}, Case{kRrdbX2, 9, 47, {2}},
        Case{kRrdbX1, 157, 174, {80, 156}}, Case{kRrdbX1, 161, 99, {160}},
        Case{kRrdbX1, 3, 110, {4, 9, 64}}));

TEST(Tiling, SeesTheSeamsOfTooSmallAHalo) {
  const auto network = make(kCompact);
  const auto lq = hash_image("seams", {1, 3, 24, 24});
  const auto expected = untiled(*network, lq);
  EXPECT_GT(deviation(tiled(*network, lq, {.tile_px = 8, .halo_px = 0}), expected), 1e-3);
  EXPECT_GT(deviation(tiled(*network, lq, {.tile_px = 8, .halo_px = 3}), expected), 1e-5);
}

TEST(Tiling, KeepsThePhaseWhateverTheHalo) {
  // Off the grid a network with pixel-unshuffle would see another picture altogether, and with
  // fewer rows than it mirrors another border.
  for (const auto* yaml : {kRrdbX2, kRrdbX1}) {
    const auto network = make(yaml);
    const auto lq = hash_image("phase", {1, 3, 61, 41});
    const auto expected = untiled(*network, lq);
    const double scale = expected.abs().mean().item<double>();
    double before = 0;
    for (const std::int64_t halo : {33, 21, 9}) {
      const auto restored = tiled(*network, lq, {.tile_px = 15, .halo_px = halo});
      const double mean = (restored - expected).abs().mean().item<double>() / scale;
      EXPECT_LT(mean, 0.05) << yaml << " halo " << halo;
      EXPECT_GE(mean, before);
      before = mean;
    }
    EXPECT_TRUE(
        torch::isfinite(tiled(*network, lq, {.tile_px = 4, .halo_px = 0})).all().item<bool>());
  }
}

TEST(Tiling, TakesClips) {
  const auto network = make(kCompact);
  const auto lq = hash_image("clips", {2, 3, 3, 13, 18});
  const auto restored = tiled(*network, lq, {.tile_px = 5, .batch = 2});
  EXPECT_LE(deviation(restored, untiled(*network, lq)), 1e-5);
}

TEST(Tiling, ReadsAndWritesViews) {
  const auto network = make(kCompact);
  const auto lq = hash_image("views", {1, 13, 18, 3}).permute({0, 3, 1, 2});
  const auto expected = untiled(*network, lq);
  auto whole = torch::full({1, 40, 50, 3}, -1.F);
  auto out = whole.permute({0, 3, 1, 2}).slice(2, 4, 30).slice(3, 3, 39);
  for (const std::int64_t tile : {0, 7}) {
    forward_tiled(*network, lq, {.tile_px = tile}, out);
    EXPECT_LE(deviation(out, expected), 1e-5);
  }
  EXPECT_EQ(whole.eq(-1).all(-1).sum().item<std::int64_t>(), 40 * 50 - 26 * 36);
}

TEST(Tiling, LeavesANetworkThatStillTrains) {
  // Nothing made in inference mode may stay behind in the network.
  auto network = registry().make(Config::parse(kRrdbX2));
  const auto lq = hash_image("train", {1, 3, 12, 12});
  (void)tiled(*network, lq, {.tile_px = 6});
  network->forward(lq.unsqueeze(0)).sum().backward();
  for (const auto& parameter : network->parameters()) EXPECT_TRUE(parameter.grad().defined());
}

TEST(Tiling, SaysWhatIsWrong) {
  const auto network = make(kCompact);
  const auto lq = hash_image("wrong", {1, 3, 8, 8});
  auto out = torch::empty({1, 3, 16, 15});
  EXPECT_THROW(forward_tiled(*network, lq, {}, out), c10::Error);
  out = torch::empty({1, 3, 16, 16}, torch::kFloat64);
  EXPECT_THROW(forward_tiled(*network, lq, {}, out), c10::Error);
  out = torch::empty({1, 3, 16, 16});
  EXPECT_THROW(forward_tiled(*network, lq, {.tile_px = -1}, out), c10::Error);
  EXPECT_THROW(forward_tiled(*network, lq, {.batch = 0}, out), c10::Error);
  EXPECT_THROW(forward_tiled(*network, lq.to(torch::kFloat64), {}, out), c10::Error);
  EXPECT_THROW(forward_tiled(*network, lq[0], {}, out), c10::Error);
}

/// How far from the pixels of one grid cell their outputs look, by the gradient's support.
std::int64_t receptive_field(const std::string& yaml) {
  auto network = registry().make(Config::parse(yaml));
  tests::fill_by_hash_rule(*network);
  network->to(torch::kFloat64);
  const auto traits = network->tiling();
  const std::int64_t grid = traits.grid_px;
  const std::int64_t s = network->scale();
  const std::int64_t centre = traits.exact_halo_px + 3 * grid;
  const std::int64_t width = 2 * centre + grid;
  const auto lq =
      hash_image("field", {1, 1, 3, grid, width}).to(torch::kFloat64).requires_grad_(true);
  network->forward(lq).slice(-1, s * centre, s * (centre + grid)).sum().backward();
  const auto touched = lq.grad().abs().sum({0, 1, 2, 3}).ne(0).nonzero().flatten();
  const std::int64_t first = touched[0].item<std::int64_t>();
  const std::int64_t last = touched[-1].item<std::int64_t>();
  return std::max(centre - first, last - (centre + grid - 1));
}

TEST(TilingTraits, HoldTheReceptiveField) {
  for (const auto* yaml : {kCompact, kRrdbX4, kRrdbX2, kRrdbX1, "{type: bicubic, scale: 4}"}) {
    const auto traits = registry().make(Config::parse(yaml))->tiling();
    const std::int64_t field = receptive_field(yaml);
    EXPECT_LE(field, traits.exact_halo_px) << yaml;
    EXPECT_GT(field, traits.exact_halo_px - 2 * traits.grid_px) << yaml << ": needlessly large";
  }
  const auto published = registry().make(Config::parse("{type: rrdbnet}"))->tiling();
  EXPECT_EQ(published.exact_halo_px, 349);
}

TEST(ChooseTile, GivesTheWholePictureWhereItFits) {
  const auto network = make(kCompact);
  EXPECT_EQ(choose_tile_px(*network, 100, 200, std::int64_t{1} << 40, torch::kFloat32, 1), 0);
}

TEST(ChooseTile, GivesTheLargestTileThatFits) {
  for (const auto* yaml : {kCompact, kRrdbX2, kRrdbX1}) {
    const auto network = make(yaml);
    const auto traits = network->tiling();
    const double per_pixel = network->bytes_per_lq_pixel();
    const auto free_bytes = static_cast<std::int64_t>(per_pixel * 700 * 700);
    const std::int64_t tile = choose_tile_px(*network, 3000, 5000, free_bytes, torch::kFloat32, 2);
    ASSERT_GT(tile, 0);
    EXPECT_EQ(tile % traits.grid_px, 0);
    const auto need = [&](std::int64_t edge) {
      const auto window = static_cast<double>(edge + 2 * traits.default_halo_px);
      return 2 * per_pixel * window * window;
    };
    EXPECT_LE(need(tile), 0.8 * static_cast<double>(free_bytes));
    EXPECT_GT(need(tile + traits.grid_px), 0.8 * static_cast<double>(free_bytes));
    // Half the bytes per value, larger tiles.
    EXPECT_GT(choose_tile_px(*network, 3000, 5000, free_bytes, torch::kBFloat16, 2), tile);
    EXPECT_LT(choose_tile_px(*network, 3000, 5000, free_bytes, torch::kFloat32, 2, 200), tile);
  }
}

TEST(ChooseTile, GivesTheSmallestWhereNothingFits) {
  const auto network = make(kRrdbX1);
  EXPECT_EQ(choose_tile_px(*network, 1000, 1000, 0, torch::kFloat32, 1), 4);
}

}  // namespace
}  // namespace vcisr::networks
