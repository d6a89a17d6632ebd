// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdint>
#include <vector>

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "networks/grl/geometry.h"

namespace vcisr::networks::grl {
namespace {

std::vector<std::int64_t> extent_of(const TokenExtent& e) { return {e.rows, e.columns}; }

TEST(GrlCoordinateTable, HoldsThePublishedValues) {
  const std::vector<float> window = {0,
                                     0.366511891f,
                                     0.572069011f,
                                     0.715613796f,
                                     0.826015766f,
                                     0.915744643f,
                                     0.991334930f,
                                     1.056641667f};
  const std::vector<float> stripe = {
      0, 0.459503874f, 0.690129776f, 0.845350967f, 0.962508424f, 1.056641667f};
  for (const auto& [values, factor] : {std::pair(window, 1), {stripe, 2}}) {
    const auto reach = static_cast<std::int64_t>(values.size()) - 1;
    const std::int64_t side = 2 * reach + 1;
    const auto table = coordinate_table({8, 8}, factor, torch::kCPU);
    ASSERT_EQ(table.sizes(), (std::vector<std::int64_t>{side * side, 2}));
    ASSERT_EQ(table.scalar_type(), torch::kFloat32);
    const auto value = [&values](std::int64_t offset) {
      const float size = values[static_cast<std::size_t>(std::abs(offset))];
      return offset < 0 ? -size : size;
    };
    for (std::int64_t r = -reach; r <= reach; ++r) {
      for (std::int64_t c = -reach; c <= reach; ++c) {
        const auto entry = table[(r + reach) * side + c + reach];
        EXPECT_FLOAT_EQ(entry[0].item<float>(), value(r));
        EXPECT_FLOAT_EQ(entry[1].item<float>(), value(c));
      }
    }
  }
}

struct TableCase {
  TokenExtent window;
  std::int64_t factor;
  TokenExtent reach, back;  // Largest offsets forward and backward.
};

TEST(GrlCoordinateTable, ReachesFromTheFirstToTheLastOffset) {
  const std::vector<TableCase> cases = {{{8, 8}, 4, {4, 4}, {4, 4}},
                                        {{64, 64}, 4, {39, 39}, {39, 39}},
                                        {{32, 64}, 4, {19, 39}, {19, 39}},
                                        {{8, 24}, 4, {4, 14}, {4, 14}},
                                        // Forward further than back: both divided by the former.
                                        {{6, 10}, 2, {4, 7}, {3, 6}},
                                        {{3, 5}, 1, {2, 4}, {2, 4}}};
  for (const auto& c : cases) {
    const auto table = coordinate_table(c.window, c.factor, torch::kCPU);
    const std::int64_t rows = c.reach.rows + c.back.rows + 1;
    const std::int64_t columns = c.reach.columns + c.back.columns + 1;
    EXPECT_EQ(rows, c.window.rows + c.window.rows / c.factor - 1);
    ASSERT_EQ(table.size(0), rows * columns) << c.window.rows << "x" << c.window.columns;
    const auto map = table.view({rows, columns, 2});
    const auto spaced = [](std::int64_t offset, std::int64_t reach) {
      const double s = 8.0 * static_cast<double>(offset) / static_cast<double>(reach);
      return std::copysign(std::log2(std::abs(s) + 1) / 3, s);
    };
    for (std::int64_t r = 0; r < rows; ++r) {
      EXPECT_NEAR(map[r][columns - 1][0].item<double>(), spaced(r - c.back.rows, c.reach.rows),
                  1e-6);
    }
    for (std::int64_t x = 0; x < columns; ++x) {
      EXPECT_NEAR(map[0][x][1].item<double>(), spaced(x - c.back.columns, c.reach.columns), 1e-6);
    }
  }
}

TEST(GrlCoordinateTable, IsZeroForOneToken) {
  EXPECT_TRUE(torch::equal(coordinate_table({1, 1}, 1, torch::kCPU), torch::zeros({1, 2})));
}

/// The label on the rolled grid.
std::int64_t region(std::int64_t p, std::int64_t length, std::int64_t window, std::int64_t shift) {
  if (shift == 0 || p >= length - shift) return 2;
  return p < length - window ? 0 : 1;
}

TEST(GrlRegions, AreThoseOfTheDefinition) {
  struct Case {
    TokenExtent map;
    Tiling tiling;
  };
  const std::vector<Case> cases = {{{24, 16}, {{8, 8}, {4, 4}}},  {{8, 32}, {{8, 8}, {4, 4}}},
                                   {{32, 48}, {{8, 16}, {4, 8}}}, {{8, 12}, {{2, 4}, {1, 2}}},
                                   {{9, 15}, {{3, 5}, {1, 2}}},   {{12, 8}, {{4, 8}, {2, 0}}},
                                   {{12, 8}, {{4, 4}, {0, 2}}}};
  for (const auto& [map, tiling] : cases) {
    const auto labels = regions(map, tiling, torch::kCPU);
    ASSERT_EQ(labels.sizes(), extent_of(map));
    ASSERT_EQ(labels.scalar_type(), torch::kUInt8);
    for (std::int64_t y = 0; y < map.rows; ++y) {
      for (std::int64_t x = 0; x < map.columns; ++x) {
        const auto expected = 3 * region(y, map.rows, tiling.window.rows, tiling.shift.rows) +
                              region(x, map.columns, tiling.window.columns, tiling.shift.columns);
        // The roll moves (y + shift) to y.
        const auto label =
            labels[(y + tiling.shift.rows) % map.rows][(x + tiling.shift.columns) % map.columns];
        EXPECT_EQ(label.item<std::int64_t>(), expected) << y << ", " << x;
      }
    }
  }
}

TEST(GrlRegions, OfAnchorsAreThoseOfTheirTokens) {
  const TokenExtent map{32, 48};
  const Tiling tiling{{8, 16}, {4, 8}};
  const auto tokens = regions(map, tiling, torch::kCPU);
  for (const std::int64_t factor : {2, 4}) {
    const auto anchors =
        regions({map.rows / factor, map.columns / factor}, tiling.at_anchors(factor), torch::kCPU);
    EXPECT_TRUE(torch::equal(
        anchors, tokens.slice(0, 0, map.rows, factor).slice(1, 0, map.columns, factor)));
  }
}

TEST(GrlRegions, AreAllAlikeWhereNothingIsShifted) {
  EXPECT_TRUE(regions({16, 16}, {{8, 8}, {0, 0}}, torch::kCPU).eq(8).all().item<bool>());
}

TEST(GrlRegions, AreKeptAndOfUseOutsideInferenceMode) {
  const Tiling tiling{{8, 8}, {4, 4}};
  torch::Tensor first;
  {
    const c10::InferenceMode mode;
    first = regions({136, 88}, tiling, torch::kCPU);
    EXPECT_FALSE(coordinate_table({11, 13}, 1, torch::kCPU).is_inference());
  }
  EXPECT_FALSE(first.is_inference());
  EXPECT_TRUE(regions({136, 88}, tiling, torch::kCPU).is_same(first));
  // More sizes than are kept.
  for (std::int64_t i = 1; i <= 70; ++i) (void)regions({8 * i, 8}, tiling, torch::kCPU);
  EXPECT_TRUE(torch::equal(regions({136, 88}, tiling, torch::kCPU), first));
}

TEST(GrlTilings, ShiftTheWindowsOfEvenBlocks) {
  GrlOptions o;
  o.window_size = 10;
  for (const std::int64_t block : {0, 1, 2, 3}) {
    const auto tiling = window_tiling(o, block);
    EXPECT_EQ(extent_of(tiling.window), (std::vector<std::int64_t>{10, 10}));
    const std::int64_t shift = block % 2 == 0 ? 5 : 0;
    EXPECT_EQ(extent_of(tiling.shift), (std::vector<std::int64_t>{shift, shift}));
  }
}

TEST(GrlTilings, TurnTheStripesOfOddBlocksAndShiftTwoOfFour) {
  GrlOptions o;
  o.stripe_size = {8, 24};
  for (const bool is_shifted : {false, true}) {
    o.stripe_shift = is_shifted;
    for (std::int64_t block = 0; block < 8; ++block) {
      const auto tiling = stripe_tiling(o, block, {48, 96});
      const std::vector<std::int64_t> across = {8, 24}, down = {24, 8};
      const std::vector<std::int64_t> shift_across = {4, 12}, shift_down = {12, 4}, none = {0, 0};
      const bool is_turned = block % 2 == 1;
      EXPECT_EQ(extent_of(tiling.window), is_turned ? down : across);
      const auto& shift = is_turned ? shift_down : shift_across;
      EXPECT_EQ(extent_of(tiling.shift), is_shifted && block % 4 >= 2 ? shift : none) << block;
    }
  }
}

TEST(GrlTilings, MakeGroupsAFractionOfThePicture) {
  GrlOptions o;
  o.stripe_size = {8, 0};
  o.stripe_groups = {0, 4};
  o.stripe_shift = true;
  const TokenExtent map{48, 96};
  EXPECT_EQ(extent_of(stripe_tiling(o, 0, map).window), (std::vector<std::int64_t>{8, 24}));
  EXPECT_EQ(extent_of(stripe_tiling(o, 1, map).window), (std::vector<std::int64_t>{12, 8}));
  EXPECT_EQ(extent_of(stripe_tiling(o, 2, map).shift), (std::vector<std::int64_t>{4, 12}));
  EXPECT_EQ(extent_of(stripe_tiling(o, 3, map).shift), (std::vector<std::int64_t>{6, 4}));
  o.stripe_groups = {0, 1};  // The whole axis: nothing to shift.
  EXPECT_EQ(extent_of(stripe_tiling(o, 2, map).window), (std::vector<std::int64_t>{8, 96}));
  EXPECT_EQ(extent_of(stripe_tiling(o, 2, map).shift), (std::vector<std::int64_t>{4, 0}));
  EXPECT_FALSE(stripe_tiling(o, 1, map).is_shifted());
}

}  // namespace
}  // namespace vcisr::networks::grl
