// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "media/av_ptr.h"
#include "vcisr/media/video_decoder.h"

namespace vcisr::media {

/// Everything that VideoInfo says, from the opened container, its stream and the first decoded
/// frame; `format` is that of the frames which will be returned.
///
/// Errors  InputError for colour that cannot be converted (resolve_color).
[[nodiscard]] VideoInfo probe_video(const std::string& path, AVFormatContext& input,
                                    AVStream& stream, AVFrame& first, const PixelFormat& format);

}  // namespace vcisr::media
