// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "vcisr/media/video_decoder.h"

namespace vcisr::media {

/// The tags that an output gets and the conversion that makes pixels fit them.
struct OutputColor {
  ColorTags tags;
  ColorSpec spec;
  std::string note;  ///< "" when the tags are the source's.
};

/// YUV keeps the source's tags; untagged stays untagged unless the new size would make players
/// guess another matrix. YUV made of RGB is BT.709 or BT.601 by size, limited range, and tagged so.
[[nodiscard]] OutputColor choose_output_color(const VideoInfo& source, const PixelFormat& format,
                                              bool is_full_range_only, std::int64_t width,
                                              std::int64_t height);

}  // namespace vcisr::media
