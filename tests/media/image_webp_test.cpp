// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>

#include "image_fixtures.h"
#include "media/image_codec.h"
#include "support/temp_folder.h"
#include "support/warnings_are_failures.h"

namespace vcisr::media {
namespace {

using tests::make_image;
using tests::TempFolder;

/// From memory: thousands of small files would cost seconds.
std::string decode_error(ByteSpan bytes) {
  return tests::message_of<InputError>([bytes] { (void)decode_webp(bytes, "cut.webp"); });
}

Bytes webp_of(const Image& image, bool is_lossless = true) {
  const TempFolder folder;
  write_image(folder / "a.webp", image, {.lossless_webp = is_lossless});
  return tests::load(folder / "a.webp");
}

Image read(const TempFolder& folder, const Bytes& bytes) {
  tests::save(folder / "a.webp", bytes);
  return read_image(folder / "a.webp");
}

bool contains(ByteSpan bytes, std::string_view text) {
  return std::search(bytes.begin(), bytes.end(), text.begin(), text.end()) != bytes.end();
}

TEST(Webp, IsExactWhereItIsLossless) {
  const TempFolder folder;
  for (const int channels : {3, 4}) {
    const auto image = make_image(61, 47, channels, 8);
    tests::expect_same_picture(read(folder, webp_of(image)), image);
  }
}

TEST(Webp, StoresGrayAsColor) {
  const TempFolder folder;
  for (const int channels : {1, 2}) {
    const auto image = make_image(20, 10, channels, 8);
    const auto back = read(folder, webp_of(image));
    ASSERT_EQ(back.channels, channels + 2);
    for (std::size_t i = 0; i < 200; ++i) {
      const auto in = static_cast<std::size_t>(channels) * i;
      const auto out = static_cast<std::size_t>(back.channels) * i;
      EXPECT_EQ(back.samples[out], image.samples[in]);
      EXPECT_EQ(back.samples[out + 2], image.samples[in]);
      EXPECT_EQ(back.samples[static_cast<std::size_t>(back.channels) * (i + 1) - 1],
                image.samples[in + static_cast<std::size_t>(channels) - 1]);
    }
  }
}

TEST(Webp, IsNearWhereItIsLossyAndKeepsAlphaExactly) {
  const TempFolder folder;
  const auto image = make_image(64, 64, 4, 8);
  const auto back = read(folder, webp_of(image, false));
  ASSERT_EQ(back.channels, 4);
  EXPECT_LE(tests::max_difference(back, image), 12);
  for (std::size_t i = 3; i < image.samples.size(); i += 4) {
    ASSERT_EQ(back.samples[i], image.samples[i]);
  }
}

TEST(Webp, ExtendsSimpleFilesForMetadata) {
  const TempFolder folder;
  for (const int channels : {3, 4}) {
    for (const bool is_lossless : {true, false}) {
      auto image = make_image(33, 21, channels, 8);
      const auto plain = read(folder, webp_of(image, is_lossless));
      image.metadata.icc = tests::make_icc("RGB ", 201);
      image.metadata.exif = tests::make_exif(true, 1);
      image.metadata.xmp = tests::make_xmp(1);
      const auto bytes = webp_of(image, is_lossless);
      ASSERT_TRUE(contains(bytes, "VP8X"));
      EXPECT_EQ(bytes[20], 0x2C | (channels == 4 ? 0x10 : 0)) << "flags";
      EXPECT_EQ(load_u24_le(bytes, 24), 32u);
      EXPECT_EQ(load_u24_le(bytes, 27), 20u);
      EXPECT_EQ(load_u32_le(bytes, 4) + 8, bytes.size());
      const auto back = read(folder, bytes);
      tests::expect_same_picture(back, plain);
      EXPECT_TRUE(back.metadata.icc == image.metadata.icc);
      EXPECT_TRUE(tests::has_lens(back.metadata.exif));
      EXPECT_TRUE(back.metadata.xmp == image.metadata.xmp);
      const auto raw = tests::decode_with_ffmpeg(folder / "a.webp", "rgba");
      EXPECT_EQ(raw.size(), 33u * 21u * 4u);
    }
  }
}

TEST(Webp, ReadsTheSmallestWithoutAWord) {
  const TempFolder folder;
  const auto image = make_image(1, 1, 3, 8);
  ::testing::internal::CaptureStderr();
  const auto back = read(folder, webp_of(image));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  tests::expect_same_picture(back, image);
}

TEST(Webp, SaysThatAFileIsTruncatedWhereverItIsCut) {
  for (const bool is_lossless : {true, false}) {
    const auto whole = webp_of(make_image(20, 20, 3, 8), is_lossless);
    ::testing::internal::CaptureStderr();
    for (std::size_t size = 12; size < whole.size(); ++size) {
      ASSERT_NE(decode_error(ByteSpan(whole).first(size)).find("truncated WebP"),
                std::string::npos);
    }
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  }
}

TEST(Webp, RefusesAnAnimation) {
  const TempFolder folder;
  Bytes bytes = tests::to_bytes(std::string_view("RIFF\x16\0\0\0WEBPVP8X\x0A\0\0\0", 20));
  bytes.insert(bytes.end(), {0x02, 0, 0, 0, 9, 0, 0, 9, 0, 0});
  tests::save(folder / "a.webp", bytes);
  EXPECT_NE(tests::read_error(folder / "a.webp").find("is an animated WebP file"),
            std::string::npos);
  if (!tests::has_program("ffmpeg")) return;
  const auto made =
      tests::run({"ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=32x32:rate=5:d=1",
                  "-c:v", "libwebp_anim", (folder / "b.webp").string()});
  if (made.exit_code != 0) return;  // an ffmpeg without libwebp
  EXPECT_NE(tests::read_error(folder / "b.webp").find("is an animated WebP file"),
            std::string::npos);
}

TEST(Webp, RefusesSidesItCannotHold) {
  const TempFolder folder;
  Image image;
  image.width = 16384;
  image.height = 1;
  image.channels = 1;
  image.samples.resize(16384);
  const auto message =
      tests::message_of<OutputError>([&] { write_image(folder / "a.webp", image); });
  EXPECT_NE(message.find("at most 16383 pixels a side"), std::string::npos);
  EXPECT_TRUE(folder.names().empty());
}

TEST(Webp, SurvivesFlippedBytes) {
  auto image = make_image(9, 9, 4, 8);
  image.metadata.exif = tests::make_exif(false, 1);
  image.metadata.icc = tests::make_icc("RGB ");
  const auto whole = webp_of(image, false);
  const tests::ExpectedWarnings warnings;
  for (std::size_t i = 12; i < whole.size(); ++i) {
    auto flipped = whole;
    flipped[i] ^= 0xA5;
    try {
      (void)decode_webp(flipped, "flipped.webp");
    } catch (const InputError&) {
      continue;
    }
  }
}

}  // namespace
}  // namespace vcisr::media
