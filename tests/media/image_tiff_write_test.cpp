// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>

#include <gtest/gtest.h>
#include <tiffio.h>

#include "image_fixtures.h"
#include "media/image_codec.h"
#include "support/temp_folder.h"

namespace vcisr::media {
namespace {

using tests::make_image;
using tests::TempFolder;

TEST(TiffWrite, GivesBackEverySampleOfEveryForm) {
  const TempFolder folder;
  for (const int channels : {1, 2, 3, 4}) {
    for (const int depth : {8, 16}) {
      for (const bool is_big : {false, true}) {
        auto image = make_image(67, 31, channels, depth);
        image.metadata.exif = tests::make_exif(is_big, 1);  // decides the byte order
        const auto path = folder / "a.tiff";
        write_image(path, image, {.existing = AtomicFile::Existing::kReplace});
        EXPECT_EQ(tests::load(path)[0], is_big ? 'M' : 'I');
        tests::expect_same_picture(read_image(path), image);
        if (!tests::has_program("ffmpeg")) continue;
        const auto index = static_cast<std::size_t>(channels - 1);
        const char* pixel_format =
            depth == 16 ? std::array{"gray16le", "ya16le", "rgb48le", "rgba64le"}[index]
                        : std::array{"gray", "ya8", "rgb24", "rgba"}[index];
        EXPECT_EQ(tests::decode_with_ffmpeg(path, pixel_format),
                  std::string(image.samples.begin(), image.samples.end()))
            << channels << " channels of " << depth << " bits";
      }
    }
  }
}

TEST(TiffWrite, WritesManyStrips) {
  const TempFolder folder;
  const auto image = make_image(2000, 700, 3, 8);
  write_image(folder / "a.tif", image);
  tests::expect_same_picture(read_image(folder / "a.tif"), image);
}

TEST(TiffWrite, PutsExifWhereLibtiffFindsIt) {
  const TempFolder folder;
  TIFFSetWarningHandler(nullptr);
  for (const bool is_big : {false, true}) {
    auto image = make_image(9, 7, 3, 8);
    image.metadata.exif = tests::make_exif(is_big, 1);
    const auto path = folder / (is_big ? "b.tif" : "l.tif");
    write_image(path, image);
    TIFF* tiff = TIFFOpen(path.c_str(), "r");
    ASSERT_NE(tiff, nullptr);
    char* make = nullptr;
    ASSERT_EQ(TIFFGetField(tiff, TIFFTAG_MAKE, &make), 1);
    EXPECT_STREQ(make, "Kamerawk");
    toff_t offset = 0;
    ASSERT_EQ(TIFFGetField(tiff, TIFFTAG_EXIFIFD, &offset), 1);
    ASSERT_EQ(TIFFReadEXIFDirectory(tiff, offset), 1);
    char* lens = nullptr;
    ASSERT_EQ(TIFFGetField(tiff, EXIFTAG_LENSMODEL, &lens), 1);
    EXPECT_STREQ(lens, "Lens 35mm");
    std::uint32_t height = 0;  // the width is a SHORT, which EXIF allows and libtiff does not read
    ASSERT_EQ(TIFFGetField(tiff, EXIFTAG_PIXELYDIMENSION, &height), 1);
    EXPECT_EQ(height, 7u);
    TIFFClose(tiff);
  }
}

TEST(TiffWrite, TakesBigTiffOnlyWhereItMust) {
  Image image;
  image.width = image.height = 20000;
  image.channels = 3;
  EXPECT_FALSE(needs_big_tiff(image));
  image.channels = 4;
  image.bit_depth = 16;
  image.width = image.height = 30000;
  EXPECT_TRUE(needs_big_tiff(image));
}

}  // namespace
}  // namespace vcisr::media
