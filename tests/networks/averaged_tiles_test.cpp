// SPDX-License-Identifier: Apache-2.0
// Networks that see the whole picture: who says so, and how they are tiled when asked.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "networks/grl/grl_options.h"
#include "networks/narrow_grl.h"
#include "support/hash_rule.h"
#include "vcisr/networks/network.h"
#include "vcisr/networks/tiling.h"

namespace vcisr::networks {
namespace {

using ::testing::HasSubstr;
using tests::hash_image;

NetworkPtr make(const std::string& yaml) {
  auto network = registry().make(Config::parse(yaml));
  tests::fill_narrow_grl(*network);
  prepare_for_inference(*network, torch::kCPU, torch::kFloat32);
  return network;
}

constexpr const char* kGroups =
    "{type: grl, embed_dim: 8, depths: [2], num_heads_window: [1], num_heads_stripe: [1], "
    "window_size: 4, stripe_size: [4, 0], stripe_groups: [0, 2], upscale: 2, "
    "upsampler: pixelshuffledirect}";
constexpr const char* kCab =
    "{type: grl, embed_dim: 20, depths: [1], num_heads_window: [1], num_heads_stripe: [1], "
    "window_size: 8, stripe_size: [8, 8], local_connection: true, upscale: 1, upsampler: ''}";
constexpr const char* kBoth =
    "{type: grl, embed_dim: 20, depths: [1], num_heads_window: [1], num_heads_stripe: [1], "
    "window_size: 4, stripe_size: [0, 4], stripe_groups: [4, 0], local_connection: true, "
    "upscale: 3}";

/// range(0, length - tile, stride) + [length - tile]
std::vector<std::int64_t> begins(std::int64_t length, std::int64_t tile, std::int64_t stride) {
  std::vector<std::int64_t> list;
  for (std::int64_t i = 0; i < length - tile; i += stride) list.push_back(i);
  list.push_back(length - tile);
  return list;
}

/// The published loops, tile by tile, with a weight for every value of the output.
torch::Tensor reference(Network& network, const torch::Tensor& lq, std::int64_t tile,
                        std::int64_t overlap) {  // [B, T, 3, h, w]
  const torch::NoGradGuard no_grad;
  const std::int64_t s = network.scale();
  const std::int64_t rows = std::min(tile, lq.size(3));
  const std::int64_t columns = std::min(tile, lq.size(4));
  auto sum = torch::zeros({lq.size(0), lq.size(1), 3, s * lq.size(3), s * lq.size(4)});
  auto weight = torch::zeros_like(sum);
  for (const auto y : begins(lq.size(3), rows, tile - overlap)) {
    for (const auto x : begins(lq.size(4), columns, tile - overlap)) {
      const auto part = lq.slice(3, y, y + rows).slice(4, x, x + columns).contiguous();
      const auto restored = network.forward(part);
      sum.slice(3, s * y, s * (y + rows)).slice(4, s * x, s * (x + columns)) += restored;
      weight.slice(3, s * y, s * (y + rows)).slice(4, s * x, s * (x + columns)) += 1;
    }
  }
  return sum / weight;
}

torch::Tensor tiled(Network& network, const torch::Tensor& lq, const TileOptions& options) {
  auto shape = lq.sizes().vec();
  shape[shape.size() - 2] *= network.scale();
  shape[shape.size() - 1] *= network.scale();
  auto out = torch::full(shape, std::numeric_limits<float>::quiet_NaN());
  forward_tiled(network, lq, options, out);
  return out;
}

double deviation(const torch::Tensor& a, const torch::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

TEST(AveragedTiles, AreOfThosePresetsThatSeeTheWholePicture) {
  for (const auto& preset : grl::presets()) {
    const std::string name = preset.name;
    const auto traits =
        registry().make(Config::parse("{type: " + name + ", depths: [1]}"))->tiling();
    const bool has_cab = name.find("_base_") != std::string::npos;
    if (!has_cab && name != "grl_small_restore") {
      EXPECT_EQ(traits.sees_whole_picture, nullptr) << name;
      EXPECT_GT(traits.exact_halo_px, 0) << name;
      continue;
    }
    ASSERT_NE(traits.sees_whole_picture, nullptr) << name;
    EXPECT_THAT(traits.sees_whole_picture, HasSubstr(has_cab ? "CAB" : "stripes")) << name;
    EXPECT_EQ(traits.exact_halo_px, 0) << name;
    EXPECT_EQ(traits.default_halo_px, 0) << name;
    EXPECT_EQ(traits.pad_multiple_px, preset.options.pad_multiple()) << name;
  }
  EXPECT_THAT(make(kBoth)->tiling().sees_whole_picture, HasSubstr("stripes are a fraction"));
  EXPECT_THAT(make(kBoth)->tiling().sees_whole_picture, HasSubstr("CAB"));
  for (const char* yaml : {"{type: rrdbnet, num_block: 1}", "{type: bicubic}"}) {
    EXPECT_EQ(registry().make(Config::parse(yaml))->tiling().sees_whole_picture, nullptr);
  }
}

TEST(AveragedTiles, HaveTheSizesAskedForOnTheGrid) {
  TilingTraits traits;
  traits.pad_multiple_px = 16;
  struct Case {
    std::int64_t tile, halo, edge, overlap;
  };
  for (const auto& [tile, halo, edge, overlap] : std::vector<Case>{{256, -1, 256, 32},
                                                                   {100, -1, 96, 32},
                                                                   {48, -1, 48, 24},
                                                                   {16, -1, 16, 8},
                                                                   {3, -1, 16, 8},
                                                                   {128, 0, 128, 0},
                                                                   {128, 100, 128, 100}}) {
    const auto tiles = averaged_tiles(traits, {.tile_px = tile, .halo_px = halo});
    EXPECT_EQ(tiles.edge_px, edge) << tile;
    EXPECT_EQ(tiles.overlap_px, overlap) << tile;
  }
  traits.pad_multiple_px = 1;
  EXPECT_EQ(averaged_tiles(traits, {.tile_px = 1}).overlap_px, 0);
}

struct Case {
  const char* yaml;
  std::vector<std::int64_t> lq;  // [B, T, 3, h, w]
  std::int64_t tile, overlap;
};

void PrintTo(const Case& c, std::ostream* os) {
  *os << at::IntArrayRef(c.lq) << " tile " << c.tile << " overlap " << c.overlap;
}

class AveragedTilesOf : public ::testing::TestWithParam<Case> {};

TEST_P(AveragedTilesOf, EqualThePublishedLoops) {
  const auto& c = GetParam();
  const auto network = make(c.yaml);
  const auto lq = hash_image("averaged", c.lq);
  const auto expected = reference(*network, lq, c.tile, c.overlap);
  for (const std::int64_t batch : {1, 3}) {
    const auto restored =
        tiled(*network, lq, {.tile_px = c.tile, .halo_px = c.overlap, .batch = batch});
    // Tiles that go together are rounded in another way: convolutions differ with the size.
    EXPECT_LE(deviation(restored, expected), batch == 1 ? 1e-6 : 1e-4) << "batch " << batch;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Networks, AveragedTilesOf,
    ::testing::Values(
        Case{kGroups, {1, 1, 3, 40, 56}, 16, 8}, Case{kCab, {1, 1, 3, 40, 56}, 16, 8},
        // Odd sizes; more than two tiles over a pixel; a last tile one pixel after the one before.
        Case{kGroups, {1, 1, 3, 37, 45}, 12, 9}, Case{kCab, {1, 1, 3, 33, 17}, 16, 12},
        Case{kBoth, {1, 1, 3, 29, 41}, 16, 5},
        // Side by side, where the last one overlaps all the same.
        Case{kGroups, {1, 1, 3, 32, 35}, 16, 0}, Case{kCab, {1, 1, 3, 16, 32}, 16, 0},
        // As large as the picture or larger, along one axis or both.
        Case{kGroups, {1, 1, 3, 9, 50}, 16, 8}, Case{kCab, {1, 1, 3, 50, 3}, 24, 8},
        Case{kBoth, {1, 1, 3, 13, 15}, 16, 8}, Case{kGroups, {1, 1, 3, 16, 16}, 16, 8},
        // Pictures and frames together.
        Case{kGroups, {2, 1, 3, 21, 30}, 16, 4}, Case{kCab, {2, 3, 3, 18, 25}, 16, 8}));

TEST(AveragedTiles, OverlapBy32Unasked) {
  const auto network = make(kGroups);
  const auto lq = hash_image("unasked", {1, 1, 3, 70, 90});
  EXPECT_LE(deviation(tiled(*network, lq, {.tile_px = 67}), reference(*network, lq, 64, 32)), 1e-5);
}

TEST(AveragedTiles, ChangeTheResultAndAreNotUsedUnasked) {
  for (const char* yaml : {kGroups, kCab, kBoth}) {
    const auto network = make(yaml);
    const auto lq = hash_image("seams", {2, 3, 24, 32});
    const auto whole = network->forward(lq.unsqueeze(1)).squeeze(1);
    EXPECT_LE(deviation(tiled(*network, lq, {}), whole), 1e-6) << yaml;
    EXPECT_GT(deviation(tiled(*network, lq, {.tile_px = 16}), whole), 1e-3) << yaml;
  }
}

TEST(AveragedTiles, ReadAndWriteViews) {
  const auto network = make(kGroups);
  const auto lq = hash_image("views", {1, 25, 34, 3}).permute({0, 3, 1, 2});
  const auto expected = reference(*network, lq.unsqueeze(1), 16, 8).squeeze(1);
  auto whole = torch::full({1, 60, 80, 3}, -1.F);
  auto out = whole.permute({0, 3, 1, 2}).slice(2, 4, 54).slice(3, 3, 71);
  forward_tiled(*network, lq, {.tile_px = 16, .halo_px = 8}, out);
  EXPECT_LE(deviation(out, expected), 1e-5);
  EXPECT_EQ(whole.eq(-1).all(-1).sum().item<std::int64_t>(), 60 * 80 - 50 * 68);
}

TEST(AveragedTiles, CannotOverlapByAWholeTile) {
  const auto network = make(kGroups);
  const auto lq = hash_image("wrong", {1, 3, 30, 30});
  auto out = torch::empty({1, 3, 60, 60});
  for (const std::int64_t overlap : {16, 40}) {
    try {
      forward_tiled(*network, lq, {.tile_px = 18, .halo_px = overlap}, out);
      FAIL();
    } catch (const c10::Error& error) {
      EXPECT_THAT(error.what(),
                  HasSubstr("tiles of 16 pixels cannot overlap by " + std::to_string(overlap)));
    }
  }
}

TEST(AveragedTiles, AreChosenWithoutHalo) {
  const auto network = make(kBoth);
  const std::int64_t grid = network->tiling().grid_px;
  const std::int64_t free_bytes = picture_bytes(*network, 128, 128, torch::kFloat32, 2);
  EXPECT_EQ(choose_tile_px(*network, 128, 128, free_bytes, torch::kFloat32, 2), 0);
  for (const std::int64_t halo : {-1, 64}) {
    const std::int64_t tile =
        choose_tile_px(*network, 3000, 2000, free_bytes, torch::kFloat32, 2, halo);
    EXPECT_EQ(tile, 128 / grid * grid);
  }
}

}  // namespace
}  // namespace vcisr::networks
