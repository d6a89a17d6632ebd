// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "media/video_fixtures.h"

namespace vcisr::tests {
namespace {

/// Samples of the frames in `path`, tightly packed in our plane order.
std::string samples(const std::string& path, const media::VideoDecoderOptions& options) {
  media::VideoDecoder decoder(path, options);
  std::string bytes;
  while (const auto frame = decoder.read()) {
    for (int i = 0; i < frame->format().plane_count(); ++i) {
      const auto& plane = frame->plane(i);
      for (std::int64_t y = 0; y < plane.height; ++y) {
        bytes.append(reinterpret_cast<const char*>(plane.data + y * plane.stride_bytes),
                     static_cast<std::size_t>(plane.width * frame->format().bytes_per_sample()));
      }
    }
  }
  return bytes;
}

class FrameConverter : public ::testing::Test {
 protected:
  /// Two frames of noise-like samples as a raw file of `format`.
  std::string raw(const std::string& format, const std::string& name) const {
    const std::string path = (folder / name).string();
    ffmpeg({"-f", "lavfi", "-i", "testsrc2=s=66x50:r=25", "-frames:v", "2", "-vf",
            "scale=flags=accurate_rnd+full_chroma_int,format=" + format, "-f", "rawvideo", path});
    return path;
  }
  static media::VideoDecoderOptions options(const std::string& format) {
    media::VideoDecoderOptions raw;
    raw.raw_width = 66;
    raw.raw_height = 50;
    raw.raw_pixel_format = format;
    raw.demuxer = "rawvideo";
    return raw;
  }
  /// What the film in `format` reads as equals the film in `planar`, made from the same samples.
  void expect_same(const std::string& format, const std::string& planar) const {
    const std::string packed = raw(format, format);
    const std::string unpacked = (folder / (format + planar)).string();
    ffmpeg({"-f", "rawvideo", "-video_size", "66x50", "-pixel_format", format, "-i", packed, "-vf",
            "format=" + planar, "-f", "rawvideo", unpacked});
    const std::string ours = samples(packed, options(format));
    EXPECT_FALSE(ours.empty());
    EXPECT_TRUE(ours == samples(unpacked, options(planar))) << format << " as " << planar;
  }
  TempFolder folder;
};

TEST_F(FrameConverter, UnpacksWithoutLoss) {
  expect_same("nv12", "yuv420p");
  expect_same("p010le", "yuv420p10le");
  expect_same("yuyv422", "yuv422p");
  expect_same("yuv422p10be", "yuv422p10le");
  expect_same("rgb24", "gbrp");
  expect_same("bgra", "gbrp");
  expect_same("rgb48be", "gbrp16le");
  expect_same("gray10be", "gray10le");
}

TEST_F(FrameConverter, LeavesAlphaBehind) {
  expect_same("yuva420p", "yuv420p");
  expect_same("gbrap", "gbrp");
  expect_same("ya8", "gray");
  const std::string path = raw("yuva420p", "alpha.raw");
  const media::VideoInfo info = media::VideoDecoder(path, options("yuva420p")).info();
  EXPECT_TRUE(info.has_alpha);
  EXPECT_EQ(info.notes.front(), "the film's alpha channel is left out");
}

TEST_F(FrameConverter, OrdersRgbPlanesRedGreenBlue) {
  const std::string path = (folder / "a.raw").string();
  std::string pixels;
  for (int i = 0; i < 66 * 50; ++i) pixels += std::string("\x0a\x14\x1e", 3);
  std::ofstream(path, std::ios::binary) << pixels;
  media::VideoDecoder decoder(path, options("rgb24"));
  const auto frame = decoder.read();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->format().layout, media::PixelLayout::kRgb);
  EXPECT_EQ(frame->plane(0).data[0], 10);
  EXPECT_EQ(frame->plane(1).data[0], 20);
  EXPECT_EQ(frame->plane(2).data[0], 30);
  EXPECT_EQ(decoder.info().color.range, media::ColorRange::kFull);
}

TEST_F(FrameConverter, WidensNarrowSamplesToFullScale) {
  const std::string path = (folder / "a.raw").string();
  // rgb565: white, and the darkest step of each colour.
  std::string pixels;
  for (int i = 0; i < 66 * 50 / 2; ++i) pixels += std::string("\xff\xff\x21\x08", 4);
  std::ofstream(path, std::ios::binary) << pixels;
  media::VideoDecoder decoder(path, options("rgb565le"));
  const auto frame = decoder.read();
  ASSERT_TRUE(frame);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(frame->plane(i).data[0], 255);
  EXPECT_EQ(frame->plane(0).data[1], 8);
  EXPECT_EQ(frame->plane(1).data[1], 4);
}

TEST_F(FrameConverter, ReadsPalettes) {
  const std::string path = (folder / "a.raw").string();
  std::string bytes(66 * 50, '\x02');
  std::string palette(1024, '\0');
  palette.replace(8, 4, "\x1e\x14\x0a\xff", 4);  // entry 2 as blue, green, red, alpha
  std::ofstream(path, std::ios::binary) << bytes << palette;
  media::VideoDecoder decoder(path, options("pal8"));
  const auto frame = decoder.read();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->plane(0).data[7], 10);
  EXPECT_EQ(frame->plane(1).data[7], 20);
  EXPECT_EQ(frame->plane(2).data[7], 30);
  EXPECT_FALSE(decoder.info().has_alpha);
}

TEST_F(FrameConverter, EnlargesRareChromaTo444) {
  const std::string path = raw("yuv411p", "a.raw");
  media::VideoDecoder decoder(path, options("yuv411p"));
  const auto frame = decoder.read();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->format(), (media::PixelFormat{media::PixelLayout::kYuv444, 8}));
  // Luma is untouched.
  std::ifstream file(path, std::ios::binary);
  std::string row(66, '\0');
  file.read(row.data(), 66);
  EXPECT_EQ(std::memcmp(row.data(), frame->plane(0).data, 66), 0);
}

TEST_F(FrameConverter, MarksFullRangeTwins) {
  const std::string path = raw("yuvj420p", "a.raw");
  media::VideoDecoder decoder(path, options("yuvj420p"));
  EXPECT_EQ(decoder.info().tags.range, 2);
  EXPECT_EQ(decoder.info().color.range, media::ColorRange::kFull);
  EXPECT_EQ(decoder.info().format, (media::PixelFormat{media::PixelLayout::kYuv420, 8}));
}

}  // namespace
}  // namespace vcisr::tests
