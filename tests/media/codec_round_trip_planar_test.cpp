// SPDX-License-Identifier: Apache-2.0
// Planes through codecs, as they are.
#include <atomic>
#include <cmath>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "media/codec_fixtures.h"
#include "vcisr/core/error.h"
#include "vcisr/media/codec_round_trip.h"

namespace vcisr::media {
namespace {

using namespace codec_fixtures;  // NOLINT: the tests' own words.

using tests::TempFolder;
using tests::Words;
using tests::operator+;

double luma_psnr_db(const YuvClip& a, const YuvClip& b, std::int64_t frame_a,
                    std::int64_t frame_b) {
  const auto step = static_cast<std::size_t>(a.frame_samples());
  const auto count = static_cast<std::size_t>(a.height * a.width);
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double difference =
        static_cast<double>(a.samples[static_cast<std::size_t>(frame_a) * step + i]) -
        b.samples[static_cast<std::size_t>(frame_b) * step + i];
    sum += difference * difference;
  }
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(count) / sum);
}

// --- Nothing but the codec -------------------------------------------------------------------

TEST(PlanarRoundTrip, LosslessSettingsBringThePlanesBack) {
  if (!is_linked("libx264")) GTEST_SKIP() << "the linked FFmpeg has no encoder libx264";
  struct Case {
    const char* format;
    int shift_x;
    int shift_y;
    int height;
    int width;
  };
  for (const Case& test_case : {Case{"yuv420p", 1, 1, 90, 90}, Case{"yuvj420p", 1, 1, 46, 72},
                                Case{"yuv422p", 1, 0, 35, 64}, Case{"yuv444p", 0, 0, 33, 47},
                                Case{"yuvj444p", 0, 0, 16, 17}}) {
    const YuvClip clip =
        make_yuv_clip(12, test_case.height, test_case.width, test_case.shift_x, test_case.shift_y);
    for (const CodecRate& rate : {CodecRate{FixedQuantiser{0}}, CodecRate{Crf{0}}}) {
      CodecOptions options = sized("libx264", rate, 0, 0);
      options.pixel_format = test_case.format;
      EXPECT_TRUE(codec_round_trip(clip, options) == clip) << test_case.format;
    }
  }
}

/// The program with one thread, fed with the planes.
YuvClip program_round_trip(const YuvClip& clip, const CodecOptions& options) {
  const TempFolder folder;
  const std::string film = (folder / "merge.mp4").string();
  const std::string fps = std::to_string(options.fps);
  const std::string size = std::to_string(clip.width) + "x" + std::to_string(clip.height);
  Words encode = Words{"ffmpeg", "-v", "error", "-y", "-f", "rawvideo"} +
                 Words{"-pixel_format", options.pixel_format, "-video_size", size} +
                 Words{"-r", fps, "-i", "-", "-threads", "1", "-vcodec", options.codec};
  if (options.codec == "libx264") encode = encode + Words{"-x264-params", "asm=SSE2"};
  if (options.codec == "libx265") {
    encode = encode + Words{"-x265-params", "log-level=error:frame-threads=1"};
  }
  if (options.codec.starts_with("libx26")) encode = encode + Words{"-preset", options.preset};
  encode = encode + rate_words(options) + Words{"-pix_fmt", options.pixel_format, film};
  const auto encoded = tests::run(encode, std::string(clip.samples.begin(), clip.samples.end()));
  EXPECT_EQ(encoded.exit_code, 0) << encoded.err;
  const auto decoded = tests::run({"ffmpeg", "-v", "error", "-nostdin", "-threads", "1", "-i", film,
                                   "-f", "rawvideo", "-pix_fmt", options.pixel_format, "-"});
  EXPECT_EQ(decoded.exit_code, 0) << decoded.err;
  YuvClip result = clip;
  result.samples.assign(decoded.out.begin(), decoded.out.end());
  return result;
}

