// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

#include "media/image_codec.h"
#include "media/image_exif.h"
#include "media/image_metadata.h"
#include "vcisr/core/error.h"
#include "vcisr/media/image.h"

namespace vcisr::media {
namespace {

const char* kind_name(ImageKind kind) {
  switch (kind) {
    case ImageKind::kPng:
      return "PNG";
    case ImageKind::kJpeg:
      return "JPEG";
    case ImageKind::kWebp:
      return "WebP";
    case ImageKind::kTiff:
      return "TIFF";
    case ImageKind::kBmp:
      break;
  }
  return "BMP";
}

ImageKind require_kind(const std::filesystem::path& path) {
  const auto kind = kind_to_write(path);
  if (!kind) {
    throw ConfigError(path.string() + ": pictures are not written with the extension '" +
                      path.extension().string() + "' (allowed: .png, .jpg, .webp, .tif)");
  }
  return *kind;
}

std::int64_t max_side_px(ImageKind kind) {
  switch (kind) {
    case ImageKind::kJpeg:
      return 65500;  // libjpeg's limit
    case ImageKind::kWebp:
      return 16383;
    default:
      return std::numeric_limits<std::int32_t>::max();
  }
}

bool is_8_bit_only(ImageKind kind) { return kind == ImageKind::kJpeg || kind == ImageKind::kWebp; }

ColorModel stored_model(ImageKind kind, const Image& image) {
  // WebP knows no grey.
  return image.is_gray() && kind != ImageKind::kWebp ? ColorModel::kGray : ColorModel::kRgb;
}

bool icc_goes(ImageKind kind, const Image& image) {
  return icc_fits(image.metadata.icc, stored_model(kind, image)) &&
         (kind != ImageKind::kJpeg || image.metadata.icc.size() <= kMaxJpegIccBytes);
}
bool exif_goes(ImageKind kind, const Image& image) {
  if (kind == ImageKind::kTiff && needs_big_tiff(image)) return false;
  return kind != ImageKind::kJpeg || image.metadata.exif.size() <= kMaxJpegExifBytes;
}
bool xmp_goes(ImageKind kind, const Image& image) {
  return kind != ImageKind::kJpeg || image.metadata.xmp.size() <= kMaxJpegXmpBytes;
}

ImageMetadata metadata_for(ImageKind kind, const Image& image) {
  ImageMetadata metadata;
  if (icc_goes(kind, image)) metadata.icc = image.metadata.icc;
  if (xmp_goes(kind, image)) metadata.xmp = image.metadata.xmp;
  if (exif_goes(kind, image)) {
    metadata.exif = image.metadata.exif;
    reset_exif_orientation(metadata.exif);
    set_exif_size(metadata.exif, image.width, image.height);
  }
  return metadata;
}

/// 65535 and 255 are both full scale: the quotient is 257, rounded to nearest.
Image to_8_bit(const Image& image) {
  Image narrow;
  allocate_image(narrow, image.width, image.height, image.channels, 8);
  for (std::size_t i = 0; i < narrow.samples.size(); ++i) {
    std::uint16_t value = 0;
    std::memcpy(&value, image.samples.data() + 2 * i, sizeof value);
    narrow.samples[i] = static_cast<std::uint8_t>((value + 128u) / 257u);
  }
  return narrow;
}

Bytes encode(ImageKind kind, const Image& image, const ImageWriteOptions& options,
             const std::string& name) {
  if (image.bit_depth == 16 && is_8_bit_only(kind)) {
    auto narrow = to_8_bit(image);
    narrow.metadata = image.metadata;
    return encode(kind, narrow, options, name);
  }
  const auto metadata = metadata_for(kind, image);
  switch (kind) {
    case ImageKind::kJpeg:
      return encode_jpeg(image, metadata, options.quality, name);
    case ImageKind::kWebp:
      return encode_webp(image, metadata, options, name);
    case ImageKind::kTiff:
      return encode_tiff(image, metadata, name);
    default:
      return encode_png(image, metadata, options.png_compression, name);
  }
}

}  // namespace

std::optional<ImageKind> kind_to_write(const std::filesystem::path& path) {
  constexpr std::array<std::pair<std::string_view, ImageKind>, 8> kKinds = {
      {{".png", ImageKind::kPng},
       {".jpg", ImageKind::kJpeg},
       {".jpeg", ImageKind::kJpeg},
       {".jpe", ImageKind::kJpeg},
       {".jfif", ImageKind::kJpeg},
       {".webp", ImageKind::kWebp},
       {".tif", ImageKind::kTiff},
       {".tiff", ImageKind::kTiff}}};
  auto extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto found = std::find_if(kKinds.begin(), kKinds.end(), [&extension](const auto& item) {
    return item.first == extension;
  });
  if (found == kKinds.end()) return std::nullopt;
  return found->second;
}

bool can_write_image(const std::filesystem::path& path) { return kind_to_write(path).has_value(); }

void check_image_fits(const std::filesystem::path& path, const Image& image) {
  const auto kind = require_kind(path);
  const std::string name = path.string();
  if (kind == ImageKind::kJpeg && image.has_alpha()) {
    throw ConfigError(name + ": JPEG holds no transparency, which this picture has; write PNG");
  }
  const auto max_side = max_side_px(kind);
  if (image.width > max_side || image.height > max_side) {
    throw OutputError(name + ": " + kind_name(kind) + " holds at most " + std::to_string(max_side) +
                      " pixels a side, the picture has " + std::to_string(image.width) + "x" +
                      std::to_string(image.height) + "; write PNG or TIFF");
  }
}

std::vector<std::uint8_t> encode_image(const Image& image, const std::string& name,
                                       const ImageWriteOptions& options) {
  const auto kind = require_kind(name);
  check_image_fits(name, image);
  if (options.quality < 1 || options.quality > 100) {
    throw ConfigError("quality: " + std::to_string(options.quality) + " is outside [1, 100]");
  }
  if (options.png_compression < 0 || options.png_compression > 9) {
    throw ConfigError("png_compression: " + std::to_string(options.png_compression) +
                      " is outside [0, 9]");
  }
  const bool is_form_known = image.channels >= 1 && image.channels <= 4 &&
                             (image.bit_depth == 8 || image.bit_depth == 16) && image.width > 0 &&
                             image.height > 0;
  if (!is_form_known ||
      image.samples.size() != static_cast<std::size_t>(image.width * image.height * image.channels *
                                                       (image.bit_depth / 8))) {
    throw OutputError(name + ": the picture's samples do not fit its size, " +
                      std::to_string(image.width) + "x" + std::to_string(image.height) + " with " +
                      std::to_string(image.channels) + " channels of " +
                      std::to_string(image.bit_depth) + " bits");
  }
  return encode(kind, image, options, name);
}

void write_image(const std::filesystem::path& path, const Image& image,
                 const ImageWriteOptions& options) {
  write_file(path, encode_image(image, path.string(), options), options.existing);
}

std::vector<std::string> losses_when_written(const std::filesystem::path& path,
                                             const Image& image) {
  const auto kind = require_kind(path);
  const std::string format = kind_name(kind);
  const auto& metadata = image.metadata;
  std::vector<std::string> losses;
  if (image.bit_depth == 16 && is_8_bit_only(kind)) {
    losses.push_back(format + " holds 8 bits a sample: the 16-bit picture is rounded to 8");
  }
  if (!metadata.icc.empty() && !icc_goes(kind, image)) {
    losses.push_back(icc_fits(metadata.icc, stored_model(kind, image))
                         ? "the ICC profile is larger than " + format + " can hold and is left out"
                         : "the ICC profile is not for the colours that " + format +
                               " stores and is left out");
  }
  if (!metadata.exif.empty() && !exif_goes(kind, image)) {
    losses.push_back("the EXIF data is larger than " + format + " can hold and is left out");
  }
  if (!metadata.exif.empty() && exif_goes(kind, image) && kind == ImageKind::kTiff &&
      has_exif_thumbnail(metadata.exif)) {
    losses.push_back("the thumbnail of the EXIF data is left out in TIFF");
  }
  if (!metadata.xmp.empty() && !xmp_goes(kind, image)) {
    losses.push_back("the XMP data is larger than " + format + " can hold and is left out");
  }
  return losses;
}

}  // namespace vcisr::media
