// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>

#include "media/codec_fixtures.h"
#include "media/still_fixtures.h"
#include "support/subprocess.h"
#include "vcisr/core/error.h"
#include "vcisr/media/still_round_trip.h"

namespace vcisr::media {
namespace {

using namespace codec_fixtures;  // NOLINT: the tests' own words.

TEST(JpegRoundTrip, GivesOpenCvsBytes) {
  for (const auto& [width, height] : still_fixtures::sizes()) {
    for (const bool is_noise : {false, true}) {
      const RgbClip clip =
          is_noise ? still_fixtures::make_noise(width, height) : make_clip(1, height, width);
      for (const int quality : {1, 2, 10, 30, 49, 50, 75, 95, 99, 100}) {
        const RgbClip ours = jpeg_round_trip(clip, {.quality = quality});
        const RgbClip theirs =
            still_fixtures::opencv_round_trip(clip, ".jpg", {cv::IMWRITE_JPEG_QUALITY, quality});
        EXPECT_TRUE(ours == theirs) << width << "x" << height << " quality " << quality;
      }
    }
  }
}

TEST(JpegRoundTrip, GivesTheProgramsBytesForEveryChroma) {
  if (!tests::has_program("cjpeg") || !tests::has_program("djpeg")) {
    GTEST_SKIP() << "there are no programs cjpeg and djpeg";
  }
  const RgbClip clip = make_clip(1, 33, 17);
  for (const auto& [chroma, sample] :
       {std::pair{JpegChroma::k420, "2x2"}, {JpegChroma::k422, "2x1"}, {JpegChroma::k444, "1x1"}}) {
    const std::string ppm =
        "P6\n17 33\n255\n" + std::string(clip.pixels.begin(), clip.pixels.end());
    const auto file = tests::run({"cjpeg", "-quality", "40", "-sample", sample}, ppm);
    const std::string out = tests::run({"djpeg", "-ppm"}, file.out).out;
    const RgbClip ours = jpeg_round_trip(clip, {.quality = 40, .chroma = chroma});
    ASSERT_GT(out.size(), ours.pixels.size());
    EXPECT_EQ(out.substr(out.size() - ours.pixels.size()),
              std::string(ours.pixels.begin(), ours.pixels.end()))
        << sample;
  }
}

TEST(JpegRoundTrip, FinerChromaIsNearer) {
  const RgbClip clip = still_fixtures::make_noise(64, 64);
  const double coarse = psnr_db(jpeg_round_trip(clip, {100, JpegChroma::k420}), clip);
  const double half = psnr_db(jpeg_round_trip(clip, {100, JpegChroma::k422}), clip);
  const double full = psnr_db(jpeg_round_trip(clip, {100, JpegChroma::k444}), clip);
  EXPECT_GT(half, coarse + 0.5);
  EXPECT_GT(full, half + 10);
}

TEST(JpegRoundTrip, TakesEachPictureByItself) {
  const RgbClip clip = make_clip(4, 30, 26);
  const RgbClip result = jpeg_round_trip(clip, {.quality = 20});
  for (int n = 0; n < 4; ++n) {
    const RgbClip one = still_fixtures::one_frame(clip, n);
    EXPECT_TRUE(jpeg_round_trip(one, {.quality = 20}) == still_fixtures::one_frame(result, n));
  }
}

TEST(JpegRoundTrip, WorstPicturesFitAndNothingIsPrinted) {
  // Noise of extremes at quality 100 has the longest codes.
  RgbClip clip = still_fixtures::make_noise(96, 96);
  for (std::uint8_t& value : clip.pixels) value = value < 128 ? 0 : 255;
  testing::internal::CaptureStderr();
  const RgbClip result = jpeg_round_trip(clip, {100, JpegChroma::k444});
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_GT(psnr_db(result, clip), 40);
}

TEST(JpegRoundTrip, GivesTheSameBytesInManyThreads) {
  const RgbClip clip = make_clip(3, 90, 90);
  const RgbClip alone = jpeg_round_trip(clip, {.quality = 35});
  std::atomic<int> differing = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int run = 0; run < 20; ++run) {
        if (jpeg_round_trip(clip, {.quality = 35}) != alone) ++differing;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(differing, 0);
}

TEST(JpegRoundTrip, TellsWhatCannotBe) {
  const RgbClip clip = make_clip(1, 8, 8);
  const auto message = [](const RgbClip& picture, int quality) {
    return tests::message_of<ConfigError>(
        [&] { static_cast<void>(jpeg_round_trip(picture, {.quality = quality})); });
  };
  EXPECT_EQ(message(clip, 0), "JPEG quality 0 is outside 1 to 100");
  EXPECT_EQ(message(clip, 101), "JPEG quality 101 is outside 1 to 100");
  EXPECT_EQ(message({1, 8, 8, {}}, 50), "clip of 1 frames 8x8 has 0 bytes instead of 192");
  EXPECT_EQ(message({}, 50), "a clip of 0 frames cannot be encoded; it needs at least 1");
}

}  // namespace
}  // namespace vcisr::media
