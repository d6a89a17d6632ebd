// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "media/av_ptr.h"
#include "vcisr/media/frame.h"
#include "vcisr/media/pixel_format.h"

namespace vcisr::media {

/// What the encoder is given, and the same as planes of ours.
struct EncoderFormat {
  AVPixelFormat av = AV_PIX_FMT_NONE;
  PixelFormat ours;
  bool is_full_range_only = false;  ///< yuvj420p and the like.
};

/// The named format, or the one nearest to `preferred`: chroma is not reduced and depth is not
/// lowered where the encoder allows it; else as little as possible.
///
/// Errors  ConfigError when the encoder does not take the named format, or none of ours.
[[nodiscard]] EncoderFormat choose_encoder_format(const AVCodec& encoder,
                                                  const AVOutputFormat& muxer,
                                                  const std::string& named,
                                                  const PixelFormat& preferred, std::int64_t width,
                                                  std::int64_t height);

}  // namespace vcisr::media
