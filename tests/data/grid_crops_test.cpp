// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/grid_crops.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "support/degradation_golden.h"

namespace vcisr::data {
namespace {

using degradation::Crop;
using degradation::PictureSize;

TEST(GridCrops, PublishedOffsetsAreThoseOfThePublishedCode) {
  for (const auto& list : tests::degradation_golden().at("crops")) {
    PublishedOffsets offsets;
    for (const auto& image : list.at("images")) {
      const PictureSize size{image.at("height"), image.at("width")};
      const GridOffset offset = offsets.next(size, 360);
      EXPECT_EQ(offset.top, image.at("dy").get<std::int64_t>());
      EXPECT_EQ(offset.left, image.at("dx").get<std::int64_t>());
      std::vector<std::vector<std::int64_t>> corners;
      for (const Crop& crop : grid_crops(size, 360, offset)) {
        EXPECT_EQ(crop.height, 360);
        EXPECT_EQ(crop.width, 360);
        corners.push_back({crop.top, crop.left});
      }
      EXPECT_EQ(corners, image.at("top_left").get<std::vector<std::vector<std::int64_t>>>());
    }
  }
}

TEST(GridCrops, RandomOffsetsUseTheWholeSlackAndKeepAllCells) {
  const PictureSize area{133, 129};
  std::set<std::int64_t> tops;
  std::set<std::int64_t> lefts;
  for (std::uint64_t sample = 0; sample < 200; ++sample) {
    Rng rng(1, sample);
    const GridOffset offset = draw_grid_offset(area, 64, rng);
    tops.insert(offset.top);
    lefts.insert(offset.left);
    EXPECT_EQ(grid_crops(area, 64, offset).size(), 4U);
  }
  EXPECT_EQ(tops, (std::set<std::int64_t>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(lefts, (std::set<std::int64_t>{0, 1}));
}

TEST(GridCrops, SmallPicturesAreMirroredUpOrLeftOut) {
  const auto mirrored = grid_area({321, 481}, 360, SmallPictures::kMirror);
  ASSERT_TRUE(mirrored.has_value());
  EXPECT_EQ(*mirrored, (PictureSize{360, 481}));
  EXPECT_EQ(grid_crops(*mirrored, 360, {0, 121}), (std::vector<Crop>{{0, 121, 360, 360}}));
  EXPECT_EQ(grid_area({321, 481}, 360, SmallPictures::kLeaveOut), std::nullopt);
  EXPECT_EQ(grid_area({361, 481}, 360, SmallPictures::kLeaveOut), (PictureSize{361, 481}));
}

TEST(GridCrops, CropsAreContiguousCopies) {
  const auto picture = torch::arange(3 * 5 * 7).view({3, 5, 7});
  const auto crop = take_crop(picture, {1, 2, 3, 4});
  EXPECT_TRUE(crop.is_contiguous());
  EXPECT_TRUE(torch::equal(crop, picture.slice(1, 1, 4).slice(2, 2, 6)));
  EXPECT_FALSE(take_crop(picture, {0, 0, 5, 7}).is_alias_of(picture));
}

TEST(GridCrops, CropsGoOnMirroredWithoutRepeatingTheEdge) {
  const auto picture = torch::tensor({0, 1, 2, 3}).view({1, 1, 4}).repeat({2, 1, 1});
  const auto row = take_crop(picture, {0, 1, 2, 9});
  const auto expected = torch::tensor({1, 2, 3, 2, 1, 0, 1, 2, 3}).view({1, 1, 9});
  EXPECT_TRUE(torch::equal(row, expected.expand({2, 2, 9})));
  const auto column = take_crop(picture.transpose(1, 2), {3, 0, 3, 1});
  EXPECT_TRUE(torch::equal(column, torch::tensor({3, 2, 1}).view({1, 3, 1}).expand({2, 3, 1})));
  const auto one = take_crop(torch::full({3, 1, 1}, 7), {0, 0, 4, 4});
  EXPECT_TRUE(torch::equal(one, torch::full({3, 4, 4}, 7)));
}

TEST(GridCrops, RefusesCropsThatBeginOutside) {
  const auto picture = torch::zeros({3, 4, 4});
  EXPECT_THROW((void)take_crop(picture, {4, 0, 2, 2}), c10::Error);
  EXPECT_THROW((void)take_crop(picture, {0, -1, 2, 2}), c10::Error);
  EXPECT_THROW((void)take_crop(picture, {0, 0, 0, 2}), c10::Error);
}

}  // namespace
}  // namespace vcisr::data
