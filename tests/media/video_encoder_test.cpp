// SPDX-License-Identifier: Apache-2.0
#include "vcisr/media/video_encoder.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include "media/video_fixtures.h"
#include "vcisr/core/error.h"

namespace vcisr::tests {
namespace {

using media::PixelFormat;
using media::PixelLayout;
using media::VideoDecoder;
using media::VideoEncoderOptions;
using media::VideoWriter;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class VideoWriterFilms : public ::testing::Test {
 protected:
  [[nodiscard]] std::string at(const std::string& name) const { return (folder / name).string(); }

  static VideoWriter writer_of(const VideoDecoder& decoder, const std::string& path,
                               const VideoEncoderOptions& options = {}) {
    return VideoWriter(path, decoder.info(), {}, same_as(decoder.info()), options,
                       AtomicFile::Existing::kRefuse);
  }
  TempFolder folder;
};

VideoEncoderOptions codec(const std::string& name, const media::OptionList& options = {},
                          const std::string& preset = "") {
  VideoEncoderOptions chosen;
  chosen.codec = name;
  chosen.preset = preset;
  chosen.encoder_options = options;
  return chosen;
}

TEST_F(VideoWriterFilms, WritesPlayableFilmsWithEveryUsualEncoder) {
  ffmpeg(picture(0.4, "25", "96x64") + Words{"-c:v", "libx264", at("a.mp4")});
  const auto source = read_all(at("a.mp4"));
  struct Case {
    VideoEncoderOptions options;
    std::string file;
  };
  const std::vector<Case> cases = {{codec("libx264", {}, "veryfast"), "x264.mp4"},
                                   {codec("libx265", {}, "ultrafast"), "x265.mp4"},
                                   {codec("libvpx-vp9", {{"cpu-used", "8"}}), "vp9.webm"},
                                   {codec("ffv1"), "ffv1.mkv"},
                                   {codec("libsvtav1", {}, "12"), "av1.mp4"},
                                   {codec("mpeg4"), "mpeg4.avi"},
                                   {codec("prores_ks"), "prores.mov"},
                                   {codec("mjpeg"), "mjpeg.avi"},
                                   {codec("utvideo"), "utvideo.mkv"}};
  for (const auto& [options, file] : cases) {
    const auto encoders = media::video_encoders();
    const bool is_there = std::any_of(encoders.begin(), encoders.end(),
                                      [&](const auto& e) { return e.name == options.codec; });
    if (!is_there) continue;
    recode(at("a.mp4"), at(file), options);
    const auto written = read_all(at(file));
    ASSERT_EQ(written.size(), source.size()) << file;
    if (file.ends_with(".mp4")) {
      EXPECT_EQ(times(written), times(source)) << file;
    }
    if (options.codec == "ffv1") {
      for (std::size_t i = 0; i < source.size(); ++i) EXPECT_EQ(written[i].hash, source[i].hash);
    }
  }
}

TEST_F(VideoWriterFilms, ChoosesTheEncoderByDepthAndContainer) {
  ffmpeg(picture(0.08) + Words{"-c:v", "libx264", at("8.mp4")});
  ffmpeg(picture(0.08) + Words{"-c:v", "libx264", "-pix_fmt", "yuv420p10le", at("10.mp4")});
  const VideoDecoder eight(at("8.mp4"));
  const VideoDecoder ten(at("10.mp4"));
  EXPECT_EQ(writer_of(eight, at("o.mp4")).encoder_name(), "libx264");
  EXPECT_EQ(writer_of(ten, at("o.mkv")).encoder_name(), "libx265");
  EXPECT_EQ(writer_of(eight, at("o.webm")).encoder_name(), "libvpx-vp9");
  EXPECT_EQ(writer_of(eight, at("o.yuv")).encoder_name(), "rawvideo");
  EXPECT_THAT(folder.names(), ElementsAre("10.mp4", "8.mp4"));
}

TEST_F(VideoWriterFilms, ChoosesThePixelFormatThatLosesLeast) {
  ffmpeg(picture(0.08) + Words{"-c:v", "ffv1", "-pix_fmt", "yuv422p12le", at("422.mkv")});
  ffmpeg(picture(0.08) + Words{"-c:v", "ffv1", "-pix_fmt", "gray", at("gray.mkv")});
  ffmpeg(picture(0.08) + Words{"-c:v", "ffv1", "-pix_fmt", "bgr0", at("rgb.mkv")});
  const auto format = [this](const std::string& source, const VideoEncoderOptions& options) {
    return name(writer_of(VideoDecoder(at(source)), at("o.mkv"), options).format());
  };
  EXPECT_EQ(format("422.mkv", codec("libx265")), "yuv422p12le");
  EXPECT_EQ(format("422.mkv", codec("libx264")), "yuv422p10le");
  EXPECT_EQ(format("gray.mkv", codec("libx264")), "gray");
  EXPECT_EQ(format("gray.mkv", codec("libvpx-vp9")), "yuv420p");
  EXPECT_EQ(format("rgb.mkv", codec("libx264")), "yuv444p");
  EXPECT_EQ(format("rgb.mkv", codec("ffv1")), "gbrp");
  EXPECT_EQ(format("rgb.mkv", codec("libx264rgb")), "gbrp");
  VideoEncoderOptions named = codec("libx264");
  named.pixel_format = "nv12";
  EXPECT_EQ(format("422.mkv", named), "yuv420p");
  named.pixel_format = "yuv420p12le";
  EXPECT_THAT(message_of<ConfigError>([&] { format("422.mkv", named); }),
              HasSubstr("libx264 does not take pixel format 'yuv420p12le'"));
}

TEST_F(VideoWriterFilms, KeepsRgbExactInLosslessFilms) {
  ffmpeg(picture(0.2) + Words{"-c:v", "ffv1", "-pix_fmt", "bgr0", at("a.mkv")});
  recode(at("a.mkv"), at("b.mkv"), codec("ffv1"));
  recode(at("a.mkv"), at("c.mkv"), codec("libx264rgb", {{"qp", "0"}}));
  const auto a = read_all(at("a.mkv"));
  const auto b = read_all(at("b.mkv"));
  const auto c = read_all(at("c.mkv"));
  ASSERT_EQ(a.size(), 5u);
  ASSERT_EQ(c.size(), 5u);
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].hash, b[i].hash);
    EXPECT_EQ(a[i].hash, c[i].hash);
  }
}

