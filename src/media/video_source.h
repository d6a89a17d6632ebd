// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "media/av_ptr.h"
#include "vcisr/media/video_decoder.h"

namespace vcisr::media {

/// A film opened for reading; used by the decoder and, a second time, to copy the other streams.
///
/// Errors  InputError (missing, folder, empty, not a film …), ConfigError for raw video without
///         size or with an unknown pixel format.
[[nodiscard]] AvInputPtr open_source(const std::string& path, const VideoDecoderOptions& options);

/// The stream that is the film: never cover art; default before others, then the largest picture.
/// Errors  InputError if there is none.
[[nodiscard]] AVStream& choose_video_stream(AVFormatContext& input, const std::string& path);

[[nodiscard]] inline bool is_cover_art(const AVStream& stream) {
  return (stream.disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS)) !=
         0;
}

/// True for "-": standard input, read once, no seeking.
[[nodiscard]] inline bool is_pipe(const std::string& path) { return path == "-"; }

/// For messages.
[[nodiscard]] inline std::string display_name(const std::string& path) {
  return is_pipe(path) ? "standard input" : path;
}

/// Zero of `start_s` and `end_s` in microseconds: the container's start.
[[nodiscard]] std::int64_t film_start_us(const AVFormatContext& input);

/// True if the container's index lists packets of the stream behind `last_dts`: the file was cut.
[[nodiscard]] bool is_index_unfinished(AVStream& stream, std::int64_t last_dts);

}  // namespace vcisr::media
