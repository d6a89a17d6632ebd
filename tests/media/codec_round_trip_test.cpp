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

#include "media/codec_settings.h"
#include "media/video_fixtures.h"
#include "vcisr/core/error.h"

namespace vcisr::media {
namespace {

using tests::TempFolder;
using tests::Words;
using tests::operator+;

/// Moving waves and chequers; other ones every 8 frames.
RgbClip make_clip(int frames, int height = 90, int width = 90) {
  RgbClip clip{frames, height, width, {}};
  clip.pixels.reserve(static_cast<std::size_t>(frames) * height * width * 3);
  for (int n = 0; n < frames; ++n) {
    const int part = n / 8;
    for (int i = 0; i < height; ++i) {
      for (int j = 0; j < width; ++j) {
        const double sign = ((i + n) / 9 + (j + 2 * n) / 9) % 2 != 0 ? 1 : -1;
        for (int c = 0; c < 3; ++c) {
          const double value =
              std::floor(128 + 55 * std::sin(0.06 * (1 + part % 3) * (j + 2 * n) + 0.5 * c + part) +
                         40 * std::cos(0.09 * (1 + part % 2) * (i - n) + c) + 18 * sign + 0.5);
          clip.pixels.push_back(static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0)));
        }
      }
    }
  }
  return clip;
}

std::size_t frame_bytes(const RgbClip& clip) {
  return static_cast<std::size_t>(clip.height * clip.width * 3);
}

double frame_psnr_db(const RgbClip& a, std::int64_t frame_a, const RgbClip& b,
                     std::int64_t frame_b) {
  const std::size_t bytes = frame_bytes(a);
  double sum = 0;
  for (std::size_t k = 0; k < bytes; ++k) {
    const double difference =
        static_cast<double>(a.pixels[static_cast<std::size_t>(frame_a) * bytes + k]) -
        b.pixels[static_cast<std::size_t>(frame_b) * bytes + k];
    sum += difference * difference;
  }
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(bytes) / sum);
}

double psnr_db(const RgbClip& a, const RgbClip& b) {
  RgbClip all_a{1, a.height * a.frames, a.width, a.pixels};
  RgbClip all_b{1, b.height * b.frames, b.width, b.pixels};
  return frame_psnr_db(all_a, 0, all_b, 0);
}

bool is_linked(const std::string& codec) {
  return avcodec_find_encoder_by_name(codec.c_str()) != nullptr;
}

/// The listed codecs that this FFmpeg has, with a coarse quantiser and little effort.
std::vector<CodecOptions> linked_codecs() {
  std::vector<CodecOptions> list;
  const auto add = [&list](const char* codec, int quantiser, const char* preset) {
    CodecOptions options;
    options.codec = codec;
    options.rate = FixedQuantiser{quantiser};
    options.preset = preset;
    if (is_linked(codec)) list.push_back(options);
  };
  add("mpeg2video", 8, "");
  add("mpeg4", 8, "");
  add("libxvid", 8, "");
  add("libx264", 28, "superfast");
  add("libx265", 28, "superfast");
  add("libvpx-vp9", 32, "8");
  add("libsvtav1", 32, "12");
  add("libaom-av1", 32, "8");
  return list;
}

std::string config_error(const CodecOptions& options) {
  return tests::message_of<ConfigError>([&] { check_codec(options); });
}

CodecOptions sized(const std::string& codec, CodecRate rate, int width, int height) {
  CodecOptions options;
  options.codec = codec;
  options.rate = rate;
  options.width = width;
  options.height = height;
  return options;
}

// --- Against the program ---------------------------------------------------------------------

/// Why the program cannot be the yardstick for this codec; "" if it can.
std::string why_not(const std::string& codec) {
  if (!tests::has_program("ffmpeg")) return "there is no program ffmpeg";
  if (!is_linked(codec)) return "the linked FFmpeg has no encoder " + codec;
  static const std::string version = tests::run({"ffmpeg", "-version"}).out;
  if (!version.starts_with("ffmpeg version " + ffmpeg_version() + " ")) {
    return "the program ffmpeg is not of the linked version";
  }
  static const std::string list = tests::run({"ffmpeg", "-hide_banner", "-encoders"}).out;
  if (list.find(" " + codec + " ") == std::string::npos) return "ffmpeg has no encoder " + codec;
  return "";
}

Words rate_words(const CodecOptions& options) {
  if (const auto* crf = std::get_if<Crf>(&options.rate)) {
    return {"-crf", std::to_string(static_cast<int>(crf->value))};
  }
  if (const auto* bitrate = std::get_if<BitrateKbps>(&options.rate)) {
    return {"-b:v", std::to_string(bitrate->value) + "k"};
  }
  const int quantiser = std::get<FixedQuantiser>(options.rate).value;
  return {options.codec.starts_with("libx26") ? "-qp" : "-q:v", std::to_string(quantiser)};
}

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

// --- Errors ----------------------------------------------------------------------------------

TEST(CodecRoundTrip, EveryLinkedCodecPassesItsCheckAtNinetyPixels) {
  for (CodecOptions options : linked_codecs()) {
    options.width = 90;
    options.height = 90;
    EXPECT_NO_THROW(check_codec(options)) << options.codec;
  }
}

