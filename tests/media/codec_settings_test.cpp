// SPDX-License-Identifier: Apache-2.0
// What codecs refuse, and in which words.
#include "media/codec_settings.h"

#include <gtest/gtest.h>

#include "media/codec_fixtures.h"

namespace vcisr::media {
namespace {

using namespace codec_fixtures;  // NOLINT: the tests' own words.

TEST(CodecSettings, EveryLinkedCodecPassesItsCheckAtNinetyPixels) {
  for (CodecOptions options : linked_codecs()) {
    options.width = 90;
    options.height = 90;
    EXPECT_NO_THROW(check_codec(options)) << options.codec;
  }
}

TEST(CodecSettings, SizesThatDoNotFitAreTold) {
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

TEST(CodecSettings, CodecsThatAreNotThereAreNamed) {
  EXPECT_EQ(config_error(sized("libx246", Crf{30}, 90, 90)),
            "codec 'libx246' is unknown (did you mean 'libx264'?); the codecs are mpeg2video, "
            "mpeg4, libxvid, libx264, libx265, libvpx-vp9, libsvtav1, libaom-av1");
  EXPECT_EQ(
      tests::message_of<ConfigError>([] { static_cast<void>(find_linked_encoder("libnothing")); }),
      "encoder libnothing is not part of this FFmpeg (" + ffmpeg_version() + ")");
}

TEST(CodecSettings, ValuesOutOfRangeAreTold) {
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

TEST(CodecSettings, PresetsAndProfilesOfNoMeaningAreTold) {
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

TEST(CodecSettings, SidesAtWhichH265DoesNotRepeatItselfAreRefused) {
  if (!is_linked("libx265")) GTEST_SKIP() << "the linked FFmpeg has no encoder libx265";
  for (const auto& [width, height] : {std::pair{16, 90}, {90, 16}, {16, 16}}) {
    EXPECT_EQ(config_error(sized("libx265", Crf{28}, width, height)),
              "encoder libx265: with a side of 16 pixels it gives other bytes in every run; give "
              "another size");
  }
  EXPECT_EQ(config_error(sized("libx265", Crf{28}, 18, 18)), "");
}

TEST(CodecSettings, ClipsThatAreNoneAreTold) {
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
