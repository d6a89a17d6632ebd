// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>

#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>

#include "image_fixtures.h"
#include "support/temp_folder.h"

namespace vcisr::media {
namespace {

using tests::make_image;
using tests::TempFolder;

TEST(PngWrite, GivesBackEverySampleOfEveryForm) {
  const TempFolder folder;
  for (const int channels : {1, 2, 3, 4}) {
    for (const int depth : {8, 16}) {
      for (const int compression : {0, 1, 9}) {
        const auto image = make_image(67, 31, channels, depth);
        const auto path = folder / "a.png";
        write_image(path, image,
                    {.png_compression = compression, .existing = AtomicFile::Existing::kReplace});
        tests::expect_same_picture(read_image(path), image);
        if (!tests::has_program("ffmpeg") || compression != 1) continue;
        const auto index = static_cast<std::size_t>(channels - 1);
        const char* pixel_format =
            depth == 16 ? std::array{"gray16le", "ya16le", "rgb48le", "rgba64le"}[index]
                        : std::array{"gray", "ya8", "rgb24", "rgba"}[index];
        EXPECT_EQ(tests::decode_with_ffmpeg(path, pixel_format),
                  std::string(image.samples.begin(), image.samples.end()));
      }
    }
  }
}

TEST(PngWrite, WritesTheSmallest) {
  const TempFolder folder;
  for (const int channels : {1, 2, 3, 4}) {
    const auto image = make_image(1, 1, channels, 8);
    const auto path = folder / ("one" + std::to_string(channels) + ".png");
    write_image(path, image);
    tests::expect_same_picture(read_image(path), image);
  }
}

TEST(PngWrite, KeepsGrayWithAlphaGray) {
  const TempFolder folder;
  write_image(folder / "a.png", make_image(8, 8, 2, 16));
  EXPECT_EQ(tests::load(folder / "a.png").at(25), 4) << "PNG's colour type: grey with alpha";
}

TEST(PngWrite, IsReadByLibpngWithoutAWord) {
  const TempFolder folder;
  auto image = make_image(300, 200, 3, 8);
  // Noise makes many data chunks.
  std::uint32_t state = 1;
  for (auto& sample : image.samples) {
    state = state * 1664525u + 1013904223u;
    sample = static_cast<std::uint8_t>(state >> 24);
  }
  image.metadata.icc = tests::make_icc("RGB ", 5000);
  image.metadata.exif = tests::make_exif(true, 1);
  image.metadata.xmp = tests::make_xmp(1);
  image.width = 100;
  image.height = 600;
  write_image(folder / "a.png", image);
  ::testing::internal::CaptureStderr();
  const auto mat = cv::imread((folder / "a.png").string(), cv::IMREAD_UNCHANGED);
  const auto said = ::testing::internal::GetCapturedStderr();
  // The made-up profile is the one thing it may (and does) complain about.
  EXPECT_TRUE(said.empty() || said.find("iCCP") != std::string::npos) << said;
  ASSERT_EQ(mat.cols, 100);
  ASSERT_EQ(mat.rows, 600);
  EXPECT_EQ(mat.at<cv::Vec3b>(599, 99)[2], image.samples[image.samples.size() - 3]);
}

}  // namespace
}  // namespace vcisr::media
