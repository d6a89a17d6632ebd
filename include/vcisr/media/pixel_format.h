// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vcisr::media {

/// How the planes of a frame relate. kRgb is planar in the order R, G, B.
enum class PixelLayout { kGray, kYuv420, kYuv422, kYuv444, kRgb };

/// Planar sample layout. Everything else that decoders give (packed RGB, NV12, palettes, 4:1:1 …)
/// is turned into the nearest of these without loss of bits where one exists.
struct PixelFormat {
  PixelLayout layout = PixelLayout::kYuv420;
  int bit_depth = 8;  ///< 8..16. Samples take one byte up to 8 bits, else two (native byte order,
                      ///< low bits used).

  [[nodiscard]] int plane_count() const noexcept { return layout == PixelLayout::kGray ? 1 : 3; }
  [[nodiscard]] int bytes_per_sample() const noexcept { return bit_depth > 8 ? 2 : 1; }
  /// log2 of the chroma reduction; 0 for gray, 4:4:4 and RGB.
  [[nodiscard]] int chroma_shift_x() const noexcept {
    return layout == PixelLayout::kYuv420 || layout == PixelLayout::kYuv422 ? 1 : 0;
  }
  [[nodiscard]] int chroma_shift_y() const noexcept {
    return layout == PixelLayout::kYuv420 ? 1 : 0;
  }
  bool operator==(const PixelFormat&) const = default;
};

/// FFmpeg's name of the format ("yuv420p10le", "gray", "gbrp").
[[nodiscard]] std::string name(const PixelFormat& format);

/// From FFmpeg's names of planar formats; nullopt for anything that is not exactly one of ours.
[[nodiscard]] std::optional<PixelFormat> parse_pixel_format(std::string_view ffmpeg_name);

}  // namespace vcisr::media
