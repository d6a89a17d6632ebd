// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>

#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>
#include <tiffio.h>

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
  return tests::message_of<InputError>([bytes] { (void)decode_tiff(bytes, "cut.tif"); });
}

/// A TIFF of any form, written by libtiff from rows of packed samples.
struct TiffForm {
  int width = 5;
  int height = 3;
  int bits = 8;
  int channels = 3;
  int photometric = PHOTOMETRIC_RGB;
  int compression = COMPRESSION_NONE;
  int format = SAMPLEFORMAT_UINT;
  int orientation = 0;
  bool is_planar = false;
  int tile = 0;
  std::vector<std::uint16_t> extra;
  std::vector<std::uint16_t> palette;  ///< Reds, greens, blues.
  const char* mode = "w";
  int pages = 1;

  [[nodiscard]] int sample(int x, int y, int c) const {
    return (x * 31 + y * 47 + c * 85 + x * y * 1777) & ((1 << bits) - 1);
  }
  /// `columns` samples of one row; beyond the picture, zeros.
  [[nodiscard]] Bytes row(int y, int x0, int columns, int plane) const {
    Bytes out;
    std::uint32_t buffer = 0;
    int filled = 0;
    for (int x = x0; x < x0 + columns; ++x) {
      for (int c = std::max(plane, 0); c < (plane < 0 ? channels : plane + 1); ++c) {
        const int value = x < width && y < height ? sample(x, y, c) : 0;
        if (bits == 16) {
          const auto wide = static_cast<std::uint16_t>(value);
          const auto* bytes = reinterpret_cast<const std::uint8_t*>(&wide);
          out.insert(out.end(), bytes, bytes + 2);
          continue;
        }
        buffer = buffer << bits | static_cast<std::uint32_t>(value);
        for (filled += bits; filled >= 8; filled -= 8) {
          out.push_back(static_cast<std::uint8_t>(buffer >> (filled - 8)));
        }
      }
    }
    if (filled > 0) out.push_back(static_cast<std::uint8_t>(buffer << (8 - filled)));
    return out;
  }
  void write_page(TIFF* tiff) const {
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, height);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, bits);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, channels);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, photometric);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, compression);
    TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, format);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG,
                 is_planar ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
    if (orientation != 0) TIFFSetField(tiff, TIFFTAG_ORIENTATION, orientation);
    if (!extra.empty()) {
      TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, static_cast<int>(extra.size()), extra.data());
    }
    if (!palette.empty()) {
      const std::size_t size = std::size_t{1} << bits;
      TIFFSetField(tiff, TIFFTAG_COLORMAP, palette.data(), palette.data() + size,
                   palette.data() + 2 * size);
    }
    const int planes = is_planar ? channels : 1;
    if (tile > 0) {
      TIFFSetField(tiff, TIFFTAG_TILEWIDTH, tile);
      TIFFSetField(tiff, TIFFTAG_TILELENGTH, tile);
    } else {
      TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 2);
    }
    for (int p = 0; p < planes; ++p) {
      const int plane = is_planar ? p : -1;
      for (int y = 0; tile == 0 && y < height; ++y) {
        auto bytes = row(y, 0, width, plane);
        EXPECT_EQ(TIFFWriteScanline(tiff, bytes.data(), static_cast<std::uint32_t>(y),
                                    static_cast<std::uint16_t>(p)),
                  1);
      }
      for (int y0 = 0; tile > 0 && y0 < height; y0 += tile) {
        for (int x0 = 0; x0 < width; x0 += tile) {
          Bytes bytes;
          for (int y = y0; y < y0 + tile; ++y) append(bytes, row(y, x0, tile, plane));
          EXPECT_GT(TIFFWriteTile(tiff, bytes.data(), static_cast<std::uint32_t>(x0),
                                  static_cast<std::uint32_t>(y0), 0, static_cast<std::uint16_t>(p)),
                    0);
        }
      }
    }
  }
  void write(const std::filesystem::path& path) const {
    TIFF* tiff = TIFFOpen(path.c_str(), mode);
    ASSERT_NE(tiff, nullptr);
    for (int page = 0; page < pages; ++page) {
      write_page(tiff);
      TIFFWriteDirectory(tiff);
    }
    TIFFClose(tiff);
  }
};

void expect_samples(const Image& image, const TiffForm& form) {
  ASSERT_EQ(image.width, form.width);
  ASSERT_EQ(image.height, form.height);
  ASSERT_EQ(image.channels, form.channels);
  ASSERT_EQ(image.bit_depth, form.bits > 8 ? 16 : 8);
  const double max = form.bits > 8 ? 65535 : 255;
  const double file_max = (1 << form.bits) - 1;
  std::size_t index = 0;
  for (int y = 0; y < form.height; ++y) {
    for (int x = 0; x < form.width; ++x) {
      for (int c = 0; c < form.channels; ++c) {
        double value = form.sample(x, y, c);
        if (form.photometric == PHOTOMETRIC_MINISWHITE && c == 0) value = file_max - value;
        ASSERT_EQ(tests::sample_at(image, index++),
                  static_cast<std::uint32_t>(value * max / file_max + 0.5));
      }
    }
  }
}

