// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "vcisr/core/file.h"

namespace vcisr::media {

/// Blobs that travel from a picture file to another untouched, in the form libraries call "raw":
/// ICC profile bytes; EXIF as a TIFF stream ("II*\0…" or "MM\0*…", no "Exif\0\0"); XMP as its XML
/// text.
struct ImageMetadata {
  std::vector<std::uint8_t> icc;
  std::vector<std::uint8_t>
      exif;  ///< Orientation already reset to 1 (it was applied to the pixels).
  std::vector<std::uint8_t> xmp;
};

/// A still picture: interleaved samples in the order grey | grey, alpha | R, G, B | R, G, B, A.
struct Image {
  std::int64_t width = 0;
  std::int64_t height = 0;
  int channels =
      3;  ///< 1 grey, 2 grey + alpha, 3 RGB, 4 RGBA. Alpha is straight, not premultiplied.
  int bit_depth = 8;  ///< 8 or 16. Files of 1, 2 and 4 bits and palettes are read as 8.
  std::vector<std::uint8_t> samples;  ///< height x width x channels, 16-bit samples in native byte
                                      ///< order, rows not padded.
  ImageMetadata metadata;

  [[nodiscard]] bool is_gray() const noexcept { return channels <= 2; }
  [[nodiscard]] bool has_alpha() const noexcept { return channels == 2 || channels == 4; }
};

struct ImageWriteOptions {
  int quality = 95;  ///< JPEG and WebP, 1..100. WebP at 100 is still lossy; `lossless_webp` is not.
  bool lossless_webp = false;
  int png_compression = 3;  ///< 0..9.
  AtomicFile::Existing existing = AtomicFile::Existing::kRefuse;
};

/// Reads PNG, JPEG, WebP, TIFF, BMP (told from the content, not the name). EXIF orientation is
/// applied to the pixels and reset in the metadata, once, by the file's kind. Errors  InputError in
/// one sentence: missing, empty, truncated, not a picture, animated WebP, sizes beyond 2^30 pixels,
///         CMYK TIFF (says what to convert to).
[[nodiscard]] Image read_image(const std::filesystem::path& path);

/// Writes PNG, JPEG, WebP or TIFF by the extension, atomically, with the metadata the format can
/// hold. A profile that does not fit the picture's colour model (a grey or CMYK profile on RGB) is
/// left out. 16-bit pictures into JPEG or WebP are rounded to 8; alpha into JPEG is an error
/// (ConfigError names PNG). Errors  OutputError, ConfigError for an extension that is none of ours.
void write_image(const std::filesystem::path& path, const Image& image,
                 const ImageWriteOptions& options = {});

/// What write_image would have to give up for this extension: sentences, empty if nothing.
[[nodiscard]] std::vector<std::string> losses_when_written(const std::filesystem::path& path,
                                                           const Image& image);

/// By extension, any case: what read_image may take.
[[nodiscard]] bool has_image_extension(const std::filesystem::path& path);
/// By extension, any case: what write_image takes.
[[nodiscard]] bool can_write_image(const std::filesystem::path& path);

}  // namespace vcisr::media