void expect_parity(const std::string& codec, const std::vector<CodecRate>& rates) {
  if (const std::string reason = why_not(codec); !reason.empty()) GTEST_SKIP() << reason;
  const YuvClip longest = make_yuv_clip(128);
  const std::vector<int> lengths = {1, 2, 31, 128};
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const YuvClip clip = first_frames(longest, lengths[i]);
    CodecOptions options = sized(codec, rates[i % rates.size()], 0, 0);
    options.fps = codec == "mpeg2video" ? 25 : 16 + static_cast<int>(i) * 3;
    options.preset = i % 2 == 0 ? "medium" : "superfast";
    const YuvClip ours = codec_round_trip(clip, options);
    const YuvClip theirs = program_round_trip(clip, options);
    ASSERT_EQ(ours.samples.size(), theirs.samples.size());
    EXPECT_TRUE(ours == theirs) << codec << ", " << lengths[i] << " frames";
    EXPECT_FALSE(ours == clip) << codec << ", " << lengths[i] << " frames";
  }
}

TEST(PlanarRoundTrip, GivesTheProgramsBytesForMpeg2) {
  expect_parity("mpeg2video", {FixedQuantiser{14}, BitrateKbps{4400}, FixedQuantiser{8}});
}
TEST(PlanarRoundTrip, GivesTheProgramsBytesForXvid) {
  expect_parity("libxvid", {FixedQuantiser{12}, BitrateKbps{4400}, FixedQuantiser{20}});
}
TEST(PlanarRoundTrip, GivesTheProgramsBytesForH264) {
  expect_parity("libx264", {Crf{20}, Crf{32}, FixedQuantiser{30}});
}
TEST(PlanarRoundTrip, GivesTheProgramsBytesForH265) {
  expect_parity("libx265", {Crf{25}, Crf{37}, FixedQuantiser{30}});
}

// --- Frames, order, repeatability ------------------------------------------------------------

TEST(PlanarRoundTrip, ReturnsAsManyFramesAsItGetsInOrder) {
  const YuvClip longest = make_yuv_clip(128);
  for (const CodecOptions& options : linked_codecs()) {
    for (const int frames : {1, 2, 31, 128}) {
      const YuvClip clip = first_frames(longest, frames);
      const YuvClip result = codec_round_trip(clip, options);
      ASSERT_EQ(result.frames, frames) << options.codec;
      ASSERT_EQ(result.samples.size(), clip.samples.size()) << options.codec;
      for (std::int64_t n = 0; n < frames; ++n) {
        const double own = luma_psnr_db(result, clip, n, n);
        ASSERT_GT(own, 22) << options.codec << " frame " << n << " of " << frames;
        if (n == 0) continue;
        ASSERT_GT(own, luma_psnr_db(result, clip, n, n - 1) + 3)
            << options.codec << " frame " << n << " of " << frames;
      }
    }
  }
}

TEST(PlanarRoundTrip, ReturnsEveryNumberOfFrames) {
  const bool has_x264 = is_linked("libx264");
  CodecOptions options = sized(has_x264 ? "libx264" : "mpeg4", FixedQuantiser{28}, 0, 0);
  if (has_x264) options.preset = "superfast";
  const YuvClip longest = make_yuv_clip(200);
  std::atomic<int> good = 0;
  const auto work = [&](int first) {
    try {
      for (int frames = first; frames <= 200; frames += 2) {
        const YuvClip clip = first_frames(longest, frames);
        const YuvClip result = codec_round_trip(clip, options);
        const bool has_last = luma_psnr_db(result, clip, frames - 1, frames - 1) > 22;
        if (result.frames == frames && has_last) ++good;
      }
    } catch (const Error&) {
      good = -1000;
    }
  };
  std::thread other(work, 2);
  work(1);
  other.join();
  EXPECT_EQ(good, 200);
}

