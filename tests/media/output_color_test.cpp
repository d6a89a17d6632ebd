// SPDX-License-Identifier: Apache-2.0
#include "media/output_color.h"

#include <gtest/gtest.h>

namespace vcisr::media {
namespace {

constexpr PixelFormat kYuv{PixelLayout::kYuv420, 8};
constexpr PixelFormat kRgb{PixelLayout::kRgb, 8};

VideoInfo film(const PixelFormat& format, int matrix, std::int64_t width, std::int64_t height) {
  VideoInfo info;
  info.format = format;
  info.width = width;
  info.height = height;
  info.tags.matrix = matrix;
  const ResolvedColor resolved = resolve_color(info.tags, width, height);
  info.color = resolved.spec;
  info.matrix_guessed = resolved.matrix_guessed;
  return info;
}

TEST(OutputColor, KeepsTheTagsOfYuv) {
  const VideoInfo source = film(kYuv, 9, 640, 480);
  const OutputColor color = choose_output_color(source, kYuv, false, 1280, 960);
  EXPECT_EQ(color.tags, source.tags);
  EXPECT_EQ(color.spec, source.color);
  EXPECT_EQ(color.note, "");
}

TEST(OutputColor, StaysUntaggedAtASizeOfTheSameGuess) {
  const VideoInfo source = film(kYuv, 2, 320, 240);
  const OutputColor color = choose_output_color(source, kYuv, false, 640, 480);
  EXPECT_EQ(color.tags.matrix, 2);
  EXPECT_EQ(color.spec.matrix, ColorMatrix::kBt601);
}

TEST(OutputColor, NamesTheMatrixWherePlayersWouldGuessAnother) {
  const VideoInfo source = film(kYuv, 2, 720, 480);
  const OutputColor color = choose_output_color(source, kYuv, false, 1440, 960);
  EXPECT_EQ(color.tags.matrix, 6);
  EXPECT_EQ(color.spec.matrix, ColorMatrix::kBt601);
  EXPECT_NE(color.note, "");
}

TEST(OutputColor, TagsYuvThatWasRgb) {
  VideoInfo source = film(kRgb, 0, 640, 480);
  const OutputColor small = choose_output_color(source, kYuv, false, 640, 480);
  EXPECT_EQ(small.tags.matrix, 6);
  EXPECT_EQ(small.tags.range, 1);
  EXPECT_EQ(small.spec.range, ColorRange::kLimited);
  const OutputColor large = choose_output_color(source, kYuv, false, 1920, 1080);
  EXPECT_EQ(large.tags.matrix, 1);
  EXPECT_EQ(large.spec.matrix, ColorMatrix::kBt709);
}

TEST(OutputColor, MarksRgbAsFullRange) {
  const OutputColor color = choose_output_color(film(kYuv, 1, 640, 480), kRgb, false, 640, 480);
  EXPECT_EQ(color.tags.matrix, 0);
  EXPECT_EQ(color.tags.range, 2);
  EXPECT_EQ(color.spec.range, ColorRange::kFull);
}

TEST(OutputColor, FollowsEncodersThatKnowFullRangeOnly) {
  const OutputColor color = choose_output_color(film(kYuv, 1, 640, 480), kYuv, true, 640, 480);
  EXPECT_EQ(color.tags.range, 2);
  EXPECT_EQ(color.spec.range, ColorRange::kFull);
}

}  // namespace
}  // namespace vcisr::media
