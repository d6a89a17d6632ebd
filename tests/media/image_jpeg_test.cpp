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
  return tests::message_of<InputError>([bytes] { (void)decode_jpeg(bytes, "cut.jpg"); });
}

Bytes jpeg_of(const Image& image, int quality = 95) {
  const TempFolder folder;
  write_image(folder / "a.jpg", image, {.quality = quality});
  return tests::load(folder / "a.jpg");
}

Bytes segment(int marker, std::string_view name, ByteSpan data) {
  Bytes out = {0xFF, static_cast<std::uint8_t>(marker)};
  append_u16_be(out, static_cast<std::uint32_t>(2 + name.size() + data.size()));
  append(out, name);
  append(out, data);
  return out;
}

/// The file with bytes put in after its start marker.
Bytes with(const Bytes& jpeg, ByteSpan segments) {
  Bytes out(jpeg.begin(), jpeg.begin() + 2);
  append(out, segments);
  append(out, ByteSpan(jpeg).subspan(2));
  return out;
}

Image read(const TempFolder& folder, const Bytes& bytes) {
  tests::save(folder / "a.jpg", bytes);
  return read_image(folder / "a.jpg");
}

TEST(Jpeg, KeepsGrayAndColorWithinItsLosses) {
  const TempFolder folder;
  for (const int channels : {1, 3}) {
    const auto image = make_image(64, 48, channels, 8);
    const auto back = read(folder, jpeg_of(image));
    ASSERT_EQ(back.channels, channels);
    EXPECT_LE(tests::max_difference(back, image), 8);
    (void)tests::decode_with_ffmpeg(folder / "a.jpg", "rgb24");
  }
}

TEST(Jpeg, QualityRules) {
  const auto image = make_image(200, 200, 3, 8);
  EXPECT_LT(jpeg_of(image, 10).size(), jpeg_of(image, 100).size());
}

TEST(Jpeg, ReadsProgressiveScansAndRestartMarkers) {
  const TempFolder folder;
  cv::Mat mat(120, 90, CV_8UC3);
  cv::randu(mat, 0, 255);
  Bytes plain;
  Bytes progressive;
  Bytes restarts;
  cv::imencode(".jpg", mat, plain, {cv::IMWRITE_JPEG_QUALITY, 90});
  cv::imencode(".jpg", mat, progressive,
               {cv::IMWRITE_JPEG_QUALITY, 90, cv::IMWRITE_JPEG_PROGRESSIVE, 1});
  cv::imencode(".jpg", mat, restarts,
               {cv::IMWRITE_JPEG_QUALITY, 90, cv::IMWRITE_JPEG_RST_INTERVAL, 3});
  const auto image = read(folder, plain);
  tests::expect_same_picture(read(folder, progressive), image);
  tests::expect_same_picture(read(folder, restarts), image);
}

