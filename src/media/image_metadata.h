// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "media/image_bytes.h"
#include "vcisr/media/image.h"

namespace vcisr::media {

/// Metadata blobs beyond this size are taken for damaged or hostile and left out.
inline constexpr std::size_t kMaxMetadataBytes = std::size_t{64} << 20;

/// True if the bytes have an ICC profile's signature and at least the size their header states.
[[nodiscard]] bool is_icc_profile(ByteSpan icc);

/// The colour model a file stores, as ICC's signatures name it.
enum class ColorModel { kGray, kRgb };
/// True if the profile is meant for pictures of that model ("RGB " or "GRAY" in its header).
[[nodiscard]] bool icc_fits(ByteSpan icc, ColorModel model);

/// Takes a blob into the metadata, or logs in one warning that it was left out because it is
/// damaged. An EXIF blob may start with "Exif\0\0", which is dropped.
void take_icc(ImageMetadata& metadata, Bytes icc, const std::string& name);
void take_exif(ImageMetadata& metadata, ByteSpan exif, const std::string& name);
void take_xmp(ImageMetadata& metadata, ByteSpan xmp, const std::string& name);
/// "NAME: its KIND is damaged (WHY) and was left out".
void warn_left_out(const std::string& name, const std::string& kind, const std::string& why);

/// Sets tiff:Orientation of an XMP packet to 1, where it has one.
void reset_xmp_orientation(Bytes& xmp);

}  // namespace vcisr::media
