// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>

#include "image_fixtures.h"
#include "media/image_codec.h"
#include "support/temp_folder.h"

namespace vcisr::media {
namespace {

using tests::TempFolder;

/// From memory: thousands of small files would cost seconds.
std::string decode_error(ByteSpan bytes) {
  return tests::message_of<InputError>([bytes] { (void)decode_bmp(bytes, "cut.bmp"); });
}

/// A file with a BITMAPINFOHEADER; rows are given as they lie in the file.
Bytes bmp(int width, int height, int bits, std::uint32_t compression, ByteSpan palette,
          ByteSpan rows) {
  Bytes out = {'B', 'M'};
  const auto offset = static_cast<std::uint32_t>(54 + palette.size());
  append_u32_le(out, static_cast<std::uint32_t>(offset + rows.size()));
  append_u32_le(out, 0);
  append_u32_le(out, offset);
  append_u32_le(out, 40);
  append_u32_le(out, static_cast<std::uint32_t>(width));
  append_u32_le(out, static_cast<std::uint32_t>(height));
  append_u16_le(out, 1);
  append_u16_le(out, static_cast<std::uint32_t>(bits));
  append_u32_le(out, compression);
  append_u32_le(out, static_cast<std::uint32_t>(rows.size()));
  append_u32_le(out, 2835);
  append_u32_le(out, 2835);
  append_u32_le(out, static_cast<std::uint32_t>(palette.size() / 4));
  append_u32_le(out, 0);
  append(out, palette);
  append(out, rows);
  return out;
}

Image read(const TempFolder& folder, const Bytes& bytes) {
  tests::save(folder / "a.bmp", bytes);
  return read_image(folder / "a.bmp");
}

const Bytes kExpected = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};  // RGB, 2x2

TEST(Bmp, ReadsRowsFromBottomToTop) {
  const TempFolder folder;
  const Bytes rows = {9, 8, 7, 12, 11, 10, 0, 0, 3, 2, 1, 6, 5, 4, 0, 0};
  const auto image = read(folder, bmp(2, 2, 24, 0, {}, rows));
  ASSERT_EQ(image.channels, 3);
  EXPECT_TRUE(image.samples == kExpected);
}

TEST(Bmp, ReadsRowsFromTopToBottom) {
  const TempFolder folder;
  const Bytes rows = {3, 2, 1, 6, 5, 4, 0, 0, 9, 8, 7, 12, 11, 10, 0, 0};
  EXPECT_TRUE(read(folder, bmp(2, -2, 24, 0, {}, rows)).samples == kExpected);
}

TEST(Bmp, TakesTheFourthByteOfPlainFilesForNothing) {
  const TempFolder folder;
  const Bytes rows = {9, 8, 7, 0, 12, 11, 10, 0, 3, 2, 1, 0, 6, 5, 4, 0};
  const auto image = read(folder, bmp(2, 2, 32, 0, {}, rows));
  ASSERT_EQ(image.channels, 3) << "or the picture would be transparent all over";
  EXPECT_TRUE(image.samples == kExpected);
}

TEST(Bmp, ReadsPalettes) {
  const TempFolder folder;
  const Bytes palette = {3, 2, 1, 0, 6, 5, 4, 0, 9, 8, 7, 0, 12, 11, 10, 0};
  const auto eight = read(folder, bmp(2, 2, 8, 0, palette, Bytes{2, 3, 0, 0, 0, 1, 0, 0}));
  EXPECT_TRUE(eight.samples == kExpected);
  const auto four = read(folder, bmp(2, 2, 4, 0, palette, Bytes{0x23, 0, 0, 0, 0x01, 0, 0, 0}));
  EXPECT_TRUE(four.samples == kExpected);
  const auto coded =
      read(folder, bmp(2, 2, 8, 1, palette, Bytes{1, 2, 1, 3, 0, 0, 1, 0, 1, 1, 0, 0, 0, 1}));
  EXPECT_TRUE(coded.samples == kExpected);
}

TEST(Bmp, AgreesWithOpencvsWriter) {
  const TempFolder folder;
  cv::Mat mat(31, 17, CV_8UC3);
  cv::randu(mat, 0, 255);
  Bytes bytes;
  cv::imencode(".bmp", mat, bytes);
  const auto image = read(folder, bytes);
  ASSERT_EQ(image.width, 17);
  EXPECT_EQ(image.samples[0], mat.at<cv::Vec3b>(0, 0)[2]);
  EXPECT_EQ(image.samples.back(), mat.at<cv::Vec3b>(30, 16)[0]);
}

TEST(Bmp, SaysThatAFileIsTruncatedWhereverItIsCut) {
  const Bytes rows = {9, 8, 7, 12, 11, 10, 0, 0, 3, 2, 1, 6, 5, 4, 0, 0};
  const auto whole = bmp(2, 2, 24, 0, {}, rows);
  ::testing::internal::CaptureStderr();
  for (std::size_t size = 2; size < whole.size(); ++size) {
    ASSERT_NE(decode_error(ByteSpan(whole).first(size)).find("truncated BMP"), std::string::npos);
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(Bmp, RefusesSizesAndCompressionsThatMakeNoSense) {
  const TempFolder folder;
  const auto error_of = [&folder](const Bytes& bytes) {
    tests::save(folder / "odd.bmp", bytes);
    return tests::read_error(folder / "odd.bmp");
  };
  EXPECT_NE(error_of(bmp(-2, 2, 24, 0, {}, Bytes(16))).find("width"), std::string::npos);
  EXPECT_NE(error_of(bmp(2, 0, 24, 0, {}, Bytes(16))).find("2x0"), std::string::npos);
  EXPECT_NE(error_of(bmp(100000, 100000, 24, 0, {}, Bytes(16))).find("too large"),
            std::string::npos);
  EXPECT_NE(error_of(bmp(2, 2, 24, 4, {}, Bytes(16))).find("compression"), std::string::npos);
}

}  // namespace
}  // namespace vcisr::media