TEST(Jpeg, SaysThatAFileIsTruncatedWhereverItIsCut) {
  auto image = make_image(40, 40, 3, 8);
  image.metadata.exif = tests::make_exif(false, 1);
  const auto whole = jpeg_of(image);
  const tests::ExpectedWarnings none_matters;
  ::testing::internal::CaptureStderr();
  for (std::size_t size = 3; size < whole.size(); ++size) {
    ASSERT_NE(decode_error(ByteSpan(whole).first(size)).find("truncated JPEG"), std::string::npos)
        << size;
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(Jpeg, IgnoresWhatFollowsItsEnd) {
  const TempFolder folder;
  const auto whole = jpeg_of(make_image(40, 40, 3, 8));
  const auto image = read(folder, whole);
  auto longer = whole;
  append(longer, whole);  // as the second picture of a multi-picture file
  tests::expect_same_picture(read(folder, longer), image);
  EXPECT_TRUE(read(folder, longer).metadata.exif.empty());
}

TEST(Jpeg, RefusesCmykLosslessAndTwelveBits) {
  const TempFolder folder;
  const auto whole = jpeg_of(make_image(16, 16, 3, 8));
  const auto frame =
      std::string_view(reinterpret_cast<const char*>(whole.data()), whole.size()).find("\xFF\xC0");
  const auto error_with = [&](std::size_t offset, int value) {
    auto changed = whole;
    changed[frame + offset] = static_cast<std::uint8_t>(value);
    tests::save(folder / "odd.jpg", changed);
    return tests::read_error(folder / "odd.jpg");
  };
  EXPECT_NE(error_with(9, 4).find("CMYK JPEG file, which is not read; convert it to RGB"),
            std::string::npos);
  EXPECT_NE(error_with(4, 12).find("12-bit"), std::string::npos);
  EXPECT_NE(error_with(1, 0xC3).find("lossless"), std::string::npos);
}

TEST(Jpeg, PutsAProfileOfManyPartsTogether) {
  const TempFolder folder;
  auto image = make_image(16, 16, 3, 8);
  image.metadata.icc = tests::make_icc("RGB ", 200000);
  const auto whole = jpeg_of(image);
  EXPECT_TRUE(read(folder, whole).metadata.icc == image.metadata.icc);
  (void)tests::decode_with_ffmpeg(folder / "a.jpg", "rgb24");
}

TEST(Jpeg, PutsPartsTogetherInAnyOrder) {
  const TempFolder folder;
  const auto icc = tests::make_icc("RGB ", 300);
  Bytes second = {2, 2};
  append(second, ByteSpan(icc).subspan(100));
  Bytes first = {1, 2};
  append(first, ByteSpan(icc).first(100));
  const std::string_view name("ICC_PROFILE\0", 12);
  auto segments = segment(0xE2, name, second);
  append(segments, segment(0xE2, name, first));
  EXPECT_TRUE(read(folder, with(jpeg_of(make_image(9, 9, 3, 8)), segments)).metadata.icc == icc);
}

TEST(Jpeg, LeavesOutDamagedMetadataWithAWarning) {
  const TempFolder folder;
  const auto plain = jpeg_of(make_image(16, 16, 3, 8));
  const auto expected = read(folder, plain);
  const std::string_view icc_name("ICC_PROFILE\0", 12);
  for (const auto& damaged :
       {segment(0xE1, std::string_view("Exif\0\0", 6), {}),
        segment(0xE1, std::string_view("Exif\0\0MM\0*\0\0\0\xFF", 14), {}),
        segment(0xE1, std::string_view("http://ns.adobe.com/xap/1.0/\0", 29), Bytes{1, 2, 3}),
        segment(0xE2, icc_name, Bytes{1, 2, 5}), segment(0xE2, icc_name, Bytes{3, 2, 5}),
        segment(0xE2, icc_name, {}), segment(0xE2, icc_name, Bytes{1, 1, 5, 6, 7})}) {
    const tests::ExpectedWarnings warnings;
    tests::expect_same_picture(read(folder, with(plain, damaged)), expected);
    ASSERT_EQ(warnings.messages().size(), 1u);
    EXPECT_NE(warnings.messages()[0].find("a.jpg: its "), std::string::npos);
  }
}

TEST(Jpeg, SaysNothingOnStderrAboutOddSegments) {
  const TempFolder folder;
  auto segments = segment(0xED, "Photoshop 3.0", Bytes{0, 1, 2});
  append(segments, segment(0xFE, "a comment", {}));
  append(segments, Bytes{0, 17, 0xFF, 0xFF});  // stray bytes, fill bytes
  append(segments, segment(0xE5, "?", {}));
  const auto bytes = with(jpeg_of(make_image(16, 16, 3, 8)), segments);
  ::testing::internal::CaptureStderr();
  (void)read(folder, bytes);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(Jpeg, RefusesAlphaAndNamesPng) {
  const TempFolder folder;
  for (const int channels : {2, 4}) {
    const auto message = tests::message_of<ConfigError>(
        [&] { write_image(folder / "a.jpg", make_image(4, 4, channels, 8)); });
    EXPECT_NE(message.find("transparency"), std::string::npos);
    EXPECT_NE(message.find("PNG"), std::string::npos);
  }
  EXPECT_TRUE(folder.names().empty());
}

}  // namespace
}  // namespace vcisr::media
