// SPDX-License-Identifier: Apache-2.0
#include "vcisr/media/codec_round_trip.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "media/codec_fixtures.h"
#include "media/codec_settings.h"
#include "media/video_fixtures.h"
#include "vcisr/core/error.h"

namespace vcisr::media {
namespace {

using namespace codec_fixtures;  // NOLINT: the tests' own words.

using tests::TempFolder;
using tests::Words;
using tests::operator+;

// --- Against the program ---------------------------------------------------------------------

/// The published two command lines, raw frames in place of PNG files, threads pinned.
RgbClip program_round_trip(const RgbClip& clip, const CodecOptions& options) {
  const TempFolder folder;
  const std::string film = (folder / "merge.mp4").string();
  const std::string fps = std::to_string(options.fps);
  const std::string size = std::to_string(clip.width) + ":" + std::to_string(clip.height);
  const std::int64_t width = options.width == 0 ? clip.width : options.width;
  const std::string scale = "scale=" + std::to_string(width) + ":" + std::to_string(clip.height);
  Words encode = {"ffmpeg", "-hide_banner", "-y"};
  encode = encode + Words{"-f", "rawvideo", "-pixel_format", "rgb24"} +
           Words{"-video_size", std::to_string(clip.width) + "x" + std::to_string(clip.height)} +
           Words{"-r", fps, "-i", "-", "-threads", "1", "-vcodec", options.codec} +
           Words{"-x265-params", "log-level=error:frame-threads=1"};
  if (options.codec == "libx264") encode = encode + Words{"-x264-params", "asm=SSE2"};
  if (options.gop) encode = encode + Words{"-g", std::to_string(*options.gop)};
  encode = encode + rate_words(options) + Words{"-vf", scale} +
           Words{"-preset", options.preset, "-pix_fmt", "yuv420p", film, "-loglevel", "0"};
  const std::string input(clip.pixels.begin(), clip.pixels.end());
  EXPECT_EQ(tests::run(encode, input).exit_code, 0);
  const auto decoded = tests::run({"ffmpeg", "-hide_banner", "-nostdin", "-threads", "1", "-i",
                                   film, "-vf", "scale=" + size + ",fps=" + fps, "-f", "rawvideo",
                                   "-pix_fmt", "rgb24", "-", "-loglevel", "0"});
  EXPECT_EQ(decoded.exit_code, 0);
  RgbClip result{clip.frames, clip.height, clip.width, {}};
  result.pixels.assign(decoded.out.begin(), decoded.out.end());
  return result;
}

struct ParityCase {
  int frames;
  int width;
  int fps;
  const char* preset;
  CodecRate rate;
};

void expect_parity(const std::string& codec, const std::vector<ParityCase>& cases) {
  const RgbClip longest = make_clip(128);
  for (const ParityCase& test_case : cases) {
    RgbClip clip{test_case.frames, longest.height, longest.width, {}};
    const auto bytes = static_cast<std::ptrdiff_t>(frame_bytes(longest)) * test_case.frames;
    clip.pixels.assign(longest.pixels.begin(), longest.pixels.begin() + bytes);
    CodecOptions options = sized(codec, test_case.rate, test_case.width, 0);
    options.fps = test_case.fps;
    options.preset = test_case.preset;
    const RgbClip ours = codec_round_trip(clip, options);
    const RgbClip theirs = program_round_trip(clip, options);
    ASSERT_EQ(ours.pixels.size(), theirs.pixels.size());
    EXPECT_TRUE(ours == theirs) << codec << ", " << test_case.frames << " frames, encoded width "
                                << test_case.width << ", " << test_case.fps << " fps, "
                                << test_case.preset << ": " << psnr_db(ours, theirs) << " dB";
    EXPECT_FALSE(ours == clip);
  }
}

TEST(CodecRoundTrip, TestClipIsThatOfTheGoldenFile) {
  const RgbClip clip = make_clip(1);
  EXPECT_EQ(clip.pixels[0], 150);
  EXPECT_EQ(clip.pixels[1], 158);
  EXPECT_EQ(clip.pixels[2], 140);
}

TEST(CodecRoundTrip, GivesTheProgramsBytesForMpeg2) {
  if (const std::string reason = why_not("mpeg2video"); !reason.empty()) GTEST_SKIP() << reason;
  expect_parity("mpeg2video", {{1, 90, 25, "medium", BitrateKbps{3800}},
                               {2, 120, 25, "slow", BitrateKbps{5800}},
                               {31, 72, 25, "medium", BitrateKbps{4400}},
                               {128, 90, 25, "fast", BitrateKbps{4000}},
                               {128, 120, 25, "medium", BitrateKbps{5000}},
                               {31, 90, 25, "medium", FixedQuantiser{14}}});
}

TEST(CodecRoundTrip, GivesTheProgramsBytesForMpeg4) {
  if (const std::string reason = why_not("mpeg4"); !reason.empty()) GTEST_SKIP() << reason;
  expect_parity("mpeg4", {{31, 90, 17, "medium", FixedQuantiser{20}},
                          {128, 72, 30, "medium", BitrateKbps{300}}});
}

TEST(CodecRoundTrip, GivesTheProgramsBytesForXvid) {
  if (const std::string reason = why_not("libxvid"); !reason.empty()) GTEST_SKIP() << reason;
  expect_parity("libxvid", {{1, 90, 16, "medium", BitrateKbps{3800}},
                            {2, 72, 23, "slow", BitrateKbps{5800}},
                            {31, 120, 30, "medium", BitrateKbps{4400}},
                            {128, 90, 29, "fast", BitrateKbps{4000}},
                            {128, 72, 16, "superfast", BitrateKbps{5000}},
                            {31, 90, 25, "medium", FixedQuantiser{12}}});
}

TEST(CodecRoundTrip, GivesTheProgramsBytesForH264) {
  if (const std::string reason = why_not("libx264"); !reason.empty()) GTEST_SKIP() << reason;
  expect_parity("libx264", {{1, 90, 16, "medium", Crf{20}},
                            {2, 72, 23, "slow", Crf{26}},
                            {31, 120, 30, "superfast", Crf{32}},
                            {128, 90, 29, "medium", Crf{24}},
                            {128, 72, 17, "fast", Crf{30}},
                            {128, 120, 25, "faster", Crf{28}},
                            {31, 90, 25, "medium", FixedQuantiser{30}},
                            {31, 90, 25, "medium", BitrateKbps{200}}});
}

TEST(CodecRoundTrip, GivesTheProgramsBytesForH265) {
  if (const std::string reason = why_not("libx265"); !reason.empty()) GTEST_SKIP() << reason;
  expect_parity("libx265", {{1, 90, 16, "medium", Crf{25}},
                            {2, 72, 23, "slow", Crf{31}},
                            {31, 120, 30, "superfast", Crf{37}},
                            {128, 90, 29, "medium", Crf{29}},
                            {128, 72, 17, "fast", Crf{35}},
                            {31, 90, 25, "faster", FixedQuantiser{30}}});
}

// --- Frames, order, repeatability ------------------------------------------------------------

TEST(CodecRoundTrip, ReturnsAsManyFramesAsItGets) {
  constexpr std::array<int, 8> kRates = {1, 7, 16, 23, 25, 29, 60, 119};
  constexpr std::array<int, 3> kMpeg2Rates = {24, 25, 30};
  for (CodecOptions options : linked_codecs()) {
    const int side = options.codec == "libsvtav1" ? 64 : 32;
    const RgbClip longest = make_clip(40, side, side);
    for (int frames = 1; frames <= 40; ++frames) {
      RgbClip clip{frames, side, side, {}};
      const auto bytes = static_cast<std::ptrdiff_t>(frame_bytes(longest)) * frames;
      clip.pixels.assign(longest.pixels.begin(), longest.pixels.begin() + bytes);
      const auto step = static_cast<std::size_t>(frames);
      options.fps = options.codec == "mpeg2video" ? kMpeg2Rates[step % kMpeg2Rates.size()]
                                                  : kRates[step % kRates.size()];
      const RgbClip result = codec_round_trip(clip, options);
      ASSERT_EQ(result.frames, frames) << options.codec;
      ASSERT_EQ(result.pixels.size(), clip.pixels.size()) << options.codec;
      ASSERT_GT(frame_psnr_db(result, frames - 1, clip, frames - 1), 20) << options.codec;
    }
  }
}

TEST(CodecRoundTrip, ReturnsFramesInOrder) {
  const RgbClip clip = make_clip(24);
  for (const CodecOptions& options : linked_codecs()) {
    const RgbClip result = codec_round_trip(clip, options);
    for (std::int64_t n = 0; n < clip.frames; ++n) {
      const double own = frame_psnr_db(result, n, clip, n);
      for (std::int64_t other = 0; other < clip.frames; ++other) {
        if (other == n) continue;
        ASSERT_GT(own, frame_psnr_db(result, n, clip, other) + 3)
            << options.codec << " frame " << n;
      }
    }
  }
}

TEST(CodecRoundTrip, RepeatsItselfAloneAndBesideOthers) {
  constexpr int kThreads = 4;
  const RgbClip clip = make_clip(24);
  const std::vector<CodecOptions> codecs = linked_codecs();
  std::vector<RgbClip> alone;
  for (const CodecOptions& options : codecs) {
    alone.push_back(codec_round_trip(clip, options));
    for (int run = 0; run < 2; ++run) {
      EXPECT_TRUE(codec_round_trip(clip, options) == alone.back()) << options.codec;
    }
  }
  // First all threads in the same codec, then each in another.
  std::vector<std::atomic<int>> differing(codecs.size());
  std::atomic<int> failures = 0;
  const auto work = [&](std::size_t first) {
    try {
      for (std::size_t k = 0; k < 3 * codecs.size(); ++k) {
        const std::size_t codec = k < 2 * codecs.size() ? k / 2 : (k + 2 * first) % codecs.size();
        if (codec_round_trip(clip, codecs[codec]) != alone[codec]) ++differing[codec];
      }
    } catch (const Error&) {
      ++failures;
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  for (std::size_t i = 0; i < codecs.size(); ++i) EXPECT_EQ(differing[i], 0) << codecs[i].codec;
}

TEST(CodecRoundTrip, XvidRepeatsItselfInManyThreads) {
  if (!is_linked("libxvid")) GTEST_SKIP() << "the linked FFmpeg has no encoder libxvid";
  const RgbClip clip = make_clip(16);
  const CodecOptions options = sized("libxvid", BitrateKbps{4000}, 0, 0);
  const RgbClip alone = codec_round_trip(clip, options);
  std::atomic<int> differing = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&clip, &options, &alone, &differing] {
      for (int run = 0; run < 20; ++run) {
        if (codec_round_trip(clip, options) != alone) ++differing;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(differing, 0);
}

// --- What the options do ---------------------------------------------------------------------

void expect_worse(const RgbClip& clip, CodecOptions options, const std::vector<CodecRate>& rates) {
  double better = 1e9;
  for (const CodecRate& rate : rates) {
    options.rate = rate;
    const double quality = psnr_db(codec_round_trip(clip, options), clip);
    EXPECT_LT(quality, better - 0.5) << options.codec;
    better = quality;
  }
}

TEST(CodecRoundTrip, CoarserQuantisersGiveLessQuality) {
  const RgbClip clip = make_clip(16);
  for (const CodecOptions& options : linked_codecs()) {
    const bool has_31 = !options.codec.starts_with("lib") || options.codec == "libxvid";
    if (has_31) {
      expect_worse(clip, options, {FixedQuantiser{2}, FixedQuantiser{8}, FixedQuantiser{31}});
    } else {
      expect_worse(clip, options, {FixedQuantiser{8}, FixedQuantiser{30}, FixedQuantiser{50}});
    }
  }
}

TEST(CodecRoundTrip, HigherRateFactorsGiveLessQuality) {
  const RgbClip clip = make_clip(16);
  for (const CodecOptions& options : linked_codecs()) {
    if (!options.codec.starts_with("lib") || options.codec == "libxvid") continue;
    expect_worse(clip, options, {Crf{12}, Crf{30}, Crf{50}});
  }
}

TEST(CodecRoundTrip, LowBitratesGiveLessQuality) {
  const RgbClip clip = make_clip(32);
  for (const CodecOptions& options : linked_codecs()) {
    expect_worse(clip, options, {BitrateKbps{4000}, BitrateKbps{100}});
  }
}

TEST(CodecRoundTrip, GopOfOneMakesEveryFrameIndependent) {
  const RgbClip clip = make_clip(4);
  CodecOptions options = sized("mpeg2video", FixedQuantiser{10}, 0, 0);
  options.gop = 1;
  const RgbClip result = codec_round_trip(clip, options);
  for (std::size_t n = 0; n < 4; ++n) {
    const auto bytes = static_cast<std::ptrdiff_t>(frame_bytes(clip));
    const auto at = static_cast<std::ptrdiff_t>(n) * bytes;
    RgbClip one{1, clip.height, clip.width, {}};
    one.pixels.assign(clip.pixels.begin() + at, clip.pixels.begin() + at + bytes);
    const RgbClip single = codec_round_trip(one, options);
    EXPECT_TRUE(std::equal(single.pixels.begin(), single.pixels.end(), result.pixels.begin() + at));
  }
  options.gop.reset();
  EXPECT_FALSE(codec_round_trip(clip, options) == result);
}

TEST(CodecRoundTrip, PresetsOfMpegEncodersArePassedOver) {
  const RgbClip clip = make_clip(4);
  CodecOptions options = sized("mpeg2video", BitrateKbps{4000}, 0, 0);
  const RgbClip result = codec_round_trip(clip, options);
  options.preset = "superfast";
  EXPECT_TRUE(codec_round_trip(clip, options) == result);
}

TEST(CodecRoundTrip, OddClipsGoThroughEvenCodecSizesAndThrough444) {
  if (!is_linked("libx264")) GTEST_SKIP() << "the linked FFmpeg has no encoder libx264";
  const RgbClip clip = make_clip(3, 41, 67);
  const RgbClip even = codec_round_trip(clip, sized("libx264", Crf{12}, 68, 42));
  EXPECT_EQ(even.width, 67);
  EXPECT_EQ(even.height, 41);
  EXPECT_GT(psnr_db(even, clip), 24);
  CodecOptions full = sized("libx264", Crf{12}, 0, 0);
  full.pixel_format = "yuv444p";
  full.profile = "high444";
  EXPECT_GT(psnr_db(codec_round_trip(clip, full), clip), 34);
}

}  // namespace
}  // namespace vcisr::media