TEST(CodecRoundTrip, SizesThatDoNotFitAreTold) {
  EXPECT_EQ(config_error(sized("mpeg4", FixedQuantiser{8}, 91, 90)),
            "encoder mpeg4: encoded width 91 is not a multiple of 2, as pixel format yuv420p "
            "needs");
  EXPECT_EQ(config_error(sized("mpeg4", FixedQuantiser{8}, 90, 33)),
            "encoder mpeg4: encoded height 33 is not a multiple of 2, as pixel format yuv420p "
            "needs");
  EXPECT_EQ(config_error(sized("mpeg4", FixedQuantiser{8}, 0, 90)),
            "encoder mpeg4: encoded width 0 is outside 1 to 16384");
  const std::string message = tests::message_of<ConfigError>([] {
    static_cast<void>(
        codec_round_trip(make_clip(1, 9, 8), sized("mpeg4", FixedQuantiser{8}, 0, 0)));
  });
  EXPECT_NE(message.find("height 9 is not a multiple of 2"), std::string::npos) << message;
  if (is_linked("libx265")) {
    const std::string text = config_error(sized("libx265", Crf{30}, 8, 8));
    EXPECT_TRUE(text.starts_with("encoder libx265 refuses 8x8 yuv420p at 25 fps")) << text;
    EXPECT_NE(text.find("too small"), std::string::npos) << text;
  }
  if (is_linked("libsvtav1")) {
    const std::string text = config_error(sized("libsvtav1", Crf{30}, 62, 62));
    EXPECT_TRUE(text.starts_with("encoder libsvtav1 refuses 62x62")) << text;
  }
}

TEST(CodecRoundTrip, CodecsThatAreNotThereAreNamed) {
  EXPECT_EQ(config_error(sized("libx246", Crf{30}, 90, 90)),
            "codec 'libx246' is unknown (did you mean 'libx264'?); the codecs are mpeg2video, "
            "mpeg4, libxvid, libx264, libx265, libvpx-vp9, libsvtav1, libaom-av1");
  EXPECT_EQ(
      tests::message_of<ConfigError>([] { static_cast<void>(find_linked_encoder("libnothing")); }),
      "encoder libnothing is not part of this FFmpeg (" + ffmpeg_version() + ")");
}

TEST(CodecRoundTrip, ValuesOutOfRangeAreTold) {
  EXPECT_EQ(config_error(sized("mpeg2video", Crf{23}, 90, 90)),
            "encoder mpeg2video has no crf; give a bitrate or a fixed quantiser");
  EXPECT_EQ(config_error(sized("mpeg2video", FixedQuantiser{32}, 90, 90)),
            "encoder mpeg2video: quantiser 32 is outside 1 to 31");
  EXPECT_EQ(config_error(sized("mpeg4", BitrateKbps{0}, 90, 90)),
            "encoder mpeg4: bitrate in kbit/s 0 is outside 1 to 2e+06");
  CodecOptions options = sized("mpeg2video", FixedQuantiser{8}, 90, 90);
  options.fps = 23;
  EXPECT_NE(config_error(options).find("does not support 23/1 fps"), std::string::npos)
      << config_error(options);
  options.fps = 0;
  EXPECT_EQ(config_error(options), "encoder mpeg2video: fps 0 is outside 1 to 1000");
  options.fps = 25;
  options.gop = 0;
  EXPECT_NE(config_error(options).find("gop 0 is outside 1 to"), std::string::npos);
  options.gop.reset();
  options.pixel_format = "yuv444p";
  EXPECT_EQ(config_error(options),
            "encoder mpeg2video: pixel format 'yuv444p' is not among those it takes (did you mean "
            "'yuv420p'?): yuv420p, yuv422p");
}

TEST(CodecRoundTrip, PresetsAndProfilesOfNoMeaningAreTold) {
  if (!is_linked("libx264")) GTEST_SKIP() << "the linked FFmpeg has no encoder libx264";
  CodecOptions options = sized("libx264", Crf{51.5}, 90, 90);
  EXPECT_EQ(config_error(options), "encoder libx264: crf 51.5 is outside 0 to 51");
  options.rate = Crf{20.5};
  EXPECT_EQ(config_error(options), "");
  options.preset = "mediun";
  EXPECT_NE(config_error(options).find("preset 'mediun' is unknown (did you mean 'medium'?)"),
            std::string::npos)
      << config_error(options);
  options.preset = "medium";
  options.profile = "highest";
  EXPECT_NE(config_error(options).find("profile 'highest' is unknown"), std::string::npos);
  if (!is_linked("libvpx-vp9")) return;
  options = sized("libvpx-vp9", Crf{20.5}, 90, 90);
  EXPECT_EQ(config_error(options), "encoder libvpx-vp9: crf 20.5 is not a whole number");
  options.rate = Crf{20};
  options.preset = "medium";
  EXPECT_EQ(config_error(options),
            "encoder libvpx-vp9: preset 'medium' is not a number, as this encoder has them");
  options.preset = "99";
  EXPECT_NE(config_error(options).find("'99' of option 'cpu-used' is refused"), std::string::npos);
}

TEST(CodecRoundTrip, ClipsThatAreNoneAreTold) {
  const auto message = [](const RgbClip& clip) {
    return tests::message_of<ConfigError>([&clip] {
      static_cast<void>(codec_round_trip(clip, sized("mpeg4", FixedQuantiser{8}, 0, 0)));
    });
  };
  EXPECT_EQ(message({0, 90, 90, {}}), "a clip of 0 frames cannot be encoded; it needs at least 1");
  EXPECT_EQ(message({1, 90, 0, {}}), "clip of 0x90 pixels: each side must be 1 to 16384");
  EXPECT_EQ(message({2, 4, 4, std::vector<std::uint8_t>(95)}),
            "clip of 2 frames 4x4 has 95 bytes instead of 96");
}

}  // namespace
}  // namespace vcisr::media
