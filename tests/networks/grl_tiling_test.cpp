// SPDX-License-Identifier: Apache-2.0
// GRL in tiles: the halo is its receptive field, and with it a tile is the whole picture's part.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "networks/narrow_grl.h"
#include "support/hash_rule.h"
#include "vcisr/networks/network.h"
#include "vcisr/networks/tiling.h"

namespace vcisr::networks {
namespace {

using tests::hash_image;

NetworkPtr make(const std::string& keys) {
  auto network = registry().make(Config::parse("{type: grl, " + keys + "}"));
  tests::fill_narrow_grl(*network);
  prepare_for_inference(*network, torch::kCPU, torch::kFloat32);
  return network;
}

// VCISR's geometry in an eighth of its channels, with the tail that costs least.
constexpr const char* kVcisr = "embed_dim: 16, upscale: 2, upsampler: pixelshuffledirect";
// Windows and stripes of several sizes, all of them shifted.
constexpr const char* kShifted =
    "embed_dim: 16, upscale: 2, upsampler: pixelshuffledirect, depths: [4], num_heads_window: [2], "
    "num_heads_stripe: [2], window_size: 8, stripe_size: [8, 16], stripe_shift: true, "
    "anchor_window_down_factor: 4";

double tiled_deviation(Network& network, const torch::Tensor& lq, std::int64_t tile,
                       std::int64_t halo) {
  const auto expected = network.forward(lq.unsqueeze(1)).squeeze(1);
  auto out = torch::full(expected.sizes(), std::numeric_limits<float>::quiet_NaN());
  forward_tiled(network, lq, {.tile_px = tile, .halo_px = halo, .batch = 2}, out);
  return (out - expected).abs().max().item<double>();  // NaN where nothing was written.
}

TEST(GrlTiling, HoldsTheFieldThatWasMeasured) {
  const auto network = registry().make(Config::parse("{type: vcisr_small_x4}"));
  EXPECT_EQ(network->tiling().grid_px, 8);
  EXPECT_EQ(network->tiling().pad_multiple_px, 8);
  EXPECT_EQ(network->tiling().exact_halo_px, 72);
  EXPECT_EQ(make(kVcisr)->tiling().exact_halo_px, 72);
}

struct Case {
  const char* keys;
  std::int64_t height, width;
  std::vector<std::int64_t> tiles;
};

void PrintTo(const Case& c, std::ostream* os) { *os << c.height << "x" << c.width; }

class GrlExactTiling : public ::testing::TestWithParam<Case> {};

TEST_P(GrlExactTiling, EqualsTheUntiledResult) {
  const auto& c = GetParam();
  const auto network = make(c.keys);
  const auto lq = hash_image("tiling", {1, 3, c.height, c.width});
  const std::int64_t halo = network->tiling().exact_halo_px;
  ASSERT_LT(halo + c.tiles.front(), std::max(c.height, c.width)) << "tiles would be all there is";
  for (const std::int64_t tile : c.tiles) {
    EXPECT_LE(tiled_deviation(*network, lq, tile, halo), 1e-5) << "tile " << tile;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Geometries, GrlExactTiling,
    ::testing::Values(
        // Small tiles are dear: each carries its halo. They run along one axis at a time.
        Case{kVcisr, 200, 13, {8, 24}}, Case{kVcisr, 13, 210, {16, 40}},
        Case{kVcisr, 200, 210, {104}}, Case{kVcisr, 3, 210, {24}}, Case{kShifted, 150, 13, {16}},
        Case{kShifted, 13, 150, {16, 32}}, Case{kShifted, 126, 119, {48}}));

TEST(GrlTiling, SeesTheSeamsOfTooSmallAHalo) {
  const auto network = make(kVcisr);
  EXPECT_GT(tiled_deviation(*network, hash_image("tiling", {1, 3, 200, 16}), 40, 32), 1e-5);
  EXPECT_GT(tiled_deviation(*network, hash_image("tiling", {1, 3, 16, 208}), 40, 32), 1e-5);
  const auto shifted = make(kShifted);
  const std::int64_t halo = shifted->tiling().exact_halo_px - shifted->tiling().grid_px;
  const double rows = tiled_deviation(*shifted, hash_image("tiling", {1, 3, 160, 16}), 16, halo);
  const double columns = tiled_deviation(*shifted, hash_image("tiling", {1, 3, 16, 160}), 16, halo);
  EXPECT_GT(std::max(rows, columns), 0) << "the halo is needlessly large";
}

/// How far the outputs of the pixels between two cuts of the grid look beyond them, along rows and
/// columns, by the gradient's support.
std::int64_t receptive_field(Network& network) {
  network.to(torch::kFloat64);
  const auto traits = network.tiling();
  const std::int64_t grid = traits.grid_px;
  const std::int64_t s = network.scale();
  const std::int64_t centre = traits.exact_halo_px + 2 * grid;
  const std::int64_t length = 2 * centre + grid;
  std::int64_t field = 0;
  for (const std::int64_t axis : {-2, -1}) {
    std::vector<std::int64_t> shape = {1, 1, 3, grid, grid};
    shape[static_cast<std::size_t>(5 + axis)] = length;
    const auto lq = hash_image("field", shape).to(torch::kFloat64).requires_grad_(true);
    const auto restored = network.forward(lq);
    const auto weights = hash_image("weights", restored.sizes().vec()).to(torch::kFloat64);
    (restored * weights).slice(axis, s * centre, s * (centre + grid)).sum().backward();
    const auto sums = lq.grad().abs().transpose(axis, 0).flatten(1).sum(1);
    const auto touched = sums.ne(0).nonzero().flatten();
    field = std::max({field, centre - touched[0].item<std::int64_t>(),
                      touched[-1].item<std::int64_t>() - (centre + grid - 1)});
  }
  return field;
}

TEST(GrlTiling, HoldsTheReceptiveFieldOfEveryGeometry) {
  const std::string small =
      "embed_dim: 8, num_heads_window: [1], num_heads_stripe: [1], drop_path_rate: 0, ";
  for (const std::string& keys :
       {small + "depths: [1], upscale: 2, window_size: 4, stripe_size: [4, 4]",
        small + "depths: [1], upscale: 3, window_size: 4, stripe_size: [4, 4]",
        small + "depths: [1], upscale: 4, upsampler: nearest+conv, window_size: 4, "
                "stripe_size: [4, 4]",
        small + "depths: [2], upscale: 2, upsampler: pixelshuffledirect, window_size: 2, "
                "stripe_size: [4, 2]",
        small + "depths: [2], upscale: 1, upsampler: '', window_size: 2, stripe_size: [2, 4]",
        small + "depths: [4], upscale: 1, upsampler: '', window_size: 4, stripe_size: [4, 8], "
                "stripe_shift: true",
        small + "depths: [3], upscale: 1, upsampler: '', window_size: 8, stripe_size: [4, 4], "
                "stripe_shift: true",
        small + "depths: [2], upscale: 1, upsampler: '', window_size: 5, stripe_size: [10, 5], "
                "anchor_window_down_factor: 5"}) {
    const auto network = registry().make(Config::parse("{type: grl, " + keys + "}"));
    tests::fill_narrow_grl(*network);
    const auto traits = network->tiling();
    const std::int64_t field = receptive_field(*network);
    EXPECT_LE(field, traits.exact_halo_px) << keys;
    EXPECT_GT(field, traits.exact_halo_px - 2 * traits.grid_px) << keys << ": needlessly large";
  }
}

}  // namespace
}  // namespace vcisr::networks
