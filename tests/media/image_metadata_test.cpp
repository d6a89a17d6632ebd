// SPDX-License-Identifier: Apache-2.0
#include "media/image_metadata.h"

#include <string>

#include <gtest/gtest.h>

#include "image_fixtures.h"
#include "media/image_exif.h"
#include "support/temp_folder.h"
#include "support/warnings_are_failures.h"

namespace vcisr::media {
namespace {

using tests::make_exif;
using tests::make_icc;
using tests::make_image;
using tests::make_xmp;
using tests::TempFolder;

const char* const kExtensions[] = {".png", ".jpg", ".webp", ".tif"};

class MetadataInEveryKind : public ::testing::TestWithParam<const char*> {};

TEST_P(MetadataInEveryKind, ComesBack) {
  const TempFolder folder;
  const std::string extension = GetParam();
  for (const bool is_big : {false, true}) {
    auto image = make_image(20, 10, 3, 8);
    image.metadata = {make_icc("RGB ", 1001), make_exif(is_big, 1), make_xmp(1)};
    const auto path = folder / ((is_big ? "big" : "little") + extension);
    write_image(path, image);
    const auto back = read_image(path);
    EXPECT_TRUE(back.metadata.icc == image.metadata.icc);
    EXPECT_TRUE(back.metadata.xmp == image.metadata.xmp);
    EXPECT_TRUE(tests::has_lens(back.metadata.exif));
    auto expected = image.metadata.exif;
    set_exif_size(expected, 20, 10);
    if (extension == ".tif") {
      // Resolution tags of the file may have joined it.
      const auto content = extract_exif(back.metadata.exif);
      ASSERT_TRUE(content);
      EXPECT_GE(content->entries.size(), extract_exif(expected)->entries.size());
    } else {
      EXPECT_TRUE(back.metadata.exif == expected);
    }
    if (tests::has_program("ffmpeg")) (void)tests::decode_with_ffmpeg(path, "rgb24");
  }
}

TEST_P(MetadataInEveryKind, IsAppliedAndResetOnceWhereItIsTheOrientation) {
  const TempFolder folder;
  const std::string extension = GetParam();
  if (extension == ".tif") return;  // has a tag of its own, see the TIFF tests
  for (const bool is_big : {false, true}) {
    for (int orientation = 1; orientation <= 8; ++orientation) {
      // write_image resets the orientation, so it is put back into the file's bytes.
      auto image = make_image(24, 16, 3, 8);
      image.metadata = {{}, make_exif(is_big, 1), make_xmp(orientation)};
      set_exif_size(image.metadata.exif, 24, 16);
      const auto path = folder / ("turned" + extension);
      write_image(path, image, {.lossless_webp = true, .existing = AtomicFile::Existing::kReplace});
      const auto upright = read_image(path);
      auto bytes = tests::load(path);
      const auto at = std::search(bytes.begin(), bytes.end(), image.metadata.exif.begin(),
                                  image.metadata.exif.end());
      ASSERT_NE(at, bytes.end());
      *(at + 22 + 8 + (is_big ? 1 : 0)) = static_cast<std::uint8_t>(orientation);
      if (extension == ".png") {
        // PNG has a checksum; the chunk is replaced by one that is built anew.
        tests::fix_png_checksums(bytes);
      }
      tests::save(path, bytes);
      const auto image_read = read_image(path);
      EXPECT_EQ(image_read.width, orientation >= 5 ? 16 : 24);
      EXPECT_EQ(exif_orientation(image_read.metadata.exif), 1);
      EXPECT_TRUE(image_read.metadata.exif == image.metadata.exif) << "nothing else changed";
      EXPECT_TRUE(image_read.metadata.xmp == make_xmp(1));
      // The file's first pixel, wherever it now lies.
      const bool is_right =
          orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
      const bool is_bottom =
          orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
      const std::int64_t x = is_right ? image_read.width - 1 : 0;
      const std::int64_t y = is_bottom ? image_read.height - 1 : 0;
      const auto first = static_cast<std::size_t>(3 * (y * image_read.width + x));
      for (std::size_t c = 0; c < 3; ++c) {
        EXPECT_EQ(image_read.samples[first + c], upright.samples[c]) << orientation;
      }
      // Written and read again, it is not turned again.
      const auto again_path = folder / ("again" + extension);
      write_image(again_path, image_read, {.existing = AtomicFile::Existing::kReplace});
      EXPECT_EQ(read_image(again_path).width, image_read.width);
    }
  }
}

TEST_P(MetadataInEveryKind, LeavesOutProfilesOfOtherColors) {
  const TempFolder folder;
  const std::string extension = GetParam();
  int index = 0;
  for (const int channels : {1, 3}) {
    for (const char* space : {"RGB ", "GRAY", "CMYK", "Lab "}) {
      auto image = make_image(8, 8, channels, 8);
      image.metadata.icc = make_icc(space);
      const auto path = folder / (std::to_string(index++) + extension);
      write_image(path, image);
      const bool is_stored_gray = channels == 1 && extension != ".webp";
      const bool fits = std::string(space) == (is_stored_gray ? "GRAY" : "RGB ");
      EXPECT_EQ(read_image(path).metadata.icc.empty(), !fits) << space << channels << extension;
      EXPECT_EQ(losses_when_written(path, image).empty(), fits);
    }
  }
}

TEST_P(MetadataInEveryKind, GetsTheSizeThatIsWritten) {
  const TempFolder folder;
  auto image = make_image(30, 20, 3, 8);
  image.metadata.exif = make_exif(false, 1);
  write_image(folder / (std::string("a") + GetParam()), image);
  const auto content =
      extract_exif(read_image(folder / (std::string("a") + GetParam())).metadata.exif);
  ASSERT_TRUE(content);
  for (const auto& entry : content->entries) {
    if (entry.tag != 0x8769) continue;
    ASSERT_EQ(entry.directory.size(), 3u);
    EXPECT_EQ(load_u16_le(entry.directory[0].value, 0), 30u);
    EXPECT_EQ(load_u32_le(entry.directory[1].value, 0), 20u);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, MetadataInEveryKind, ::testing::ValuesIn(kExtensions));

TEST(Metadata, TravelsFromEachKindToEachOther) {
  const TempFolder folder;
  for (const char* from : kExtensions) {
    for (const char* to : kExtensions) {
      auto image = make_image(20, 10, 3, 8);
      image.metadata = {make_icc("RGB ", 70000), make_exif(true, 1), make_xmp(1)};
      const auto first = folder / (std::string(from + 1) + "_" + (to + 1) + from);
      const auto second = folder / (std::string(from + 1) + "_" + (to + 1) + "_out" + to);
      write_image(first, image);
      write_image(second, read_image(first));
      const auto back = read_image(second);
      EXPECT_TRUE(back.metadata.icc == image.metadata.icc);
      EXPECT_TRUE(back.metadata.xmp == image.metadata.xmp);
      EXPECT_TRUE(tests::has_lens(back.metadata.exif)) << from << " to " << to;
    }
  }
}

TEST(Metadata, TooLargeForJpegIsLeftOutAndSaid) {
  const TempFolder folder;
  auto image = make_image(8, 8, 3, 8);
  image.metadata.exif = make_exif(false, 1);
  image.metadata.exif.resize(65528);
  image.metadata.xmp = make_xmp(1);
  image.metadata.xmp.resize(65505, ' ');
  EXPECT_EQ(losses_when_written(folder / "a.jpg", image).size(), 2u);
  EXPECT_EQ(losses_when_written(folder / "a.png", image).size(), 0u);
  write_image(folder / "a.jpg", image);
  auto back = read_image(folder / "a.jpg");
  EXPECT_TRUE(back.metadata.exif.empty());
  EXPECT_TRUE(back.metadata.xmp.empty());
  image.metadata.exif.resize(65527);
  image.metadata.xmp.resize(65504, ' ');
  EXPECT_TRUE(losses_when_written(folder / "b.jpg", image).empty());
  write_image(folder / "b.jpg", image);
  back = read_image(folder / "b.jpg");
  EXPECT_EQ(back.metadata.exif.size(), 65527u);
  EXPECT_EQ(back.metadata.xmp.size(), 65504u);
}

TEST(Metadata, ProfilesAreCheckedByTheirHeader) {
  EXPECT_TRUE(icc_fits(make_icc("RGB "), ColorModel::kRgb));
  EXPECT_FALSE(icc_fits(make_icc("RGB "), ColorModel::kGray));
  auto cut = make_icc("RGB ", 300);
  cut.resize(299);
  EXPECT_FALSE(is_icc_profile(cut));
  EXPECT_FALSE(is_icc_profile(Bytes(200)));
  EXPECT_FALSE(is_icc_profile({}));
}

TEST(Metadata, XmpOrientationIsResetAsAttributeAndAsElement) {
  const auto reset = [](std::string_view text) {
    auto xmp = tests::to_bytes(text);
    reset_xmp_orientation(xmp);
    return std::string(xmp.begin(), xmp.end());
  };
  EXPECT_EQ(reset("<a tiff:Orientation=\"6\" b='6'/>"), "<a tiff:Orientation=\"1\" b='6'/>");
  EXPECT_EQ(reset("<a tiff:Orientation = '8'/>"), "<a tiff:Orientation = '1'/>");
  EXPECT_EQ(reset("<tiff:Orientation>3</tiff:Orientation>5"),
            "<tiff:Orientation>1</tiff:Orientation>5");
  EXPECT_EQ(reset("tiff:Orientation"), "tiff:Orientation");
  EXPECT_EQ(reset(""), "");
}

}  // namespace
}  // namespace vcisr::media
