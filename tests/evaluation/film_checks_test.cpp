// SPDX-License-Identifier: Apache-2.0
#include "evaluation/film_checks.h"

#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "vcisr/core/error.h"

namespace vcisr::evaluation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

media::VideoInfo info_of(const std::string& path) {
  media::VideoInfo info;
  info.path = path;
  info.codec = "h264";
  info.width = 1280;
  info.height = 720;
  info.source_pixel_format = "yuv420p";
  return info;
}

std::string refusal(const media::VideoInfo& a, const media::VideoInfo& b,
                    const EvaluationOptions& options = {}, bool needs_planes = false) {
  try {
    check_films(a, b, options, needs_planes);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(CheckFilms, AcceptsEqualFilms) {
  EXPECT_EQ(refusal(info_of("a"), info_of("b"), {}, true), "");
}

TEST(CheckFilms, SaysWhatToDoAboutEachDifference) {
  auto other = info_of("b.mp4");
  other.width = 640;
  other.height = 360;
  EXPECT_THAT(refusal(info_of("a.mp4"), other),
              HasSubstr("a.mp4 is 1280x720 and b.mp4 is 640x360: films of one size are compared; "
                        "scale one of them (ffmpeg -vf scale=640:360"));
  other.width = 720;
  other.height = 1280;
  EXPECT_THAT(refusal(info_of("a.mp4"), other), HasSubstr("one of them is turned"));
  other = info_of("b.mp4");
  other.format.bit_depth = 10;
  EXPECT_THAT(refusal(info_of("a.mp4"), other), HasSubstr("--bit-depth 8 rounds both"));
  EXPECT_EQ(refusal(info_of("a.mp4"), other, {.bit_depth = 8}), "");
  other = info_of("b.mp4");
  other.color.range = media::ColorRange::kFull;
  EXPECT_THAT(refusal(info_of("a.mp4"), other),
              HasSubstr("a.mp4 has limited colour range and b.mp4 full: convert one of them "
                        "(ffmpeg -vf scale=out_range=full), or give --accept range"));
  EXPECT_EQ(refusal(info_of("a.mp4"), other, {.accepted = {.range = true}}), "");
  other = info_of("b.mp4");
  other.format.layout = media::PixelLayout::kYuv444;
  other.source_pixel_format = "yuv444p";
  EXPECT_EQ(refusal(info_of("a.mp4"), other), "");
  EXPECT_THAT(refusal(info_of("a.mp4"), other, {}, true), HasSubstr("metrics of planes need one"));
  other = info_of("b.mp4");
  other.display_matrix = {{0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30}};
  EXPECT_THAT(refusal(info_of("a.mp4"), other), HasSubstr("different rotations"));
}

TEST(CheckFilms, SaysWhichFilmEndsFirstAndThatItsEditListHidesPictures) {
  auto shorter = info_of("short.mp4");
  const auto text = count_mismatch(shorter, info_of("long.mp4"), 298);
  EXPECT_EQ(text,
            "short.mp4 ends after 298 frames and long.mp4 goes on: give films of equally many "
            "frames, or --accept count to compare what both have");
  shorter.edit_list_hidden_frames = 2;
  EXPECT_THAT(count_mismatch(shorter, info_of("long.mp4"), 298),
              HasSubstr("the edit list of short.mp4 hides 2 pictures: --ignore-edit-list"));
}

/// A bright bar at column 4 t of a dark frame.
std::unique_ptr<metrics::Picture> moving(std::int64_t t) {
  auto luma = torch::full({64, 256}, 20, torch::kUInt8);
  luma.slice(1, 8 * t, 8 * t + 16).fill_(200);
  metrics::FrameSamples samples{64, 256, 8, {luma}};
  return std::make_unique<metrics::Picture>(std::move(samples), [] { return torch::Tensor(); });
}

TEST(AlignmentCheck, FindsAFilmThatIsAFrameLateOrEarly) {
  for (const std::int64_t shift : {-1, 0, 1}) {
    AlignmentCheck check;
    for (std::int64_t t = 1; t < 12; ++t) check.compare_looks(*moving(t + shift), *moving(t));
    if (shift == 0) {
      EXPECT_THAT(check.findings(), IsEmpty());
    } else {
      EXPECT_THAT(check.findings(), ElementsAre(HasSubstr(shift < 0 ? "looks one frame late"
                                                                    : "looks one frame early")));
    }
  }
}

TEST(AlignmentCheck, HasNothingAgainstStillFilms) {
  AlignmentCheck check;
  for (int t = 0; t < 12; ++t) check.compare_looks(*moving(3), *moving(3));
  EXPECT_THAT(check.findings(), IsEmpty());
}

TEST(AlignmentCheck, FindsTheFirstFrameThatIsShownAtAnotherTime) {
  AlignmentCheck check;
  for (int t = 0; t < 5; ++t)
    check.compare_times(t, t * 0.04, t < 3 ? t * 0.04 : t * 0.04 + 0.1, 0.04);
  EXPECT_THAT(check.findings(),
              ElementsAre(HasSubstr("frame 3 is shown 0.120 s after the first one in the distorted "
                                    "film and 0.220 s in the reference")));
}

}  // namespace
}  // namespace vcisr::evaluation