Image read(const TempFolder& folder, const TiffForm& form) {
  form.write(folder / "a.tif");
  return read_image(folder / "a.tif");
}

TEST(TiffRead, KeepsEverySampleOfEveryForm) {
  const TempFolder folder;
  for (const int bits : {1, 2, 4, 8, 10, 12, 16}) {
    for (const int channels : {1, 2, 3, 4}) {
      for (const bool is_planar : {false, true}) {
        for (const char* mode : {"wl", "wb", "w8"}) {
          TiffForm form;
          form.bits = bits;
          form.channels = channels;
          form.photometric = channels < 3 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB;
          if (channels % 2 == 0) form.extra = {EXTRASAMPLE_UNASSALPHA};
          form.is_planar = is_planar;
          form.mode = mode;
          form.compression = bits == 8 ? COMPRESSION_LZW : COMPRESSION_NONE;
          SCOPED_TRACE(std::to_string(bits) + " bits, " + std::to_string(channels) + " channels, " +
                       mode);
          expect_samples(read(folder, form), form);
        }
      }
    }
  }
}

TEST(TiffRead, ReadsTilesThatStickOut) {
  const TempFolder folder;
  for (const int bits : {1, 8, 16}) {
    for (const bool is_planar : {false, true}) {
      TiffForm form;
      form.width = 37;
      form.height = 21;
      form.tile = 16;
      form.bits = bits;
      form.is_planar = is_planar;
      form.compression = COMPRESSION_ADOBE_DEFLATE;
      expect_samples(read(folder, form), form);
    }
  }
}

TEST(TiffRead, TurnsWhiteIsZeroRound) {
  const TempFolder folder;
  TiffForm form;
  form.photometric = PHOTOMETRIC_MINISWHITE;
  form.channels = 1;
  form.bits = 4;
  expect_samples(read(folder, form), form);
}

TEST(TiffRead, ReadsPalettesOf16AndOf8Bits) {
  const TempFolder folder;
  for (const int factor : {257, 1}) {
    TiffForm form;
    form.photometric = PHOTOMETRIC_PALETTE;
    form.channels = 1;
    form.bits = 4;
    for (int i = 0; i < 48; ++i) {
      form.palette.push_back(static_cast<std::uint16_t>((i * 5 + 3) * factor));
    }
    const auto image = read(folder, form);
    ASSERT_EQ(image.channels, 3);
    std::size_t index = 0;
    for (int y = 0; y < form.height; ++y) {
      for (int x = 0; x < form.width; ++x) {
        for (int c = 0; c < 3; ++c) {
          EXPECT_EQ(image.samples[index++], (16 * c + form.sample(x, y, 0)) * 5 + 3);
        }
      }
    }
  }
}

TEST(TiffRead, UndoesPremultipliedAlpha) {
  const TempFolder folder;
  TiffForm form;
  form.channels = 4;
  form.extra = {EXTRASAMPLE_ASSOCALPHA};
  const auto image = read(folder, form);
  for (std::size_t i = 0; i < 15; ++i) {
    const int x = static_cast<int>(i) % 5;
    const int y = static_cast<int>(i) / 5;
    const double alpha = form.sample(x, y, 3);
    EXPECT_EQ(image.samples[4 * i + 3], alpha);
    const double straight = std::min(255.0, std::floor(form.sample(x, y, 0) * 255 / alpha + 0.5));
    if (alpha > 0) {
      EXPECT_NEAR(image.samples[4 * i], straight, 1);
    }
  }
}

TEST(TiffRead, TakesAnUntoldFourthChannelForAlphaAsOpencvWritesIt) {
  const TempFolder folder;
  cv::Mat mat(4, 6, CV_16UC4, cv::Scalar(1000, 2000, 3000, 40000));
  cv::imwrite((folder / "a.tif").string(), mat);
  const auto image = read_image(folder / "a.tif");
  ASSERT_EQ(image.channels, 4);
  EXPECT_EQ(tests::sample_at(image, 0), 3000u);
  EXPECT_EQ(tests::sample_at(image, 2), 1000u);
  EXPECT_EQ(tests::sample_at(image, 3), 40000u);
}

TEST(TiffRead, LeavesOutFurtherChannelsAndPagesWithAWarning) {
  const TempFolder folder;
  TiffForm form;
  form.channels = 5;
  form.extra = {EXTRASAMPLE_UNASSALPHA, EXTRASAMPLE_UNSPECIFIED};
  {
    const tests::ExpectedWarnings warnings;
    EXPECT_EQ(read(folder, form).channels, 4);
    EXPECT_EQ(warnings.messages().size(), 1u);
  }
  form = {};
  form.pages = 3;
  const tests::ExpectedWarnings warnings;
  expect_samples(read(folder, form), form);
  ASSERT_EQ(warnings.messages().size(), 1u);
  EXPECT_NE(warnings.messages()[0].find("several pages"), std::string::npos);
}

