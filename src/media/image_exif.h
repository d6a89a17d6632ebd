// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "media/image_bytes.h"

namespace vcisr::media {

/// EXIF is a TIFF stream: a header, directories (IFDs) of tagged entries, and their values
/// anywhere. All functions take untrusted bytes; nothing outside them is touched.

/// True if the header and the first directory lie inside the bytes.
[[nodiscard]] bool is_exif(ByteSpan exif);
/// The orientation in the first directory, 1..8; 1 where it is absent or makes no sense.
[[nodiscard]] int exif_orientation(ByteSpan exif);
/// Sets the orientation in the first directory to 1. The thumbnail's directory is left as it is.
void reset_exif_orientation(Bytes& exif);
/// True if a second directory, that of the thumbnail, follows the first.
[[nodiscard]] bool has_exif_thumbnail(ByteSpan exif);
/// Sets the width and height tags that are there (ImageWidth, ImageLength, PixelXDimension,
/// PixelYDimension) to the size of the picture that is written.
void set_exif_size(Bytes& exif, std::int64_t width, std::int64_t height);

/// One entry with its value, in the byte order of the stream it came from.
struct ExifEntry {
  std::uint32_t tag = 0;
  std::uint32_t type = 0;
  std::uint32_t count = 0;
  Bytes value;                       ///< count x size of type bytes.
  std::vector<ExifEntry> directory;  ///< The entries a pointer tag (Exif, GPS, Interop) leads to.
};

/// The part of a TIFF stream that makes sense in another file: descriptive tags of the first
/// directory and the Exif, GPS and Interoperability directories below it.
struct ExifContent {
  bool big_endian = false;
  std::vector<ExifEntry> entries;  ///< Sorted by tag.
};

/// Picks that part out of a TIFF file or an EXIF blob. Entries that are damaged are skipped.
/// Nothing if the stream is no classic TIFF or has nothing to carry.
[[nodiscard]] std::optional<ExifContent> extract_exif(ByteSpan tiff);
/// As an EXIF blob of its own.
[[nodiscard]] Bytes build_exif(const ExifContent& content);
/// Adds the entries to the first directory of a classic TIFF file of the same byte order; tags the
/// file has already stay. False, and nothing done, if the file would pass 4 GiB.
[[nodiscard]] bool add_exif_to_tiff(Bytes& tiff, const ExifContent& content);

}  // namespace vcisr::media