TEST_F(VideoWriterFilms, TakesOddSizes) {
  ffmpeg(picture(0.2) +
         Words{"-vf", "crop=63:47:exact=1", "-c:v", "ffv1", "-pix_fmt", "yuv420p", at("odd.mkv")});
  const auto source = read_all(at("odd.mkv"));
  ASSERT_EQ(VideoDecoder(at("odd.mkv")).info().width, 63);
  recode(at("odd.mkv"), at("b.mkv"), codec("ffv1"));
  EXPECT_EQ(read_all(at("b.mkv"))[4].hash, source[4].hash);
  // x264 has no odd 4:2:0: chroma is kept at full size instead.
  EXPECT_THAT(recode(at("odd.mkv"), at("c.mp4")), Contains(HasSubstr("yuv444p")));
  EXPECT_EQ(VideoDecoder(at("c.mp4")).info().width, 63);
  recode(at("odd.mkv"), at("d.webm"), codec("", {{"cpu-used", "8"}}));
  EXPECT_EQ(VideoDecoder(at("d.webm")).info().height, 47);
}

TEST_F(VideoWriterFilms, WritesOneFrame) {
  ffmpeg(picture(0.04) + Words{"-c:v", "libx264", at("a.mp4")});
  for (const char* file : {"b.mp4", "b.mkv", "b.ts"}) {
    recode(at("a.mp4"), at(file));
    EXPECT_EQ(read_all(at(file)).size(), 1u) << file;
  }
}

TEST_F(VideoWriterFilms, WritesY4mAndRawPlanes) {
  ffmpeg(picture(0.2) + tone(0.2) +
         Words{"-c:v", "libx264", "-pix_fmt", "yuv420p10le", "-c:a", "aac", at("a.mp4")});
  const auto source = read_all(at("a.mp4"));
  EXPECT_THAT(recode(at("a.mp4"), at("b.y4m")), Contains(HasSubstr("holds pictures only")));
  EXPECT_EQ(read_all(at("b.y4m"))[4].hash, source[4].hash);
  recode(at("a.mp4"), at("b.yuv"));
  EXPECT_EQ(std::filesystem::file_size(at("b.yuv")), 5u * 64 * 48 * 3);
}

TEST_F(VideoWriterFilms, LeavesNothingWithoutFinish) {
  ffmpeg(picture(0.4, "25", "96x64") + tone(0.4) +
         Words{"-c:v", "libx264", "-c:a", "aac", at("a.mkv")});
  for (const char* encoder : {"libx264", "libx265", "libsvtav1", "libvpx-vp9", "ffv1"}) {
    for (const int count : {0, 1, 5}) {
      VideoDecoder decoder(at("a.mkv"));
      VideoWriter writer = writer_of(decoder, at("b.mkv"), codec(encoder));
      for (int i = 0; i < count; ++i) writer.write(*decoder.read());
    }
    EXPECT_THAT(folder.names(), ElementsAre("a.mkv")) << encoder;
  }
}

