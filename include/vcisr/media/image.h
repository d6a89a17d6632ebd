// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
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

/// Reads PNG, JPEG, WebP, TIFF, BMP (told from the content, not the name). EXIF's (TIFF's own)
/// orientation is applied to the pixels and reset in EXIF and XMP, once. A palette becomes RGB or
/// RGBA, a transparent colour an alpha channel, premultiplied alpha of TIFF straight alpha; TIFF
/// samples of 9 to 15 bits fill 16. Metadata that is damaged is left out with a warning in the log;
/// so are pages of a TIFF, and frames of an animated PNG, after the first. Of TIFF's tags the EXIF
/// blob holds the descriptive ones (make, dates, resolution, …) and the Exif and GPS directories.
///
/// Memory   the file, the picture, and for a turned or OpenCV-decoded one a second copy.
/// Threads  safe from any thread. The first use switches OpenCV's own log off: it has no hook.
///
/// Errors   InputError in one sentence: missing, empty, truncated, damaged, not a picture, animated
///          WebP, over 2^30 pixels, CMYK or floating-point samples (says what to convert to).
[[nodiscard]] Image read_image(const std::filesystem::path& path);

/// The same of a file's bytes; `name` stands where the path would in messages.
[[nodiscard]] Image decode_image(std::span<const std::uint8_t> bytes, const std::string& name);

/// Writes PNG, JPEG, WebP or TIFF by the extension, atomically, with the metadata the format can
/// hold. A profile that does not fit the file's colour model (a grey or CMYK profile on RGB) is
/// left out. EXIF's width and height tags, where it has them, are set to the picture's; its
/// thumbnail stays as it was. 16-bit pictures into JPEG or WebP are rounded to 8. PNG and TIFF keep
/// grey with alpha, WebP stores grey as RGB. TIFF is deflated; beyond 4 GiB it is BigTIFF, without
/// EXIF.
///
/// Threads  safe from any thread.
/// Errors   as check_image_fits; ConfigError for options out of range; OutputError: existing file,
///          folder missing or not writable, disk full.
void write_image(const std::filesystem::path& path, const Image& image,
                 const ImageWriteOptions& options = {});

/// The bytes that write_image would write; `name` ("picture.jpg") chooses the kind by its extension
/// and stands in messages.
///
/// Errors  as check_image_fits, ConfigError for options out of range.
[[nodiscard]] std::vector<std::uint8_t> encode_image(const Image& image, const std::string& name,
                                                     const ImageWriteOptions& options = {});

/// Throws what write_image would throw for this extension and a picture of this form, before there
/// are samples (width, height, channels and bit depth are looked at). Errors  ConfigError for an
/// extension that is none of ours and for alpha into JPEG (names PNG); OutputError for sides that
/// the format cannot hold (JPEG 65500, WebP 16383 pixels).
void check_image_fits(const std::filesystem::path& path, const Image& image);

/// What write_image would have to give up for this extension: sentences, empty if nothing.
/// Samples are not looked at. Errors  ConfigError for an extension that is none of ours.
[[nodiscard]] std::vector<std::string> losses_when_written(const std::filesystem::path& path,
                                                           const Image& image);

/// By extension, any case: what read_image may take.
[[nodiscard]] bool has_image_extension(const std::filesystem::path& path);
/// By extension, any case: what write_image takes.
[[nodiscard]] bool can_write_image(const std::filesystem::path& path);

}  // namespace vcisr::media
