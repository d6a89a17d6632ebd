// SPDX-License-Identifier: Apache-2.0
#include "media/video_track.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/container_table.h"
#include "media/video_fixtures.h"

extern "C" {
#include <libavutil/display.h>
}

namespace vcisr::media {
namespace {

using tests::operator+;
using ::testing::Contains;
using ::testing::HasSubstr;

VideoInfo turned(double clockwise_degrees) {
  VideoInfo info;
  std::array<std::int32_t, 9> matrix{};
  // FFmpeg sets clockwise and gets counterclockwise.
  av_display_rotation_set(matrix.data(), clockwise_degrees);
  info.display_matrix = matrix;
  return info;
}

TEST(VideoTrack, CountsTurnsOnlyWhereTheContainerCannotHoldThem) {
  std::vector<std::string> notes;
  const AVOutputFormat& mkv = find_muxer("a.mkv", "");
  for (int quarters = 0; quarters < 4; ++quarters) {
    EXPECT_EQ(needed_quarter_turns(mkv, turned(90.0 * quarters), notes), quarters);
    EXPECT_EQ(needed_quarter_turns(find_muxer("a.mp4", ""), turned(90.0 * quarters), notes), 0);
  }
  EXPECT_EQ(notes.size(), 3u);
  EXPECT_THAT(notes[0], HasSubstr("turned clockwise by 90 degrees"));
  notes.clear();
  EXPECT_EQ(needed_quarter_turns(mkv, turned(30), notes), 0);
  VideoInfo mirrored = turned(0);
  av_display_matrix_flip(mirrored.display_matrix->data(), 1, 0);
  EXPECT_EQ(needed_quarter_turns(mkv, mirrored, notes), 0);
  EXPECT_EQ(notes.size(), 2u);
}

TEST(VideoTrack, TurnsAsFfmpegShowsThem) {
  const tests::TempFolder folder;
  const auto at = [&folder](const std::string& name) { return (folder / name).string(); };
  tests::ffmpeg(tests::picture(0.04) +
                tests::Words{"-c:v", "libx264", "-qp", "0", "-pix_fmt", "yuv444p", at("a.mp4")});
  tests::ffmpeg({"-i", at("a.mp4"), "-c", "copy", "-metadata:s:v", "rotate=90", at("b.mp4")});
  tests::ffmpeg({"-i", at("b.mp4"), "-c:v", "ffv1", at("shown.mkv")});
  VideoDecoder turned_film(at("b.mp4"));
  VideoDecoder shown_film(at("shown.mkv"));
  const auto a = turned_film.read();
  const auto b = shown_film.read();
  ASSERT_TRUE(a && b);
  ASSERT_EQ(b->width(), 48);
  std::vector<std::string> notes;
  const int quarters = needed_quarter_turns(find_muxer("x.mkv", ""), turned_film.info(), notes);
  ASSERT_EQ(quarters % 2, 1);
  int different = 0;
  for (std::int64_t y = 0; y < b->height(); ++y) {
    for (std::int64_t x = 0; x < b->width(); ++x) {
      // Clockwise once: the row y comes from the column y, read upwards.
      const std::int64_t from_y = quarters == 1 ? a->height() - 1 - x : x;
      const std::int64_t from_x = quarters == 1 ? y : a->width() - 1 - y;
      const int want = a->plane(0).data[from_y * a->plane(0).stride_bytes + from_x];
      different += want != b->plane(0).data[y * b->plane(0).stride_bytes + x] ? 1 : 0;
    }
  }
  EXPECT_EQ(different, 0);
}

TEST(VideoTrack, KeepsTheMatrixInMp4) {
  const tests::TempFolder folder;
  const auto at = [&folder](const std::string& name) { return (folder / name).string(); };
  tests::ffmpeg(tests::picture(0.08) + tests::Words{"-c:v", "libx264", at("a.mp4")});
  tests::ffmpeg({"-i", at("a.mp4"), "-c", "copy", "-metadata:s:v", "rotate=270", at("b.mp4")});
  tests::recode(at("b.mp4"), at("c.mp4"));
  EXPECT_EQ(VideoDecoder(at("c.mp4")).info().display_matrix,
            VideoDecoder(at("b.mp4")).info().display_matrix);
  EXPECT_THAT(tests::recode(at("b.mp4"), at("d.mkv")), Contains(HasSubstr("turned clockwise")));
}

TEST(VideoTrack, ChoosesANominalRate) {
  VideoInfo info;
  const auto rate = [&info](Rational base, Rational average) {
    info.base_frame_rate = base;
    info.frame_rate = average;
    const AVRational chosen = nominal_frame_rate(info);
    return Rational{chosen.num, chosen.den};
  };
  EXPECT_EQ(rate({30000, 1001}, {30000, 1001}), (Rational{30000, 1001}));
  EXPECT_EQ(rate({30, 1}, {85, 4}), (Rational{30, 1}));
  EXPECT_EQ(rate({90000, 1}, {24, 1}), (Rational{24, 1}));
  EXPECT_EQ(rate({120, 1}, {5, 1}), (Rational{5, 1}));
  EXPECT_EQ(rate({0, 1}, {0, 1}), (Rational{25, 1}));
  EXPECT_EQ(rate({1000, 1}, {500, 1}), (Rational{240, 1}));
}

TEST(VideoTrack, TurnsTheAspectWithThePixels) {
  VideoInfo info;
  info.sample_aspect_ratio = {32, 27};
  EXPECT_EQ(av_cmp_q(film_aspect(info, 0), {32, 27}), 0);
  EXPECT_EQ(av_cmp_q(film_aspect(info, 3), {27, 32}), 0);
  info.sample_aspect_ratio = {0, 1};
  EXPECT_EQ(film_aspect(info, 1).num, 0);
}

}  // namespace
}  // namespace vcisr::media
