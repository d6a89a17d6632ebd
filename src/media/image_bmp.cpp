// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "media/image_codec.h"
#include "media/image_opencv.h"
#include "vcisr/core/error.h"

namespace vcisr::media {
namespace {

constexpr std::size_t kFileHeaderBytes = 14;
/// OpenCV's own limit for a side.
constexpr std::int64_t kMaxSidePx = std::int64_t{1} << 20;

enum Compression : std::uint32_t {
  kRgb = 0,
  kRle8 = 1,
  kRle4 = 2,
  kBitFields = 3,
  kJpeg = 4,
  kPng = 5
};

[[noreturn]] void fail_truncated(const std::string& name) {
  throw InputError(name + ": is a truncated BMP file: its end is missing");
}

}  // namespace

DecodedImage decode_bmp(ByteSpan bytes, const std::string& name) {
  constexpr std::size_t kCoreHeaderBytes = 12;
  constexpr std::size_t kInfoHeaderBytes = 40;
  if (bytes.size() < kFileHeaderBytes + kCoreHeaderBytes) fail_truncated(name);
  const std::size_t header = load_u32_le(bytes, kFileHeaderBytes);
  const bool is_core = header == kCoreHeaderBytes;
  if (!is_core && header < kInfoHeaderBytes) {
    throw InputError(name + ": is a damaged BMP file: its header has a wrong size");
  }
  if (bytes.size() < kFileHeaderBytes + header) fail_truncated(name);
  const auto i32 = [&bytes](std::size_t at) {
    return std::int64_t{static_cast<std::int32_t>(load_u32_le(bytes, at))};
  };
  const std::int64_t width = is_core ? std::int64_t{load_u16_le(bytes, 18)} : i32(18);
  // Negative where the rows run from top to bottom.
  const std::int64_t height = is_core ? std::int64_t{load_u16_le(bytes, 20)} : std::abs(i32(22));
  const std::int64_t bits = load_u16_le(bytes, is_core ? 24 : 28);
  const std::uint32_t compression = is_core ? kRgb : load_u32_le(bytes, 30);
  if (width <= 0) throw InputError(name + ": is a damaged BMP file: its width is not positive");
  check_image_size(static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height), name);
  if (width > kMaxSidePx || height > kMaxSidePx) {
    throw InputError(name + ": is a BMP file with a side of more than " +
                     std::to_string(kMaxSidePx) + " pixels, convert it to PNG");
  }
  const std::size_t offset = load_u32_le(bytes, 10);
  const auto row_bytes = static_cast<std::size_t>((width * bits + 31) / 32 * 4);
  if (compression == kRgb || compression == kBitFields) {
    if (offset > bytes.size() ||
        bytes.size() - offset < row_bytes * static_cast<std::size_t>(height)) {
      fail_truncated(name);
    }
  } else if (compression == kRle8 || compression == kRle4) {
    if (load_u32_le(bytes, 2) > bytes.size()) fail_truncated(name);
  } else {
    throw InputError(name + ": is a BMP file of a compression that is not read, convert it to PNG");
  }
  return {decode_with_opencv(bytes, width, height, name), 1};
}

}  // namespace vcisr::media
