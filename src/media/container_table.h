// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "media/av_ptr.h"

namespace vcisr::media {

/// The muxer of `container` (FFmpeg's name) or, when that is empty, of the path's extension.
///
/// Errors  ConfigError for unknown names and extensions, naming the usual ones.
[[nodiscard]] const AVOutputFormat& find_muxer(const std::string& path,
                                               const std::string& container);

/// Containers whose rules we know; everything else is kOther.
enum class ContainerKind { kMp4, kMov, kMatroska, kWebm, kMpegts, kAvi, kY4m, kRaw, kOther };
[[nodiscard]] ContainerKind container_kind(const AVOutputFormat& muxer);

/// What the container can carry so that players and FFmpeg read it back. FFmpeg's own muxers take
/// more: mpegts writes FFV1, VP9 and AV1 without an error as unreadable data.
[[nodiscard]] bool holds_codec(const AVOutputFormat& muxer, AVMediaType type, AVCodecID codec);
[[nodiscard]] bool holds_rotation(const AVOutputFormat& muxer);
[[nodiscard]] bool holds_only_video(const AVOutputFormat& muxer);

/// Encoders of this FFmpeg, the usual ones first, whose codec the container holds.
[[nodiscard]] std::vector<std::string> fitting_encoders(const AVOutputFormat& muxer);

}  // namespace vcisr::media
