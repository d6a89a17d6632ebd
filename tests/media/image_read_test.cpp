// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image_fixtures.h"
#include "media/image_codec.h"
#include "support/temp_folder.h"

namespace vcisr::media {
namespace {

using tests::make_image;
using tests::TempFolder;

TEST(ImageRead, SaysWhatIsWrongInOneSentenceWithThePath) {
  const TempFolder folder;
  const auto error_of = [&folder](const std::string& name, std::string_view content) {
    tests::save(folder / name, tests::to_bytes(content));
    const auto message = tests::read_error(folder / name);
    EXPECT_EQ(message.find((folder / name).string() + ": "), 0u) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    return message;
  };
  EXPECT_NE(error_of("empty.png", "").find("is empty (0 bytes)"), std::string::npos);
  EXPECT_NE(error_of("text.png", "just text").find("is not a picture"), std::string::npos);
  EXPECT_NE(error_of("a.gif", "GIF89a").find("is a picture of kind GIF"), std::string::npos);
  EXPECT_NE(error_of("p.png", "\x89PNG\r\n\x1A\n").find("truncated PNG"), std::string::npos);
  EXPECT_NE(error_of("j.jpg", "\xFF\xD8\xFF").find("truncated JPEG"), std::string::npos);
  EXPECT_NE(error_of("t.tif", std::string_view("II*\0", 4)).find("TIFF"), std::string::npos);
  EXPECT_NE(error_of("b.bmp", "BM").find("truncated BMP"), std::string::npos);
  EXPECT_NE(error_of("w.webp", "RIFF\xFF\xFF\xFF\x01WEBP").find("truncated WebP"),
            std::string::npos);
  EXPECT_NE(error_of("w.webp", std::string_view("RIFF\x04\0\0\0WEBP", 12)).find("no picture"),
            std::string::npos);
  EXPECT_NE(tests::read_error(folder / "missing.png").find("cannot be opened: No such file"),
            std::string::npos);
  EXPECT_NE(tests::read_error(folder.path()).find("is a folder"), std::string::npos);
}

TEST(ImageRead, TellsTheKindFromTheContent) {
  const TempFolder folder;
  const auto image = make_image(9, 7, 3, 8);
  for (const char* extension : {".png", ".tif", ".webp"}) {
    const auto honest = folder / (std::string("a") + extension);
    write_image(honest, image, {.lossless_webp = true});
    std::filesystem::rename(honest, folder / "lie.jpg");
    tests::expect_same_picture(read_image(folder / "lie.jpg"), image);
  }
  EXPECT_EQ(kind_of_content(tests::to_bytes("RIFF1234WAVE")), std::nullopt);
}

TEST(ImageRead, TakesAnyPath) {
  const TempFolder folder;
  const auto image = make_image(9, 7, 3, 8);
  for (const char* name : {"with space.png", "-leading-dash.png", "Größe 画像.png", "UPPER.PNG",
                           "semi;colon&%05d.png", ".hidden.png", "no extension.x.png"}) {
    write_image(folder / name, image);
    tests::expect_same_picture(read_image(folder / name), image);
  }
}

TEST(ImageRead, HasOneLimitForAllKinds) {
  EXPECT_NO_THROW(check_image_size(32768, 32768, "a"));
  EXPECT_THROW(check_image_size(32768, 32769, "a"), InputError);
  EXPECT_THROW(check_image_size(~std::uint64_t{0}, ~std::uint64_t{0}, "a"), InputError);
  EXPECT_THROW(check_image_size(0, 1, "a"), InputError);
}

TEST(ImageRead, ReadsPicturesOf8kAndMore) {
  const TempFolder folder;
  Image image;
  allocate_image(image, 17000, 8000, 1, 8);  // 136 million pixels
  for (std::size_t i = 0; i < image.samples.size(); i += 4099) image.samples[i] = 200;
  const auto path = folder / "large.png";
  write_image(path, image, {.png_compression = 1});
  tests::expect_same_picture(read_image(path), image);
}

TEST(ImageRead, KnowsExtensionsOfAnyCase) {
  for (const char* name :
       {"a.png", "a.PNG", "a.Jpg", "a.jpeg", "a.WEBP", "a.tif", "a.TIFF", "a.bmp", "-x y.b.JPG"}) {
    EXPECT_TRUE(has_image_extension(name)) << name;
  }
  for (const char* name : {"a", "png", ".png", "a.png.mp4", "a.gif", "a.jpgx", ""}) {
    EXPECT_FALSE(has_image_extension(name)) << name;
  }
}

}  // namespace
}  // namespace vcisr::media
