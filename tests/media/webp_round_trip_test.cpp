// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <limits>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>

#include "media/codec_fixtures.h"
#include "media/still_fixtures.h"
#include "vcisr/core/error.h"
#include "vcisr/media/still_round_trip.h"

namespace vcisr::media {
namespace {

using namespace codec_fixtures;  // NOLINT: the tests' own words.

TEST(WebpRoundTrip, GivesOpenCvsBytes) {
  for (const auto& [width, height] : still_fixtures::sizes()) {
    for (const bool is_noise : {false, true}) {
      const RgbClip clip =
          is_noise ? still_fixtures::make_noise(width, height) : make_clip(1, height, width);
      for (const int quality : {1, 10, 50, 75, 100}) {
        const RgbClip ours = webp_round_trip(clip, {static_cast<double>(quality)});
        const RgbClip theirs =
            still_fixtures::opencv_round_trip(clip, ".webp", {cv::IMWRITE_WEBP_QUALITY, quality});
        EXPECT_TRUE(ours == theirs) << width << "x" << height << " quality " << quality;
      }
    }
  }
}

TEST(WebpRoundTrip, LowerQualityIsFarther) {
  const RgbClip clip = make_clip(1, 90, 90);
  double last = 1e9;
  for (const double quality : {100.0, 75.5, 40.0, 0.0}) {
    const double db = psnr_db(webp_round_trip(clip, {quality}), clip);
    EXPECT_LT(db, last) << quality;
    last = db;
  }
  EXPECT_GT(last, 15);
}

TEST(WebpRoundTrip, TakesEachPictureByItself) {
  const RgbClip clip = make_clip(3, 30, 26);
  const RgbClip result = webp_round_trip(clip, {20});
  for (int n = 0; n < 3; ++n) {
    const RgbClip one = still_fixtures::one_frame(clip, n);
    EXPECT_TRUE(webp_round_trip(one, {20}) == still_fixtures::one_frame(result, n));
  }
}

TEST(WebpRoundTrip, GivesTheSameBytesInManyThreads) {
  const RgbClip clip = make_clip(2, 90, 90);
  const RgbClip alone = webp_round_trip(clip, {35});
  std::atomic<int> differing = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int run = 0; run < 10; ++run) {
        if (webp_round_trip(clip, {35}) != alone) ++differing;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(differing, 0);
}

TEST(WebpRoundTrip, TellsWhatCannotBe) {
  const RgbClip clip = make_clip(1, 8, 8);
  const auto message = [](const RgbClip& picture, double quality) {
    return tests::message_of<ConfigError>(
        [&] { static_cast<void>(webp_round_trip(picture, {quality})); });
  };
  EXPECT_EQ(message(clip, -0.5), "WebP quality -0.5 is outside 0 to 100");
  EXPECT_EQ(message(clip, 100.5), "WebP quality 100.5 is outside 0 to 100");
  EXPECT_EQ(message(clip, std::numeric_limits<double>::quiet_NaN()),
            "WebP quality nan is outside 0 to 100");
  EXPECT_EQ(message({1, 8, 8, {}}, 50), "clip of 1 frames 8x8 has 0 bytes instead of 192");
  RgbClip wide{1, 1, 16384, std::vector<std::uint8_t>(16384 * 3)};
  EXPECT_EQ(message(wide, 50), "clip of 16384x1 pixels: WebP holds sides up to 16383");
}

}  // namespace
}  // namespace vcisr::media
