// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cctype>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "media/image_codec.h"
#include "media/image_exif.h"
#include "media/image_metadata.h"
#include "vcisr/core/error.h"
#include "vcisr/core/file.h"
#include "vcisr/media/image.h"

namespace vcisr::media {
namespace {

/// Kinds that are recognised so that the sentence can name them.
std::string_view foreign_kind(ByteSpan bytes) {
  if (has_text(bytes, 0, "GIF8")) return "GIF";
  if (has_text(bytes, 4, "ftypavif") || has_text(bytes, 4, "ftypavis")) return "AVIF";
  if (has_text(bytes, 4, "ftyphei") || has_text(bytes, 4, "ftypmif1")) return "HEIF";
  if (has_text(bytes, 0, "\xFF\x0A") || has_text(bytes, 4, "JXL \r\n")) return "JPEG XL";
  if (has_text(bytes, 4, "jP  \r\n")) return "JPEG 2000";
  if (has_text(bytes, 0, "\x76\x2F\x31\x01")) return "OpenEXR";
  if (has_text(bytes, 0, "8BPS")) return "Photoshop";
  return "";
}

DecodedImage decode(ImageKind kind, ByteSpan bytes, const std::string& name) {
  switch (kind) {
    case ImageKind::kPng:
      return decode_png(bytes, name);
    case ImageKind::kJpeg:
      return decode_jpeg(bytes, name);
    case ImageKind::kWebp:
      return decode_webp(bytes, name);
    case ImageKind::kTiff:
      return decode_tiff(bytes, name);
    case ImageKind::kBmp:
      break;
  }
  return decode_bmp(bytes, name);
}

}  // namespace

std::optional<ImageKind> kind_of_content(ByteSpan bytes) {
  if (has_text(bytes, 0, "\x89PNG\r\n\x1A\n")) return ImageKind::kPng;
  if (has_text(bytes, 0, "\xFF\xD8\xFF")) return ImageKind::kJpeg;
  if (has_text(bytes, 0, "RIFF") && has_text(bytes, 8, "WEBP")) return ImageKind::kWebp;
  for (const std::string_view magic :
       {std::string_view("II*\0", 4), std::string_view("MM\0*", 4), std::string_view("II+\0", 4),
        std::string_view("MM\0+", 4)}) {
    if (has_text(bytes, 0, magic)) return ImageKind::kTiff;
  }
  if (has_text(bytes, 0, "BM")) return ImageKind::kBmp;
  return std::nullopt;
}

void check_image_size(std::uint64_t width, std::uint64_t height, const std::string& name) {
  if (width == 0 || height == 0) {
    throw InputError(name + ": is a damaged picture: its size is " + std::to_string(width) + "x" +
                     std::to_string(height));
  }
  if (width > static_cast<std::uint64_t>(kMaxImagePixels) / height) {
    throw InputError(name + ": is too large: " + std::to_string(width) + "x" +
                     std::to_string(height) + " pixels, at most " +
                     std::to_string(kMaxImagePixels) + " are read");
  }
}

void allocate_image(Image& image, std::int64_t width, std::int64_t height, int channels,
                    int bit_depth) {
  image.width = width;
  image.height = height;
  image.channels = channels;
  image.bit_depth = bit_depth;
  image.samples.assign(static_cast<std::size_t>(width * height * channels * (bit_depth / 8)), 0);
}

Image decode_image(std::span<const std::uint8_t> bytes, const std::string& name) {
  try {
    if (bytes.empty()) throw InputError(name + ": is empty (0 bytes), a picture was expected");
    const auto kind = kind_of_content(bytes);
    if (!kind) {
      const auto foreign = foreign_kind(bytes);
      throw InputError(name + (foreign.empty() ? ": is not a picture" : ": is a picture of kind ") +
                       std::string(foreign) + "; PNG, JPEG, WebP, TIFF and BMP are read");
    }
    auto decoded = decode(*kind, bytes, name);
    apply_orientation(decoded.image, decoded.orientation);
    auto& metadata = decoded.image.metadata;
    reset_exif_orientation(metadata.exif);
    if (decoded.orientation != 1) reset_xmp_orientation(metadata.xmp);
    return std::move(decoded.image);
  } catch (const std::bad_alloc&) {
    throw InputError(name + ": does not fit into memory");
  }
}

Image read_image(const std::filesystem::path& path) {
  std::vector<std::uint8_t> bytes;
  try {
    bytes = read_file(path);
  } catch (const std::bad_alloc&) {
    throw InputError(path.string() + ": does not fit into memory");
  }
  return decode_image(bytes, path.string());
}

bool has_image_extension(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 10> kExtensions = {
      ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".tif", ".tiff", ".bmp", ".dib"};
  auto extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

}  // namespace vcisr::media
