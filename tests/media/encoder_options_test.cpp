// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/video_fixtures.h"
#include "vcisr/core/error.h"

namespace vcisr::tests {
namespace {

using media::VideoDecoder;
using media::VideoEncoderOptions;
using media::VideoWriter;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// All of these are told by the constructor, before the first frame, and leave nothing behind.
class EncoderOptions : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = new TempFolder;  // NOLINT(cppcoreguidelines-owning-memory): gtest's suite life
    ffmpeg(picture(0.08, "25", "96x64") + Words{"-c:v", "libx264", at("a.mp4")});
  }
  static void TearDownTestSuite() {
    delete folder;  // NOLINT(cppcoreguidelines-owning-memory)
    folder = nullptr;
  }
  static std::string at(const std::string& name) { return (*folder / name).string(); }

  static std::string error_of(const VideoEncoderOptions& options,
                              const std::string& file = "b.mp4") {
    const VideoDecoder decoder(at("a.mp4"));
    std::string message = message_of<ConfigError>([&] {
      VideoWriter(at(file), decoder.info(), {}, same_as(decoder.info()), options,
                  AtomicFile::Existing::kRefuse);
    });
    EXPECT_THAT(folder->names(), ElementsAre("a.mp4"));
    return message;
  }
  static std::string error_of(const std::string& codec, const std::string& name,
                              const std::string& value, const std::string& file = "b.mkv") {
    VideoEncoderOptions options;
    options.codec = codec;
    if (!name.empty()) options.encoder_options = {{name, value}};
    return error_of(options, file);
  }
  static inline TempFolder* folder = nullptr;
};

TEST_F(EncoderOptions, UnknownEncodersGetASuggestion) {
  EXPECT_THAT(error_of("libx246", "", ""), HasSubstr("did you mean 'libx264'"));
  EXPECT_THAT(error_of("aac", "", ""), HasSubstr("'aac' is no video encoder"));
  EXPECT_FALSE(error_of("no such thing", "", "").empty());
}

TEST_F(EncoderOptions, UnknownOptionsGetASuggestion) {
  EXPECT_THAT(error_of("libx264", "presett", "slow"), HasSubstr("did you mean 'preset'"));
  EXPECT_THAT(error_of("libx265", "aq-mode", "1"), HasSubstr("go into x265-params"));
  EXPECT_THAT(error_of("ffv1", "sliceccrc", "1"), HasSubstr("did you mean 'slicecrc'"));
  EXPECT_THAT(error_of("libvpx-vp9", "cpu_uesd", "1"), HasSubstr("did you mean 'cpu-used'"));
  EXPECT_THAT(error_of("libsvtav1", "crff", "1"), HasSubstr("did you mean 'crf'"));
}

TEST_F(EncoderOptions, UnknownNamesInsideParameterListsAreErrors) {
  EXPECT_THAT(error_of("libx264", "x264-params", "aq-mod=1"),
              AllOf(HasSubstr("refuses 'aq-mod' in x264-params"), HasSubstr("'aq-mode'")));
  EXPECT_THAT(error_of("libx264", "x264-params", "bframes=2:crf=abc"), HasSubstr("'crf'"));
  EXPECT_THAT(error_of("libx264", "x264opts", "no-such=1"), HasSubstr("no-such"));
  EXPECT_THAT(error_of("libx264", "x264-params", "=:="), HasSubstr("x264-params"));
  EXPECT_THAT(error_of("libx265", "x265-params", "bframse=2"),
              AllOf(HasSubstr("refuses 'bframse' in x265-params"), HasSubstr("'bframes'")));
  EXPECT_THAT(error_of("libx265", "x265-params", "bframes=many"), HasSubstr("bframes"));
  EXPECT_THAT(error_of("libsvtav1", "svtav1-params", "film-grian=8"),
              AllOf(HasSubstr("refuses 'film-grian' in svtav1-params"), HasSubstr("'film-grain'")));
}

TEST_F(EncoderOptions, ValuesOutOfRangeAreErrors) {
  EXPECT_THAT(error_of("libx264", "qmin", "99999"), HasSubstr("out of range"));
  EXPECT_THAT(error_of("libx264", "me_method", "sideways"), HasSubstr("me_method"));
  EXPECT_THAT(error_of("libx264", "tune", "grains"), HasSubstr("did you mean 'grain'"));
  EXPECT_THAT(error_of("libx264", "profile", "hihg"), HasSubstr("it has baseline, main, high"));
  EXPECT_THAT(error_of("libsvtav1", "crf", "70"), HasSubstr("out of range"));
  VideoEncoderOptions options;
  options.crf = 60;
  EXPECT_EQ(error_of(options), "crf 60 is outside 0 to 51 of encoder libx264");
  options = {};
  options.bitrate_kbps = 0;
  EXPECT_THAT(error_of(options), HasSubstr("bitrate 0 kbit/s is outside"));
  options = {};
  options.preset = "slowe";
  EXPECT_THAT(error_of(options), HasSubstr("did you mean 'slow"));
  options.codec = "libvpx-vp9";
  EXPECT_THAT(error_of(options), HasSubstr("cpu-used"));
  options = {};
  options.codec = "ffv1";
  options.crf = 10;
  EXPECT_THAT(error_of(options, "b.mkv"), HasSubstr("ffv1 has no crf"));
}

TEST_F(EncoderOptions, MuxerOptionsAreCheckedToo) {
  VideoEncoderOptions options;
  options.muxer_options = {{"movflgs", "+faststart"}};
  EXPECT_THAT(error_of(options), HasSubstr("did you mean 'movflags'"));
  options.muxer_options = {{"movflags", "sideways"}};
  EXPECT_THAT(error_of(options), HasSubstr("container mp4 refuses an option"));
  options.muxer_options = {{"movflags", "+frag_keyframe"}};
  recode(at("a.mp4"), at("c.mp4"), options);
  EXPECT_EQ(read_all(at("c.mp4")).size(), 2u);
  std::filesystem::remove(at("c.mp4"));
}

TEST_F(EncoderOptions, ReachTheEncoder) {
  VideoEncoderOptions options;
  options.codec = "libx264";
  options.encoder_options = {{"x264-params", "keyint=1:scenecut=0"}, {"profile", "high"}};
  recode(at("a.mp4"), at("c.mp4"), options);
  const auto probe = ffprobe(at("c.mp4"), {"-show_packets"});
  for (const auto& packet : probe["packets"]) {
    EXPECT_EQ(packet["flags"].get<std::string>()[0], 'K');
  }
  std::filesystem::remove(at("c.mp4"));
}

}  // namespace
}  // namespace vcisr::tests
