// SPDX-License-Identifier: Apache-2.0
#include "media/container_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/video_fixtures.h"
#include "vcisr/core/error.h"

namespace vcisr::media {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using tests::message_of;
using tests::operator+;

bool holds(const char* path, AVCodecID codec, AVMediaType type = AVMEDIA_TYPE_VIDEO) {
  return holds_codec(find_muxer(path, ""), type, codec);
}

TEST(ContainerTable, KnowsWhatFfmpegWritesUnreadably) {
  for (const AVCodecID codec : {AV_CODEC_ID_FFV1, AV_CODEC_ID_VP9, AV_CODEC_ID_AV1}) {
    EXPECT_FALSE(holds("a.ts", codec)) << avcodec_get_name(codec);
    EXPECT_TRUE(holds("a.mkv", codec)) << avcodec_get_name(codec);
  }
  EXPECT_FALSE(holds("a.mp4", AV_CODEC_ID_FFV1));
  EXPECT_FALSE(holds("a.webm", AV_CODEC_ID_FFV1));
  EXPECT_FALSE(holds("a.webm", AV_CODEC_ID_H264));
  EXPECT_TRUE(holds("a.webm", AV_CODEC_ID_AV1));
  EXPECT_TRUE(holds("a.mp4", AV_CODEC_ID_H264));
  EXPECT_TRUE(holds("a.ts", AV_CODEC_ID_HEVC));
  EXPECT_TRUE(holds("a.avi", AV_CODEC_ID_FFV1));
  EXPECT_FALSE(holds("a.y4m", AV_CODEC_ID_H264));
}

TEST(ContainerTable, KnowsAudioAndSubtitles) {
  EXPECT_TRUE(holds("a.mp4", AV_CODEC_ID_MOV_TEXT, AVMEDIA_TYPE_SUBTITLE));
  EXPECT_FALSE(holds("a.mkv", AV_CODEC_ID_MOV_TEXT, AVMEDIA_TYPE_SUBTITLE));
  EXPECT_TRUE(holds("a.mkv", AV_CODEC_ID_HDMV_PGS_SUBTITLE, AVMEDIA_TYPE_SUBTITLE));
  EXPECT_FALSE(holds("a.mp4", AV_CODEC_ID_HDMV_PGS_SUBTITLE, AVMEDIA_TYPE_SUBTITLE));
  EXPECT_FALSE(holds("a.webm", AV_CODEC_ID_AAC, AVMEDIA_TYPE_AUDIO));
  EXPECT_TRUE(holds("a.ts", AV_CODEC_ID_AC3, AVMEDIA_TYPE_AUDIO));
  EXPECT_FALSE(holds("a.ts", AV_CODEC_ID_FLAC, AVMEDIA_TYPE_AUDIO));
}

TEST(ContainerTable, FindsTheMuxerByExtensionOrName) {
  EXPECT_STREQ(find_muxer("a.mkv", "").name, "matroska");
  EXPECT_STREQ(find_muxer("a.MP4", "").name, "mp4");
  EXPECT_STREQ(find_muxer("a.m2ts", "").name, "mpegts");
  EXPECT_STREQ(find_muxer("a.yuv", "").name, "rawvideo");
  EXPECT_STREQ(find_muxer("a.anything", "matroska").name, "matroska");
  EXPECT_STREQ(find_muxer("-", "yuv4mpegpipe").name, "yuv4mpegpipe");
  EXPECT_STREQ(find_muxer("frames%03d.mkv", "").name, "matroska");
  for (const char* path : {"film", "film.png", "film.xyz", "film.wav", "-"}) {
    EXPECT_FALSE(message_of<ConfigError>([&] { static_cast<void>(find_muxer(path, "")); }).empty())
        << path;
  }
  EXPECT_THAT(message_of<ConfigError>([] { static_cast<void>(find_muxer("a.mp4", "mp5")); }),
              HasSubstr("'mp5' is not known"));
}

TEST(ContainerTable, NamesEncodersThatFit) {
  EXPECT_THAT(fitting_encoders(find_muxer("a.webm", "")),
              AllOf(Contains("libvpx-vp9"), Not(Contains("libx264")), Not(Contains("ffv1"))));
  EXPECT_THAT(fitting_encoders(find_muxer("a.ts", "")),
              AllOf(Contains("libx264"), Not(Contains("libvpx-vp9")), Not(Contains("ffv1"))));
}

TEST(ContainerTable, AMismatchIsAnErrorBeforeTheFirstFrame) {
  const tests::TempFolder folder;
  const std::string film = (folder / "a.mp4").string();
  tests::ffmpeg(tests::picture(0.04) + tests::Words{"-c:v", "libx264", film});
  const auto error = [&](const std::string& codec, const std::string& name) {
    VideoEncoderOptions options;
    options.codec = codec;
    return message_of<ConfigError>([&] { tests::recode(film, folder / name, options); });
  };
  EXPECT_THAT(error("libvpx-vp9", "b.ts"),
              AllOf(HasSubstr("container mpegts cannot hold vp9"), HasSubstr("libx264")));
  EXPECT_THAT(error("ffv1", "b.mp4"), HasSubstr("container mp4 cannot hold ffv1"));
  EXPECT_THAT(error("libx264", "b.webm"), HasSubstr("container webm cannot hold h264"));
  EXPECT_EQ(folder.names().size(), 1u);
}

}  // namespace
}  // namespace vcisr::media