TEST(TiffRead, ReadsJpegAndYcbcrInside) {
  const TempFolder folder;
  for (const int compression : {COMPRESSION_JPEG, COMPRESSION_NONE}) {
    TIFF* tiff = TIFFOpen((folder / "a.tif").c_str(), "w");
    ASSERT_NE(tiff, nullptr);
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, 16);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, 16);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 3);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, compression);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_YCBCR);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 16);
    TIFFSetField(tiff, TIFFTAG_YCBCRSUBSAMPLING, 1, 1);
    if (compression == COMPRESSION_JPEG) {
      TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    }
    // JPEG takes RGB; the plain file the same red as Y, Cb, Cr.
    const Bytes color = compression == COMPRESSION_JPEG ? Bytes{200, 50, 30} : Bytes{93, 93, 205};
    for (std::uint32_t y = 0; y < 16; ++y) {
      Bytes row;
      for (int x = 0; x < 16; ++x) append(row, color);
      ASSERT_EQ(TIFFWriteScanline(tiff, row.data(), y, 0), 1);
    }
    TIFFClose(tiff);
    const auto image = read_image(folder / "a.tif");
    ASSERT_EQ(image.channels, 3);
    EXPECT_NEAR(image.samples[0], 200, 4);
    EXPECT_NEAR(image.samples[1], 50, 4);
    EXPECT_NEAR(image.samples[2], 30, 4);
  }
}

TEST(TiffRead, RefusesWhatItCannotReadAndSaysWhatToDo) {
  const TempFolder folder;
  const auto error_of = [&folder](const TiffForm& form) {
    form.write(folder / "odd.tif");
    return tests::read_error(folder / "odd.tif");
  };
  TiffForm cmyk;
  cmyk.channels = 4;
  cmyk.photometric = PHOTOMETRIC_SEPARATED;
  EXPECT_NE(error_of(cmyk).find("is a CMYK TIFF file, which is not read; convert it to RGB"),
            std::string::npos);
  TiffForm lab;
  lab.photometric = PHOTOMETRIC_CIELAB;
  EXPECT_NE(error_of(lab).find("convert it to RGB"), std::string::npos);
  TiffForm half;
  half.bits = 16;
  half.format = SAMPLEFORMAT_IEEEFP;
  EXPECT_NE(error_of(half).find("16-bit floating-point samples"), std::string::npos);
  // OpenCV writes LogLuv here.
  cv::imwrite((folder / "float.tif").string(), cv::Mat(3, 3, CV_32FC3, cv::Scalar(1, 0.5, 0)));
  EXPECT_NE(tests::read_error(folder / "float.tif").find("convert it to"), std::string::npos);
}

TEST(TiffRead, SaysThatAFileIsTruncatedWhereverItIsCut) {
  const TempFolder folder;
  for (const char* mode : {"wl", "wb"}) {
    TiffForm form;
    form.mode = mode;
    form.compression = COMPRESSION_LZW;
    form.write(folder / "a.tif");
    const auto whole = tests::load(folder / "a.tif");
    ::testing::internal::CaptureStderr();
    for (std::size_t size = 4; size < whole.size() - 4; ++size) {
      ASSERT_NE(decode_error(ByteSpan(whole).first(size)).find("cut.tif: is a "),
                std::string::npos);
    }
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  }
}

TEST(TiffRead, SurvivesFlippedBytes) {
  const TempFolder folder;
  const tests::ExpectedWarnings warnings;
  auto image = make_image(5, 4, 3, 16);
  image.metadata.exif = tests::make_exif(true, 1);
  image.metadata.icc = tests::make_icc("RGB ");
  write_image(folder / "a.tif", image);
  const auto whole = tests::load(folder / "a.tif");
  ::testing::internal::CaptureStderr();
  for (std::size_t i = 4; i < whole.size(); ++i) {
    for (const int value : {0x00, 0x01, 0xFF}) {
      auto flipped = whole;
      flipped[i] = static_cast<std::uint8_t>(value);
      try {
        (void)decode_tiff(flipped, "flipped.tif");
      } catch (const InputError&) {
        continue;
      }
    }
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(TiffRead, AppliesOrientationOnce) {
  const TempFolder folder;
  TiffForm upright;
  upright.write(folder / "a.tif");
  const auto expected = read_image(folder / "a.tif");
  for (int orientation = 1; orientation <= 8; ++orientation) {
    TiffForm form;
    form.orientation = orientation;
    const auto image = read(folder, form);
    EXPECT_EQ(image.width, orientation >= 5 ? 3 : 5);
    // Where the file's first sample goes: top left, top right, bottom right, bottom left, …
    const bool is_right = std::array{false, true, true, false, false, true, true, false}.at(
        static_cast<std::size_t>(orientation - 1));
    const bool is_bottom = std::array{false, false, true, true, false, false, true, true}.at(
        static_cast<std::size_t>(orientation - 1));
    const std::int64_t x = is_right ? image.width - 1 : 0;
    const std::int64_t y = is_bottom ? image.height - 1 : 0;
    EXPECT_EQ(image.samples[static_cast<std::size_t>(3 * (y * image.width + x) + 1)],
              expected.samples[1])
        << orientation;
  }
}

}  // namespace
}  // namespace vcisr::media