TEST(PlanarRoundTrip, GivesTheSameBytesBesideOthers) {
  const YuvClip clip = make_yuv_clip(16);
  std::vector<CodecOptions> codecs;
  for (const CodecOptions& options : linked_codecs()) {
    if (options.codec.starts_with("libx") || options.codec.starts_with("mpeg")) {
      codecs.push_back(options);
      codecs.back().preset = "medium";
    }
  }
  std::vector<YuvClip> alone;
  for (const CodecOptions& options : codecs) alone.push_back(codec_round_trip(clip, options));
  std::vector<std::atomic<int>> differing(codecs.size());
  std::atomic<int> failures = 0;
  const auto work = [&] {
    try {
      for (std::size_t i = 0; i < codecs.size(); ++i) {
        for (int run = 0; run < 5; ++run) {
          if (codec_round_trip(clip, codecs[i]) != alone[i]) ++differing[i];
        }
      }
    } catch (const Error&) {
      ++failures;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  for (std::size_t i = 0; i < codecs.size(); ++i) EXPECT_EQ(differing[i], 0) << codecs[i].codec;
}

TEST(PlanarRoundTrip, H265RepeatsItselfWherePicturesAreOneUnitWide) {
  if (!is_linked("libx265")) GTEST_SKIP() << "the linked FFmpeg has no encoder libx265";
  for (const auto& [width, height] :
       {std::pair{64, 64}, {32, 32}, {32, 90}, {90, 32}, {64, 90}, {64, 32}, {50, 64}}) {
    const YuvClip clip = make_yuv_clip(8, height, width);
    CodecOptions options = sized("libx265", Crf{28}, 0, 0);
    options.preset = "medium";
    const YuvClip first = codec_round_trip(clip, options);
    for (int run = 0; run < 12; ++run) {
      EXPECT_TRUE(codec_round_trip(clip, options) == first) << width << "x" << height;
    }
  }
}

// --- What is refused -------------------------------------------------------------------------

std::string error_of(const YuvClip& clip, const CodecOptions& options) {
  return tests::message_of<ConfigError>(
      [&] { static_cast<void>(codec_round_trip(clip, options)); });
}

TEST(PlanarRoundTrip, TellsWhatDoesNotFit) {
  const CodecOptions options = sized("mpeg4", FixedQuantiser{8}, 0, 0);
  const YuvClip clip = make_yuv_clip(1, 16, 24);
  EXPECT_NO_THROW(
      static_cast<void>(codec_round_trip(clip, sized("mpeg4", FixedQuantiser{8}, 24, 0))));
  EXPECT_EQ(error_of(clip, sized("mpeg4", FixedQuantiser{8}, 32, 0)),
            "encoded size 32x0 is not that of the planes, 24x16: planes are encoded as they are");
  CodecOptions other = options;
  for (const char* format :
       {"yuv444p", "yuv420p10le", "gray", "nv12", "rgb24", "gbrp", "nothing"}) {
    other.pixel_format = format;
    EXPECT_EQ(error_of(clip, other), std::string("pixel format '") + format +
                                         "' is not 8-bit planar YUV with a chroma sample for each "
                                         "2x2 pixels, as the clip has it");
  }
  YuvClip bad = clip;
  bad.samples.pop_back();
  EXPECT_EQ(error_of(bad, options), "clip of 1 frames 24x16 has 575 bytes instead of 576");
  bad.chroma_shift_x = 3;
  EXPECT_EQ(error_of(bad, options), "chroma shift 3 of a clip is outside 0 to 2");
  EXPECT_EQ(error_of({}, options), "a clip of 0 frames cannot be encoded; it needs at least 1");
  EXPECT_EQ(
      error_of(make_yuv_clip(1, 16, 23), options),
      "encoder mpeg4: encoded width 23 is not a multiple of 2, as pixel format yuv420p needs");
  EXPECT_EQ(error_of({1, INT64_MAX, INT64_MAX, 1, 1, {}}, options).substr(0, 8), "clip of ");
}

}  // namespace
}  // namespace vcisr::media
