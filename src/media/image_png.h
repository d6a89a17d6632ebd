// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "media/image_bytes.h"
#include "vcisr/media/image.h"

namespace vcisr::media {

inline constexpr std::array<std::uint8_t, 8> kPngSignature = {0x89, 'P',  'N',  'G',
                                                              '\r', '\n', 0x1A, '\n'};
/// Keyword of the iTXt chunk that holds XMP.
inline constexpr char kPngXmpKeyword[] = "XML:com.adobe.xmp";

/// PNG's fifth filter: the neighbour nearest to left + above - corner; in doubt left, then above.
inline std::uint8_t png_paeth(int left, int above, int corner) {
  const int to_left = std::abs(above - corner);
  const int to_above = std::abs(left - corner);
  const int to_corner = std::abs(left + above - 2 * corner);
  if (to_left <= to_above && to_left <= to_corner) return static_cast<std::uint8_t>(left);
  return static_cast<std::uint8_t>(to_above <= to_corner ? above : corner);
}

enum PngColorType : int {
  kPngGray = 0,
  kPngRgb = 2,
  kPngPalette = 3,
  kPngGrayAlpha = 4,
  kPngRgbAlpha = 6
};

struct PngHeader {
  std::int64_t width = 0;
  std::int64_t height = 0;
  int bit_depth = 8;
  int color_type = kPngRgb;
  bool is_interlaced = false;

  [[nodiscard]] int file_channels() const {
    constexpr std::array<int, 7> kChannels = {1, 0, 3, 1, 2, 0, 4};
    return kChannels[static_cast<std::size_t>(color_type)];
  }
  [[nodiscard]] std::size_t row_bytes(std::int64_t columns) const {
    const auto bits = static_cast<std::uint64_t>(columns) *
                      static_cast<std::uint64_t>(file_channels() * bit_depth);
    return static_cast<std::size_t>((bits + 7) / 8);
  }
};

/// The chunks of a file, in place.
struct PngChunks {
  PngHeader header;
  ByteSpan palette;
  ByteSpan transparency;
  std::vector<ByteSpan> data;
  ImageMetadata metadata;
};

/// Finds and checks all chunks. Errors  InputError.
[[nodiscard]] PngChunks parse_png_chunks(ByteSpan bytes, const std::string& name);

[[noreturn]] void fail_damaged_png(const std::string& name, const std::string& why);
[[noreturn]] void fail_truncated_png(const std::string& name);

}  // namespace vcisr::media
