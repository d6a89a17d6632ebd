// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "media/av_log.h"
#include "media/av_ptr.h"
#include "vcisr/media/video_encoder.h"

namespace vcisr::media {

/// Sets quality, preset, threads, our defaults and the user's options on a context that is not open
/// yet. The user's options win over the defaults.
///
/// Errors  ConfigError: an option that the encoder does not have (with the nearest one it has), a
///         value that it refuses.
void apply_encoder_options(AVCodecContext& context, const AVCodec& encoder,
                           const VideoEncoderOptions& options);

/// Adds "key=value" to an option that is itself a list (x265-params), in front of what the user
/// gave, which so wins.
void add_codec_parameter(AVCodecContext& context, const char* list, const std::string& parameter);

/// Libraries behind FFmpeg's encoders only log what they do not know inside x264-params and the
/// like; this makes it an error.
///
/// Errors  ConfigError with the parameter and the nearest known name.
void check_logged_parameters(const LogCapture& capture, const AVCodec& encoder);

/// Errors  ConfigError for muxer options that the container does not have.
void check_muxer_options(const AVOutputFormat& muxer, const OptionList& options);

}  // namespace vcisr::media
