// SPDX-License-Identifier: Apache-2.0
#include "vcisr/media/video_decoder.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/video_fixtures.h"
#include "vcisr/core/error.h"

namespace vcisr::tests {
namespace {

using media::VideoDecoder;
using media::VideoDecoderOptions;
using ::testing::HasSubstr;

/// PTS of the frames that the program `ffmpeg` shows.
std::vector<std::int64_t> shown_times(const std::string& path) {
  const auto result = run({"ffmpeg", "-v", "error", "-nostdin", "-i", path, "-map", "0:v:0",
                           "-vsync", "passthrough", "-copyts", "-enc_time_base", "-1", "-c:v",
                           "rawvideo", "-f", "framecrc", "-"});
  std::vector<std::int64_t> times;
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::replace(line.begin(), line.end(), ',', ' ');
    std::istringstream fields(line);
    std::int64_t stream = 0;
    std::int64_t dts = 0;
    std::int64_t pts = 0;
    fields >> stream >> dts >> pts;
    times.push_back(pts);
  }
  return times;
}

class VideoDecoderFilms : public ::testing::Test {
 protected:
  [[nodiscard]] std::string at(const std::string& name) const { return (folder / name).string(); }
  TempFolder folder;
};

TEST_F(VideoDecoderFilms, TellsWhatIsKnownOfTheFilm) {
  ffmpeg(picture(0.4, "30000/1001") + tone(0.4) +
         Words{"-vf", "setsar=32/27", "-c:v", "libx264", "-pix_fmt", "yuv422p10le", "-colorspace",
               "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-c:a", "aac",
               at("a.mp4")});
  const media::VideoInfo info = VideoDecoder(at("a.mp4")).info();
  EXPECT_THAT(info.container, HasSubstr("mp4"));
  EXPECT_EQ(info.codec, "h264");
  EXPECT_EQ(info.width, 64);
  EXPECT_EQ(info.height, 48);
  EXPECT_EQ(info.format, (media::PixelFormat{media::PixelLayout::kYuv422, 10}));
  EXPECT_EQ(info.source_pixel_format, "yuv422p10le");
  EXPECT_EQ(info.tags.matrix, 1);
  EXPECT_EQ(info.color.matrix, media::ColorMatrix::kBt709);
  EXPECT_FALSE(info.matrix_guessed);
  EXPECT_TRUE(info.notes.empty());
  EXPECT_EQ(info.time_base, (media::Rational{1, 30000}));
  EXPECT_EQ(info.frame_rate, (media::Rational{30000, 1001}));
  EXPECT_EQ(info.sample_aspect_ratio, (media::Rational{32, 27}));
  EXPECT_EQ(info.start_pts, 0);
  EXPECT_EQ(info.frame_count, 12);
  EXPECT_EQ(info.other_stream_count, 1);
  EXPECT_FALSE(info.is_interlaced);
  EXPECT_FALSE(info.display_matrix);
}

TEST_F(VideoDecoderFilms, SaysThatItGuessedTheMatrix) {
  ffmpeg(picture(0.04) + Words{"-c:v", "libx264", at("a.mp4")});
  const media::VideoInfo info = VideoDecoder(at("a.mp4")).info();
  EXPECT_TRUE(info.matrix_guessed);
  EXPECT_EQ(info.color.matrix, media::ColorMatrix::kBt601);
  ASSERT_EQ(info.notes.size(), 1u);
  EXPECT_THAT(info.notes[0], HasSubstr("BT.601 limited"));
}

TEST_F(VideoDecoderFilms, ShowsTheFramesThatFfmpegShows) {
  ffmpeg(picture(1) + tone(1) +
         Words{"-c:v", "libx264", "-bf", "3", "-g", "10", "-c:a", "aac", at("b.mp4")});
  ffmpeg({"-ss", "0.5", "-i", at("b.mp4"), "-c", "copy", at("edit_list.mp4")});
  ffmpeg({"-i", at("b.mp4"), "-c", "copy", at("b.mkv")});
  ffmpeg({"-i", at("b.mp4"), "-c", "copy", at("b.ts")});
  ffmpeg(picture(1) + Words{"-c:v", "libx265", "-x265-params",
                            "log-level=none:open-gop=1:keyint=10:bframes=4", "-preset", "ultrafast",
                            at("open_gop.mp4")});
  ffmpeg(picture(1) + Words{"-c:v", "mpeg2video", "-bf", "2", "-g", "9", at("mpeg2.ts")});
  ffmpeg(picture(1) +
         Words{"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", at("vp9.webm")});
  ffmpeg(picture(1) + Words{"-vf", "select='lt(mod(n,7),4)'", "-vsync", "vfr", "-c:v", "libx264",
                            at("vfr.mkv")});
  for (const char* name : {"b.mp4", "edit_list.mp4", "b.mkv", "b.ts", "open_gop.mp4", "mpeg2.ts",
                           "vp9.webm", "vfr.mkv"}) {
    EXPECT_EQ(times(read_all(at(name))), shown_times(at(name))) << name;
  }
  EXPECT_EQ(read_all(at("b.mp4")).size(), 25u);
}

TEST_F(VideoDecoderFilms, SeeksToTheExactFrame) {
  ffmpeg(picture(2) + tone(2) +
         Words{"-c:v", "libx264", "-bf", "3", "-g", "12", "-x264-params", "open-gop=1", "-c:a",
               "aac", at("a.mp4")});
  ffmpeg({"-i", at("a.mp4"), "-c", "copy", at("a.mkv")});
  ffmpeg({"-i", at("a.mp4"), "-c", "copy", at("a.ts")});
  for (const char* name : {"a.mp4", "a.mkv", "a.ts"}) {
    const media::VideoInfo info = VideoDecoder(at(name)).info();
    const auto all = read_all(at(name));
    for (const double start : {0.04, 0.44, 0.48, 0.52, 1.0, 1.31, 1.96}) {
      VideoDecoderOptions options;
      options.start_s = start;
      options.end_s = start + 0.3;
      const auto part = read_all(at(name), options);
      std::vector<Shot> expected;
      for (const Shot& shot : all) {
        const double time = static_cast<double>(shot.pts) * info.time_base.value() -
                            static_cast<double>(info.film_start_us) / 1e6;
        if (time > start - 1e-6 && time < start + 0.3 - 1e-6) expected.push_back(shot);
      }
      EXPECT_EQ(times(part), times(expected)) << name << " from " << start;
      EXPECT_TRUE(part == expected) << name << " from " << start << ": other pictures";
    }
  }
  VideoDecoderOptions late;
  late.start_s = 3.0;
  EXPECT_THAT(message_of<InputError>([&] { VideoDecoder(at("a.mp4"), late); }),
              HasSubstr("no frame at or after 3.0"));
  late.end_s = 2.0;
  EXPECT_THAT(message_of<ConfigError>([&] { VideoDecoder(at("a.mp4"), late); }),
              HasSubstr("is not behind start"));
}

TEST_F(VideoDecoderFilms, MakesTimesWhereTheFileHasNone) {
  ffmpeg(picture(0.8) + Words{"-c:v", "libx264", "-bf", "2", "-f", "h264", at("a.h264")});
  ffmpeg(picture(0.8) + Words{"-c:v", "mpeg4", "-bf", "2", at("a.avi")});
  for (const char* name : {"a.h264", "a.avi"}) {
    VideoDecoder decoder(at(name));
    const double tick = decoder.info().time_base.value();
    const auto shots = read_all(decoder);
    ASSERT_EQ(shots.size(), 20u) << name;
    for (std::size_t i = 1; i < shots.size(); ++i) {
      EXPECT_NEAR(static_cast<double>(shots[i].pts - shots[i - 1].pts) * tick, 0.04, 1e-6)
          << name << " at " << i;
    }
  }
}

TEST_F(VideoDecoderFilms, ReadsRawFilesOfGivenSizeAndFormat) {
  ffmpeg(picture(0.2) + Words{"-pix_fmt", "yuv420p10le", "-f", "rawvideo", at("a.yuv")});
  ffmpeg(picture(0.2) +
         Words{"-pix_fmt", "yuv420p10le", "-strict", "-1", "-f", "yuv4mpegpipe", at("a.y4m")});
  VideoDecoderOptions options;
  EXPECT_THAT(message_of<ConfigError>([&] { VideoDecoder(at("a.yuv"), options); }),
              HasSubstr("needs its size"));
  options.raw_width = 64;
  options.raw_height = 48;
  options.raw_pixel_format = "yuv420p10le";
  const auto raw = read_all(at("a.yuv"), options);
  ASSERT_EQ(raw.size(), 5u);
  EXPECT_EQ(raw[4].pts, 4);
  EXPECT_EQ(raw[4].hash, read_all(at("a.y4m"))[4].hash);
  options.raw_pixel_format = "yuv420p99";
  EXPECT_THAT(message_of<ConfigError>([&] { VideoDecoder(at("a.yuv"), options); }),
              HasSubstr("'yuv420p99' is not a pixel format"));
  options.raw_pixel_format = "yuv420p10le";
  std::filesystem::resize_file(at("a.yuv"), 5 * 9216 - 100);
  EXPECT_THAT(message_of<InputError>([&] { VideoDecoder(at("a.yuv"), options); }),
              HasSubstr("45980 bytes are not a multiple of the 9216 bytes"));
  options.keep_going = true;
  VideoDecoder decoder(at("a.yuv"), options);
  EXPECT_EQ(read_all(decoder).size(), 4u);
  EXPECT_GE(decoder.damage_count(), 1);
}

TEST_F(VideoDecoderFilms, TellsRotationAndFieldOrder) {
  ffmpeg(picture(0.2) + Words{"-c:v", "libx264", at("a.mp4")});
  ffmpeg({"-i", at("a.mp4"), "-c", "copy", "-metadata:s:v", "rotate=90", at("turned.mp4")});
  ffmpeg(picture(0.4) + Words{"-vf", "interlace", "-flags", "+ildct+ilme", "-c:v", "libx264",
                              "-x264opts", "tff=1", at("fields.mp4")});
  EXPECT_TRUE(VideoDecoder(at("turned.mp4")).info().display_matrix);
  const media::VideoInfo info = VideoDecoder(at("fields.mp4")).info();
  EXPECT_TRUE(info.is_interlaced);
  EXPECT_EQ(info.field_order, media::FieldOrder::kTopFirst);
  EXPECT_THAT(info.notes.back(), HasSubstr("interlaced"));
}

TEST_F(VideoDecoderFilms, GivesFramesThatOutliveIt) {
  ffmpeg(picture(0.4) + Words{"-c:v", "libx264", at("a.mp4")});
  std::vector<media::Frame> frames;
  {
    VideoDecoder decoder(at("a.mp4"));
    while (auto frame = decoder.read()) frames.push_back(std::move(*frame));
    EXPECT_FALSE(decoder.read());
  }
  const auto again = read_all(at("a.mp4"));
  ASSERT_EQ(frames.size(), again.size());
  for (std::size_t i = 0; i < frames.size(); ++i) EXPECT_EQ(sample_hash(frames[i]), again[i].hash);
}

TEST_F(VideoDecoderFilms, DoesNotDependOnThreads) {
  ffmpeg(picture(0.8) + Words{"-c:v", "libx264", at("a.mp4")});
  VideoDecoderOptions one;
  one.threads = 1;
  VideoDecoderOptions four;
  four.threads = 4;
  EXPECT_TRUE(read_all(at("a.mp4"), one) == read_all(at("a.mp4"), four));
}

TEST_F(VideoDecoderFilms, NeverTakesCoverArtForTheFilm) {
  ffmpeg({"-f", "lavfi", "-i", "color=red:s=200x200", "-frames:v", "1", at("cover.png")});
  ffmpeg(picture(0.2) + Words{"-i", at("cover.png"), "-map", "0", "-map", "1", "-c:v:0", "libx264",
                              "-c:v:1", "copy", "-disposition:v:1", "attached_pic", at("a.mp4")});
  EXPECT_EQ(VideoDecoder(at("a.mp4")).info().width, 64);
  ffmpeg(tone(0.2) + Words{"-i", at("cover.png"), "-map", "0", "-map", "1", "-c:a", "aac", "-c:v",
                           "copy", "-disposition:v:0", "attached_pic", at("song.m4a")});
  EXPECT_THAT(message_of<InputError>([&] { VideoDecoder(at("song.m4a")); }),
              HasSubstr("holds no video stream (cover art does not count)"));
}

TEST_F(VideoDecoderFilms, RefusesASizeThatChangesMidway) {
  ffmpeg(picture(0.2) + Words{"-c:v", "libx264", "-f", "h264", at("a.h264")});
  ffmpeg(picture(0.2, "25", "96x64") + Words{"-c:v", "libx264", "-f", "h264", at("b.h264")});
  std::ofstream joined(at("c.h264"), std::ios::binary);
  for (const char* part : {"a.h264", "b.h264"}) {
    joined << std::ifstream(at(part), std::ios::binary).rdbuf();
  }
  joined.close();
  EXPECT_THAT(message_of<InputError>([&] { read_all(at("c.h264")); }),
              HasSubstr("frame 5 changes from 64x48 yuv420p to 96x64 yuv420p"));
}

}  // namespace
}  // namespace vcisr::tests
