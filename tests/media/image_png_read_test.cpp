// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>
#include <tuple>

#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>
#include <zlib.h>

#include "image_fixtures.h"
#include "media/image_codec.h"
#include "support/temp_folder.h"
#include "support/warnings_are_failures.h"

namespace vcisr::media {
namespace {

using tests::TempFolder;

/// From memory: thousands of small files would cost seconds.
std::string decode_error(ByteSpan bytes) {
  return tests::message_of<InputError>([bytes] { (void)decode_png(bytes, "cut.png"); });
}

void append_chunk(Bytes& out, std::string_view type, ByteSpan data) {
  append_u32_be(out, static_cast<std::uint32_t>(data.size()));
  Bytes body(type.begin(), type.end());
  append(body, data);
  append(out, body);
  append_u32_be(out,
                static_cast<std::uint32_t>(crc32(0, body.data(), static_cast<uInt>(body.size()))));
}

Bytes deflated(ByteSpan raw) {
  uLong size = compressBound(static_cast<uLong>(raw.size()));
  Bytes out(size);
  EXPECT_EQ(compress(out.data(), &size, raw.data(), static_cast<uLong>(raw.size())), Z_OK);
  out.resize(size);
  return out;
}

/// A PNG of any form, each sample given by a function of (x, y, channel).
struct PngForm {
  int width = 13;
  int height = 9;
  int depth = 8;
  int type = 2;
  bool is_interlaced = false;
  std::vector<std::pair<std::string, Bytes>> chunks;  ///< Between the header and the data.

