// SPDX-License-Identifier: Apache-2.0
#include "vcisr/media/color_spec.h"

#include <gtest/gtest.h>

#include "vcisr/core/error.h"

namespace vcisr::media {
namespace {

ColorTags with_matrix(int matrix) {
  ColorTags tags;
  tags.matrix = matrix;
  return tags;
}

TEST(ResolveColor, FollowsTheTags) {
  EXPECT_EQ(resolve_color(with_matrix(1), 64, 48).spec.matrix, ColorMatrix::kBt709);
  EXPECT_EQ(resolve_color(with_matrix(4), 64, 48).spec.matrix, ColorMatrix::kFcc);
  EXPECT_EQ(resolve_color(with_matrix(5), 1920, 1080).spec.matrix, ColorMatrix::kBt601);
  EXPECT_EQ(resolve_color(with_matrix(6), 1920, 1080).spec.matrix, ColorMatrix::kBt601);
  EXPECT_EQ(resolve_color(with_matrix(7), 64, 48).spec.matrix, ColorMatrix::kSmpte240m);
  EXPECT_EQ(resolve_color(with_matrix(9), 64, 48).spec.matrix, ColorMatrix::kBt2020);
  EXPECT_FALSE(resolve_color(with_matrix(6), 1920, 1080).matrix_guessed);
  ColorTags tags;
  tags.range = 2;
  tags.chroma_location = 3;
  EXPECT_EQ(resolve_color(tags, 64, 48).spec.range, ColorRange::kFull);
  EXPECT_EQ(resolve_color(tags, 64, 48).spec.chroma_location, ChromaLocation::kTopLeft);
}

TEST(ResolveColor, GuessesBySizeWhereUntagged) {
  const auto guess = [](std::int64_t width, std::int64_t height) {
    const ResolvedColor resolved = resolve_color({}, width, height);
    EXPECT_TRUE(resolved.matrix_guessed);
    EXPECT_EQ(resolved.spec.range, ColorRange::kLimited);
    EXPECT_EQ(resolved.spec.chroma_location, ChromaLocation::kLeft);
    return resolved.spec.matrix;
  };
  EXPECT_EQ(guess(720, 576), ColorMatrix::kBt601);
  EXPECT_EQ(guess(1279, 576), ColorMatrix::kBt601);
  EXPECT_EQ(guess(1280, 576), ColorMatrix::kBt709);
  EXPECT_EQ(guess(720, 577), ColorMatrix::kBt709);
}

TEST(ResolveColor, RefusesMatricesThatAreNotLinear) {
  for (const int matrix : {8, 10, 11, 12, 13, 14}) {
    EXPECT_THROW(static_cast<void>(resolve_color(with_matrix(matrix), 64, 48)), InputError)
        << matrix;
  }
}

TEST(DescribeColor, IsWhatLogsShow) {
  EXPECT_EQ(describe({ColorMatrix::kBt709, ColorRange::kLimited, ChromaLocation::kLeft}),
            "BT.709 limited, chroma left");
  EXPECT_EQ(describe({ColorMatrix::kBt2020, ColorRange::kFull, ChromaLocation::kTopLeft}),
            "BT.2020 full, chroma top left");
}

}  // namespace
}  // namespace vcisr::media
