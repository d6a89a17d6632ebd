// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "media/av_ptr.h"
#include "vcisr/media/pixel_format.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace vcisr::media {

/// FFmpeg's format of exactly these planes; AV_PIX_FMT_NONE for depths it has none for (11, 13 and
/// 15 bit).
[[nodiscard]] AVPixelFormat to_av(const PixelFormat& format);

/// The format whose planes lie in frames of `format` as they are: ours, full-range twins (yuvj420p)
/// and formats with an alpha plane behind ours (yuva420p, gbrap).
[[nodiscard]] std::optional<PixelFormat> planes_in_place(AVPixelFormat format);

/// The nearest of our formats that keeps all bits and all chroma samples; nullopt for what cannot
/// be converted (hardware surfaces, Bayer patterns).
[[nodiscard]] std::optional<PixelFormat> nearest_format(AVPixelFormat format);

/// "yuvj420p" and the like: the name says full range.
[[nodiscard]] bool is_full_range_twin(AVPixelFormat format);

/// Number in FFmpeg's frame of our plane: gbrp keeps green first.
[[nodiscard]] inline int av_plane_index(const PixelFormat& format, int plane) {
  return format.layout == PixelLayout::kRgb ? (plane + 2) % 3 : plane;
}

}  // namespace vcisr::media
