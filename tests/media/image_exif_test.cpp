// SPDX-License-Identifier: Apache-2.0
#include "media/image_exif.h"

#include <gtest/gtest.h>

#include "media/image_fixtures.h"

namespace vcisr::media {
namespace {

using tests::has_lens;
using tests::make_exif;

class ExifInBothByteOrders : public ::testing::TestWithParam<bool> {};

TEST_P(ExifInBothByteOrders, FindsAndResetsOrientation) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    auto exif = make_exif(GetParam(), orientation);
    EXPECT_EQ(exif_orientation(exif), orientation);
    reset_exif_orientation(exif);
    EXPECT_EQ(exif_orientation(exif), 1);
    EXPECT_TRUE(exif == make_exif(GetParam(), 1)) << "nothing else changes, thumbnail included";
  }
}

TEST_P(ExifInBothByteOrders, TakesNonsenseForUpright) {
  EXPECT_EQ(exif_orientation(make_exif(GetParam(), 0)), 1);
  EXPECT_EQ(exif_orientation(make_exif(GetParam(), 9)), 1);
}

TEST_P(ExifInBothByteOrders, SetsSizes) {
  const bool is_big = GetParam();
  auto exif = make_exif(is_big, 1);
  set_exif_size(exif, 1280, 960);
  const auto load = [&](std::size_t at) {
    return is_big ? load_u32_be(exif, at) : load_u32_le(exif, at);
  };
  const auto load_short = [&](std::size_t at) {
    return is_big ? load_u16_be(exif, at) : load_u16_le(exif, at);
  };
  EXPECT_EQ(load_short(74 + 8), 1280u);
  EXPECT_EQ(load(86 + 8), 960u);
  set_exif_size(exif, 70000, 960);  // does not fit a SHORT: the entry becomes a LONG
  EXPECT_EQ(load_short(74 + 2), 4u);
  EXPECT_EQ(load(74 + 8), 70000u);
}

TEST_P(ExifInBothByteOrders, ExtractsAndBuildsAgain) {
  const auto content = extract_exif(make_exif(GetParam(), 6));
  ASSERT_TRUE(content);
  ASSERT_EQ(content->entries.size(), 3u) << "Make, Exif, GPS; no orientation";
  EXPECT_EQ(content->entries[0].tag, 0x010Fu);
  EXPECT_EQ(content->entries[1].tag, 0x8769u);
  EXPECT_EQ(content->entries[1].directory.size(), 3u);
  const auto built = build_exif(*content);
  EXPECT_TRUE(is_exif(built));
  EXPECT_TRUE(has_lens(built));
  const auto again = extract_exif(built);
  ASSERT_TRUE(again);
  EXPECT_TRUE(build_exif(*again) == built);
}

TEST_P(ExifInBothByteOrders, SurvivesCutsAndFlippedBytes) {
  const auto exif = make_exif(GetParam(), 3);
  for (std::size_t size = 0; size < exif.size(); ++size) {
    auto cut = Bytes(exif.begin(), exif.begin() + static_cast<std::ptrdiff_t>(size));
    (void)is_exif(cut);
    (void)exif_orientation(cut);
    (void)has_exif_thumbnail(cut);
    reset_exif_orientation(cut);
    set_exif_size(cut, 10, 10);
    EXPECT_EQ(cut.size(), size);
    if (const auto content = extract_exif(cut)) (void)build_exif(*content);
  }
  for (std::size_t i = 0; i < exif.size(); ++i) {
    for (const int value : {0, 1, 8, 0x7F, 0xFF}) {
      auto flipped = exif;
      flipped[i] = static_cast<std::uint8_t>(value);
      (void)exif_orientation(flipped);
      reset_exif_orientation(flipped);
      set_exif_size(flipped, 10, 10);
      if (const auto content = extract_exif(flipped)) (void)build_exif(*content);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Orders, ExifInBothByteOrders, ::testing::Bool());

TEST(Exif, KnowsAThumbnail) {
  EXPECT_TRUE(has_exif_thumbnail(make_exif(false, 1)));
  EXPECT_FALSE(has_exif_thumbnail(build_exif(*extract_exif(make_exif(false, 1)))));
}

TEST(Exif, DoesNotGrowWhereDirectoriesPointToThemselves) {
  auto exif = make_exif(false, 1);
  exif[34 + 8] = 8;  // the Exif pointer leads to the first directory
  exif[46 + 8] = 8;  // the GPS pointer too
  const auto content = extract_exif(exif);
  ASSERT_TRUE(content);
  EXPECT_LT(build_exif(*content).size(), 1000u);
}

TEST(Exif, IsRefusedWhereItIsNone) {
  EXPECT_FALSE(is_exif({}));
  EXPECT_FALSE(is_exif(tests::to_bytes("JFIF, not EXIF")));
  EXPECT_FALSE(extract_exif(tests::to_bytes("JFIF, not EXIF")));
}

}  // namespace
}  // namespace vcisr::media