  [[nodiscard]] int channels() const {
    return std::array{1, 0, 3, 1, 2, 0, 4}[static_cast<std::size_t>(type)];
  }
  [[nodiscard]] int sample(int x, int y, int c) const {
    return (x * 29 + y * 71 + c * 97 + x * y * depth * 1031) & ((1 << depth) - 1);
  }
  void append_rows(Bytes& raw, int x0, int y0, int dx, int dy) const {
    if (x0 >= width) return;
    for (int y = y0; y < height; y += dy) {
      raw.push_back(0);
      std::uint32_t bits = 0;
      int filled = 0;
      for (int x = x0; x < width; x += dx) {
        for (int c = 0; c < channels(); ++c) {
          bits = bits << depth | static_cast<std::uint32_t>(sample(x, y, c));
          for (filled += depth; filled >= 8; filled -= 8) {
            raw.push_back(static_cast<std::uint8_t>(bits >> (filled - 8)));
          }
        }
      }
      if (filled > 0) raw.push_back(static_cast<std::uint8_t>(bits << (8 - filled)));
    }
  }
  [[nodiscard]] Bytes build() const {
    Bytes out = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    Bytes header;
    append_u32_be(header, static_cast<std::uint32_t>(width));
    append_u32_be(header, static_cast<std::uint32_t>(height));
    header.insert(header.end(), {static_cast<std::uint8_t>(depth), static_cast<std::uint8_t>(type),
                                 0, 0, static_cast<std::uint8_t>(is_interlaced)});
    append_chunk(out, "IHDR", header);
    for (const auto& [name, data] : chunks) append_chunk(out, name, data);
    Bytes raw;
    if (is_interlaced) {
      for (const auto& [x0, y0, dx, dy] : {std::array{0, 0, 8, 8},
                                           {4, 0, 8, 8},
                                           {0, 4, 4, 8},
                                           {2, 0, 4, 4},
                                           {0, 2, 2, 4},
                                           {1, 0, 2, 2},
                                           {0, 1, 1, 2}}) {
        append_rows(raw, x0, y0, dx, dy);
      }
    } else {
      append_rows(raw, 0, 0, 1, 1);
    }
    const auto data = deflated(raw);
    // Two chunks, cut where it hurts.
    append_chunk(out, "IDAT", ByteSpan(data).first(1));
    append_chunk(out, "IDAT", ByteSpan(data).subspan(1));
    append_chunk(out, "IEND", {});
    return out;
  }
};

Image read(const TempFolder& folder, const Bytes& bytes) {
  tests::save(folder / "a.png", bytes);
  return read_image(folder / "a.png");
}

class PngForms : public ::testing::TestWithParam<std::tuple<int, int, bool>> {};

TEST_P(PngForms, KeepsEverySample) {
  const TempFolder folder;
  PngForm form;
  std::tie(form.type, form.depth, form.is_interlaced) = GetParam();
  Bytes palette;
  for (int i = 0; i < (1 << form.depth) * 3 && form.type == 3; ++i) {
    palette.push_back(static_cast<std::uint8_t>(i * 37));
  }
  if (form.type == 3) form.chunks.emplace_back("PLTE", palette);
  const auto image = read(folder, form.build());
  ASSERT_EQ(image.width, form.width);
  ASSERT_EQ(image.height, form.height);
  ASSERT_EQ(image.bit_depth, form.depth == 16 ? 16 : 8);
  ASSERT_EQ(image.channels, form.type == 3 ? 3 : form.channels());
  std::size_t index = 0;
  for (int y = 0; y < form.height; ++y) {
    for (int x = 0; x < form.width; ++x) {
      for (int c = 0; c < image.channels; ++c) {
        const int value = form.sample(x, y, form.type == 3 ? 0 : c);
        const int expected = form.type == 3    ? palette[static_cast<std::size_t>(3 * value + c)]
                             : form.depth == 1 ? value * 255
                             : form.depth == 2 ? value * 85
                             : form.depth == 4 ? value * 17
                                               : value;
        ASSERT_EQ(tests::sample_at(image, index++), static_cast<std::uint32_t>(expected))
            << x << "," << y;
      }
    }
  }
  // The builder itself, against an independent decoder.
  if (!tests::has_program("ffmpeg") || form.depth < 8 || form.type == 3) return;
  const auto pixel_format =
      std::array{"gray", "ya8", "rgb24", "rgba"}[static_cast<std::size_t>(image.channels - 1)];
  const auto wide_format = std::array{"gray16le", "ya16le", "rgb48le",
                                      "rgba64le"}[static_cast<std::size_t>(image.channels - 1)];
  const auto raw =
      tests::decode_with_ffmpeg(folder / "a.png", form.depth == 16 ? wide_format : pixel_format);
  EXPECT_EQ(raw, std::string(image.samples.begin(), image.samples.end()));
}

INSTANTIATE_TEST_SUITE_P(All, PngForms,
                         ::testing::Combine(::testing::Values(0), ::testing::Values(1, 2, 4, 8, 16),
                                            ::testing::Bool()));
INSTANTIATE_TEST_SUITE_P(Palette, PngForms,
                         ::testing::Combine(::testing::Values(3), ::testing::Values(1, 2, 4, 8),
                                            ::testing::Bool()));
INSTANTIATE_TEST_SUITE_P(Color, PngForms,
                         ::testing::Combine(::testing::Values(2, 4, 6), ::testing::Values(8, 16),
                                            ::testing::Bool()));

TEST(PngRead, GivesAlphaToAPaletteWithTransparency) {
  const TempFolder folder;
  PngForm form;
  form.type = 3;
  form.depth = 2;
  form.chunks = {{"PLTE", {10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120}}, {"tRNS", {0, 128}}};
  const auto image = read(folder, form.build());
  ASSERT_EQ(image.channels, 4);
  for (std::size_t i = 0; i < image.samples.size(); i += 4) {
    const int entry = (image.samples[i] - 10) / 30;
    EXPECT_EQ(image.samples[i + 3],
              (std::array{0, 128, 255, 255}[static_cast<std::size_t>(entry)]));
  }
}

TEST(PngRead, GivesAlphaToGrayAndColorWithATransparentValue) {
  const TempFolder folder;
  for (const int type : {0, 2}) {
    for (const int depth : {1, 4, 8, 16}) {
      if (type == 2 && depth < 8) continue;
      PngForm form;
      form.type = type;
      form.depth = depth;
      Bytes key;
      for (int c = 0; c < form.channels(); ++c) {
        append_u16_be(key, static_cast<std::uint32_t>(form.sample(3, 4, c)));
      }
      form.chunks = {{"tRNS", key}};
      const auto image = read(folder, form.build());
      ASSERT_EQ(image.channels, form.channels() + 1);
      for (int y = 0; y < form.height; ++y) {
        for (int x = 0; x < form.width; ++x) {
          bool is_key = true;
          for (int c = 0; c < form.channels(); ++c) {
            is_key = is_key && form.sample(x, y, c) == form.sample(3, 4, c);
          }
          const auto alpha = tests::sample_at(
              image, static_cast<std::size_t>((y * form.width + x + 1) * image.channels - 1));
          EXPECT_EQ(alpha, is_key ? 0u : depth == 16 ? 65535u : 255u);
        }
      }
    }
  }
}

TEST(PngRead, AgreesWithOpencvOnAllFilters) {
  const TempFolder folder;
  for (const int type : {CV_8UC1, CV_8UC3, CV_8UC4, CV_16UC1, CV_16UC3, CV_16UC4}) {
    cv::Mat mat(61, 47, type);
    for (int y = 0; y < mat.rows; ++y) {
      for (int x = 0; x < static_cast<int>(mat.cols * mat.elemSize()); ++x) {
        mat.ptr(y)[x] = static_cast<std::uint8_t>(y * y / 7 + x * 3 + (x * y) % 5);
      }
    }
    Bytes bytes;
    cv::imencode(".png", mat, bytes, {cv::IMWRITE_PNG_COMPRESSION, 6});
    const auto image = read(folder, bytes);
    ASSERT_EQ(image.channels, mat.channels());
    ASSERT_EQ(image.samples.size(), mat.total() * mat.elemSize());
    const std::size_t size = mat.elemSize1();
    const auto channels = static_cast<std::size_t>(mat.channels());
    bool is_equal = true;
    for (std::size_t i = 0; i < mat.total() * channels; ++i) {
      const std::size_t c = i % channels;
      const std::size_t swapped = channels >= 3 && c < 3 ? i - c + (2 - c) : i;
      is_equal = is_equal &&
                 std::memcmp(mat.data + i * size, image.samples.data() + swapped * size, size) == 0;
    }
    EXPECT_TRUE(is_equal) << "type " << type;
  }
}

TEST(PngRead, SaysThatAFileIsTruncatedWhereverItIsCut) {
  const auto whole = PngForm{}.build();
  for (std::size_t size = 8; size < whole.size(); ++size) {
    EXPECT_NE(decode_error(ByteSpan(whole).first(size)).find("cut.png: is a truncated PNG file"),
              std::string::npos);
  }
}

TEST(PngRead, RefusesFlippedBytesOfThePixels) {
  const auto whole = PngForm{}.build();
  for (std::size_t i = 8; i + 12 < whole.size(); ++i) {
    auto flipped = whole;
    flipped[i] ^= 0x55;
    EXPECT_FALSE(decode_error(flipped).empty()) << "byte " << i;
  }
}

TEST(PngRead, RefusesWhatNoPngHas) {
  const TempFolder folder;
  const auto error_of = [&folder](const PngForm& form) {
    tests::save(folder / "odd.png", form.build());
    return tests::read_error(folder / "odd.png");
  };
  PngForm no_palette;
  no_palette.type = 3;
  EXPECT_NE(error_of(no_palette).find("no palette"), std::string::npos);
  PngForm unknown;
  unknown.chunks = {{"QRST", {}}};
  EXPECT_NE(error_of(unknown).find("a chunk that is not known"), std::string::npos);
  PngForm short_rows;
  auto bytes = short_rows.build();
  bytes[23] = 20;  // height, with its checksum made to fit again
  const auto checksum = crc32(0, bytes.data() + 12, 17);
  for (int i = 0; i < 4; ++i) {
    bytes[static_cast<std::size_t>(29 + i)] = static_cast<std::uint8_t>(checksum >> (24 - 8 * i));
  }
  tests::save(folder / "odd.png", bytes);
  EXPECT_NE(tests::read_error(folder / "odd.png").find("too few rows"), std::string::npos);
}

TEST(PngRead, RefusesHugeSizesBeforeItAllocates) {
  const TempFolder folder;
  const auto error_of = [&folder](std::uint32_t width, std::uint32_t height) {
    Bytes bytes = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    Bytes header;
    append_u32_be(header, width);
    append_u32_be(header, height);
    header.insert(header.end(), {16, 6, 0, 0, 0});
    append_chunk(bytes, "IHDR", header);
    append_chunk(bytes, "IDAT", deflated(Bytes(100)));
    append_chunk(bytes, "IEND", {});
    tests::save(folder / "huge.png", bytes);
    return tests::read_error(folder / "huge.png");
  };
  EXPECT_NE(error_of(65536, 65536).find("is too large: 65536x65536 pixels"), std::string::npos);
  EXPECT_NE(error_of(0xFFFFFFFF, 0xFFFFFFFF).find("is too large"), std::string::npos);
  EXPECT_NE(error_of(32768, 32768).find("too few rows"), std::string::npos);
  EXPECT_NE(error_of(0, 5).find("its size is 0x5"), std::string::npos);
}

TEST(PngRead, LeavesOutDamagedMetadataWithAWarning) {
  const TempFolder folder;
  const auto plain = read(folder, PngForm{}.build());
  const std::vector<std::pair<std::string, Bytes>> damaged = {
      {"iCCP", tests::to_bytes("no end of name")},
      {"iCCP", tests::to_bytes(std::string_view("name\0\0not deflate", 17))},
      {"eXIf", tests::to_bytes("II*")},
      {"iTXt", tests::to_bytes(std::string_view("XML:com.adobe.xmp\0", 18))},
      {"iTXt", tests::to_bytes(std::string_view("XML:com.adobe.xmp\0\1\0\0\0junk", 26))}};
  for (const auto& chunk : damaged) {
    const tests::ExpectedWarnings warnings;
    PngForm form;
    form.chunks = {chunk};
    const auto image = read(folder, form.build());
    tests::expect_same_picture(image, plain);
    ASSERT_EQ(warnings.messages().size(), 1u) << chunk.first;
    EXPECT_NE(warnings.messages()[0].find("is damaged"), std::string::npos);
    EXPECT_NE(warnings.messages()[0].find("a.png"), std::string::npos);
  }
}

TEST(PngRead, LeavesOutAProfileThatInflatesWithoutEnd) {
  const TempFolder folder;
  Bytes profile = tests::to_bytes(std::string_view("bomb\0\0", 6));
  append(profile, deflated(Bytes(std::size_t{70} << 20)));
  PngForm form;
  form.chunks = {{"iCCP", profile}};
  const tests::ExpectedWarnings warnings;
  EXPECT_TRUE(read(folder, form.build()).metadata.icc.empty());
  EXPECT_EQ(warnings.messages().size(), 1u);
}

TEST(PngRead, SaysThatAnAnimationBecomesAStill) {
  const TempFolder folder;
  PngForm form;
  form.chunks = {{"acTL", Bytes(8)}};
  const tests::ExpectedWarnings warnings;
  (void)read(folder, form.build());
  ASSERT_EQ(warnings.messages().size(), 1u);
  EXPECT_NE(warnings.messages()[0].find("animated PNG"), std::string::npos);
}

TEST(PngRead, ReadsCompressedXmp) {
  const TempFolder folder;
  const auto xmp = tests::make_xmp(1);
  Bytes text = tests::to_bytes(std::string_view("XML:com.adobe.xmp\0\1\0en\0word\0", 28));
  append(text, deflated(xmp));
  PngForm form;
  form.chunks = {{"iTXt", text}};
  EXPECT_TRUE(read(folder, form.build()).metadata.xmp == xmp);
}

}  // namespace
}  // namespace vcisr::media
