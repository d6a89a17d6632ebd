// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image_fixtures.h"
#include "support/temp_folder.h"

namespace vcisr::media {
namespace {

using tests::make_exif;
using tests::make_icc;
using tests::make_image;
using tests::message_of;
using tests::TempFolder;

TEST(ImageWrite, ChoosesTheKindByExtensionOfAnyCase) {
  const TempFolder folder;
  const auto image = make_image(9, 7, 3, 8);
  const auto starts_with = [&](const std::string& name, std::string_view magic) {
    write_image(folder / name, image);
    return has_text(tests::load(folder / name), 0, magic);
  };
  EXPECT_TRUE(starts_with("a.png", "\x89PNG"));
  EXPECT_TRUE(starts_with("b.PNG", "\x89PNG"));
  EXPECT_TRUE(starts_with("c.JPEG", "\xFF\xD8"));
  EXPECT_TRUE(starts_with("d.jpg", "\xFF\xD8"));
  EXPECT_TRUE(starts_with("e.WebP", "RIFF"));
  EXPECT_TRUE(starts_with("f.Tiff", std::string_view("II*\0", 4)));
  EXPECT_TRUE(can_write_image("x.TIF"));
  EXPECT_FALSE(can_write_image("x.bmp"));
  EXPECT_FALSE(can_write_image("x"));
}

TEST(ImageWrite, NamesWhatItCanWrite) {
  const TempFolder folder;
  for (const char* name : {"a.bmp", "a.gif", "a"}) {
    const auto message =
        message_of<ConfigError>([&] { write_image(folder / name, make_image(2, 2, 3, 8)); });
    EXPECT_NE(message.find(".png, .jpg, .webp, .tif"), std::string::npos);
  }
  EXPECT_TRUE(folder.names().empty());
}

TEST(ImageWrite, NeverReplacesUnasked) {
  const TempFolder folder;
  tests::save(folder / "a.png", tests::to_bytes("mine"));
  const auto message =
      message_of<OutputError>([&] { write_image(folder / "a.png", make_image(2, 2, 3, 8)); });
  EXPECT_NE(message.find("exists already"), std::string::npos);
  EXPECT_TRUE(tests::load(folder / "a.png") == tests::to_bytes("mine"));
  write_image(folder / "a.png", make_image(2, 2, 3, 8),
              {.existing = AtomicFile::Existing::kReplace});
  EXPECT_EQ(read_image(folder / "a.png").width, 2);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"a.png"});
}

TEST(ImageWrite, LeavesNothingBehindWhereItCannotWrite) {
  const TempFolder folder;
  const auto image = make_image(2, 2, 3, 8);
  EXPECT_THROW(write_image(folder / "missing/a.png", image), OutputError);
  std::filesystem::create_directory(folder / "folder.png");
  EXPECT_NE(message_of<OutputError>([&] {
              write_image(folder / "folder.png", image);
            }).find("is a folder"),
            std::string::npos);
  EXPECT_THROW(write_image("/proc/vcisr-test.png", image), OutputError);
  if (::geteuid() != 0) {  // root may write anywhere
    std::filesystem::create_directory(folder / "locked");
    ::chmod((folder / "locked").c_str(), 0555);
    EXPECT_NE(message_of<OutputError>([&] {
                write_image(folder / "locked/a.png", image);
              }).find("Permission denied"),
              std::string::npos);
    ::chmod((folder / "locked").c_str(), 0755);
    std::filesystem::remove(folder / "locked");
  }
  EXPECT_EQ(folder.names(), std::vector<std::string>{"folder.png"});
}

TEST(ImageWrite, RefusesOptionsAndSamplesThatMakeNoSense) {
  const TempFolder folder;
  const auto image = make_image(2, 2, 3, 8);
  for (const int quality : {0, 101}) {
    EXPECT_NE(message_of<ConfigError>([&] {
                write_image(folder / "a.jpg", image, {.quality = quality});
              }).find("outside [1, 100]"),
              std::string::npos);
  }
  EXPECT_THROW(write_image(folder / "a.png", image, {.png_compression = 10}), ConfigError);
  auto broken = image;
  broken.samples.pop_back();
  EXPECT_THROW(write_image(folder / "a.png", broken), OutputError);
  broken = image;
  broken.channels = 5;
  EXPECT_THROW(write_image(folder / "a.png", broken), OutputError);
  broken = {};
  EXPECT_THROW(write_image(folder / "a.png", broken), OutputError);
  EXPECT_TRUE(folder.names().empty());
}

TEST(ImageWrite, RoundsSixteenBitsToEightWhereTheFormatHasNoMore) {
  const TempFolder folder;
  Image image = make_image(256, 1, 3, 16);
  for (std::size_t i = 0; i < 768; ++i) {
    // On both sides of the middle between two 8-bit values.
    const auto value = static_cast<std::uint16_t>(
        std::min<std::size_t>(65535, i / 3 * 257 + (i % 2 == 0 ? 128 : 129)));
    std::memcpy(image.samples.data() + 2 * i, &value, 2);
  }
  EXPECT_EQ(losses_when_written(folder / "a.webp", image).size(), 1u);
  EXPECT_EQ(losses_when_written(folder / "a.jpg", image).size(), 1u);
  EXPECT_TRUE(losses_when_written(folder / "a.png", image).empty());
  EXPECT_TRUE(losses_when_written(folder / "a.tif", image).empty());
  write_image(folder / "a.webp", image, {.lossless_webp = true});
  const auto back = read_image(folder / "a.webp");
  ASSERT_EQ(back.bit_depth, 8);
  for (std::size_t i = 0; i < 768; ++i) {
    EXPECT_EQ(back.samples[i], std::min<std::size_t>(255, i / 3 + (i % 2 == 0 ? 0 : 1)));
  }
}

TEST(ImageWrite, TellsLossesBeforehand) {
  auto image = make_image(2, 2, 3, 8);
  image.metadata.exif = make_exif(false, 1);
  const auto losses = losses_when_written("a.tif", image);
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_NE(losses[0].find("thumbnail"), std::string::npos);
  EXPECT_TRUE(losses_when_written("a.jpg", image).empty());
  EXPECT_THROW((void)losses_when_written("a.xyz", image), ConfigError);
}

TEST(ImageWrite, ChecksTheFormBeforeThereAreSamples) {
  Image form;
  form.width = 20000;
  form.height = 10;
  form.channels = 4;
  EXPECT_THROW(check_image_fits("a.jpg", form), ConfigError);
  EXPECT_THROW(check_image_fits("a.webp", form), OutputError);
  EXPECT_THROW(check_image_fits("a.xyz", form), ConfigError);
  EXPECT_NO_THROW(check_image_fits("a.png", form));
  EXPECT_NO_THROW(check_image_fits("a.tiff", form));
  form.channels = 3;
  form.width = 65501;
  EXPECT_THROW(check_image_fits("a.jpg", form), OutputError);
}

}  // namespace
}  // namespace vcisr::media
