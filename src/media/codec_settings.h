// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "media/av_ptr.h"
#include "vcisr/media/codec_round_trip.h"

namespace vcisr::media {

/// Of each side, in pixels.
inline constexpr std::int64_t kMaxRoundTripSize = 16384;

/// What a round trip needs, checked as far as that goes without opening an encoder.
struct CodecSetup {
  const AVCodec* encoder = nullptr;
  const AVCodec* decoder = nullptr;
  AVPixelFormat format = AV_PIX_FMT_NONE;
  int width = 0;
  int height = 0;
};

/// Errors  ConfigError, as check_codec() says.
[[nodiscard]] CodecSetup make_codec_setup(const CodecOptions& options);

/// Errors  ConfigError: this FFmpeg has no such encoder.
[[nodiscard]] const AVCodec* find_linked_encoder(const std::string& name);

/// A context that only needs to be opened.
///
/// Errors  ConfigError: rate, preset or profile that the encoder does not take.
[[nodiscard]] AvCodecContextPtr make_codec_context(const CodecSetup& setup,
                                                   const CodecOptions& options);

}  // namespace vcisr::media