TEST_F(VideoWriterFilms, NeverOverwritesUnasked) {
  ffmpeg(picture(0.04) + Words{"-c:v", "libx264", at("a.mp4")});
  std::ofstream(at("b.mp4")) << "mine";
  const VideoDecoder decoder(at("a.mp4"));
  EXPECT_THAT(message_of<OutputError>([&] { writer_of(decoder, at("b.mp4")); }),
              HasSubstr("exists already"));
  EXPECT_THAT(message_of<OutputError>([&] { writer_of(decoder, at("no/folder.mp4")); }),
              HasSubstr("No such file or directory"));
  EXPECT_THAT(folder.names(), ElementsAre("a.mp4", "b.mp4"));
}

TEST_F(VideoWriterFilms, ReportsAFullDisk) {
  ffmpeg(picture(1, "25", "160x120") + Words{"-c:v", "libx264", at("a.mp4")});
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{20'000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string message =
      message_of<OutputError>([&] { recode(at("a.mp4"), at("b.mkv"), codec("ffv1")); });
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_THAT(message, HasSubstr("File too large"));
  EXPECT_THAT(folder.names(), ElementsAre("a.mp4"));
}

TEST_F(VideoWriterFilms, RefusesFramesThatDoNotFit) {
  ffmpeg(picture(0.2) + Words{"-c:v", "libx264", at("a.mp4")});
  VideoDecoder decoder(at("a.mp4"));
  VideoWriter writer = writer_of(decoder, at("b.mp4"));
  const auto first = decoder.read();
  writer.write(*first);
  EXPECT_THAT(message_of<OutputError>([&] { writer.write(*first); }),
              HasSubstr("must come in display order"));
  EXPECT_THAT(message_of<OutputError>([&] {
                writer.write(media::Frame({PixelLayout::kGray, 8}, 9, 9));
              }),
              HasSubstr("9x9 gray came where 64x48 yuv420p was expected"));
}

TEST_F(VideoWriterFilms, CopiesFramesThatHaveNoOwnerOrBadAlignment) {
  ffmpeg(picture(0.2) + Words{"-c:v", "ffv1", "-pix_fmt", "gray", at("a.mkv")});
  VideoDecoder decoder(at("a.mkv"));
  VideoWriter writer = writer_of(decoder, at("b.mkv"), codec("ffv1"));
  std::vector<std::uint8_t> mine(64 * 48 + 1);
  while (const auto frame = decoder.read()) {
    for (std::int64_t y = 0; y < 48; ++y) {
      std::copy_n(frame->plane(0).data + y * frame->plane(0).stride_bytes, 64,
                  mine.data() + 1 + y * 64);
    }
    media::Frame own(frame->format(), 64, 48, {media::Frame::Plane{mine.data() + 1, 64, 64, 48}},
                     nullptr);
    own.pts = frame->pts;
    own.duration = frame->duration;
    writer.write(own);
    std::fill(mine.begin(), mine.end(), std::uint8_t{0});
  }
  writer.finish();
  EXPECT_TRUE(read_all(at("a.mkv")) == read_all(at("b.mkv")));
}

TEST_F(VideoWriterFilms, KeepsMemoryFlat) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers keep freed memory";
#endif
  ffmpeg(picture(40, "25", "32x32") + tone(40) +
         Words{"-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", at("a.mkv")});
  const auto resident_kib = [] {
    std::ifstream file("/proc/self/statm");
    long total = 0;
    long resident = 0;
    file >> total >> resident;
    return resident * 4;
  };
  VideoDecoder decoder(at("a.mkv"));
  VideoWriter writer = writer_of(decoder, at("b.mkv"), codec("libx264", {}, "ultrafast"));
  long early = 0;
  long count = 0;
  while (const auto frame = decoder.read()) {
    writer.write(*frame);
    if (++count == 300) early = resident_kib();
  }
  EXPECT_EQ(count, 1000);
  EXPECT_LT(resident_kib() - early, 2048);
  writer.finish();
}

TEST(VideoEncoders, AreListed) {
  std::vector<std::string> names;
  for (const auto& encoder : media::video_encoders()) names.push_back(encoder.name);
  EXPECT_THAT(names, Contains("ffv1"));
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_FALSE(media::ffmpeg_version().empty());
}

}  // namespace
}  // namespace vcisr::tests
