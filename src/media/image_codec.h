// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "media/image_bytes.h"
#include "vcisr/media/image.h"

namespace vcisr::media {

/// The largest picture that is read: the same number OpenCV's own limits have by default.
inline constexpr std::int64_t kMaxImagePixels = std::int64_t{1} << 30;

enum class ImageKind { kPng, kJpeg, kWebp, kTiff, kBmp };

/// A picture as it lies in the file: not yet turned upright, its EXIF as found.
struct DecodedImage {
  Image image;
  int orientation = 1;  ///< EXIF's, 1..8; 1 where the file does not say.
};

/// By the first bytes; nothing if it is none of ours.
[[nodiscard]] std::optional<ImageKind> kind_of_content(ByteSpan bytes);
/// By the extension, any case: what write_image makes.
[[nodiscard]] std::optional<ImageKind> kind_to_write(const std::filesystem::path& path);

/// One per kind. `name` is the path as text, for messages.
/// Errors  InputError: damaged, truncated, too large, or of a form that is not read. Metadata that
///         is damaged is left out with a logged warning.
[[nodiscard]] DecodedImage decode_png(ByteSpan bytes, const std::string& name);
[[nodiscard]] DecodedImage decode_jpeg(ByteSpan bytes, const std::string& name);
[[nodiscard]] DecodedImage decode_webp(ByteSpan bytes, const std::string& name);
[[nodiscard]] DecodedImage decode_tiff(ByteSpan bytes, const std::string& name);
[[nodiscard]] DecodedImage decode_bmp(ByteSpan bytes, const std::string& name);

/// One per kind: the whole file, with all of the metadata that is given beside the picture (the
/// picture's own is not looked at). JPEG and WebP take 8-bit pictures only. Errors  OutputError.
[[nodiscard]] Bytes encode_png(const Image& image, const ImageMetadata& metadata, int compression,
                               const std::string& name);
[[nodiscard]] Bytes encode_jpeg(const Image& image, const ImageMetadata& metadata, int quality,
                                const std::string& name);
[[nodiscard]] Bytes encode_webp(const Image& image, const ImageMetadata& metadata,
                                const ImageWriteOptions& options, const std::string& name);
[[nodiscard]] Bytes encode_tiff(const Image& image, const ImageMetadata& metadata,
                                const std::string& name);

/// The largest blobs a JPEG file can hold (its segments have 16-bit lengths).
inline constexpr std::size_t kMaxJpegExifBytes = 65533 - 6;
inline constexpr std::size_t kMaxJpegXmpBytes = 65533 - 29;
inline constexpr std::size_t kMaxJpegIccPartBytes = 65533 - 14;
inline constexpr std::size_t kMaxJpegIccBytes = 255 * kMaxJpegIccPartBytes;

/// True if encode_tiff makes a BigTIFF file, in which EXIF is not written.
[[nodiscard]] bool needs_big_tiff(const Image& image);

/// Errors  InputError if a side is 0 or there are more than kMaxImagePixels.
void check_image_size(std::uint64_t width, std::uint64_t height, const std::string& name);

/// Sets the sizes and makes room for the samples, which are zero.
void allocate_image(Image& image, std::int64_t width, std::int64_t height, int channels,
                    int bit_depth);

/// Turns the samples upright as EXIF's orientation 2..8 asks for, and swaps the sides for 5..8.
void apply_orientation(Image& image, int orientation);

}  // namespace vcisr::media
