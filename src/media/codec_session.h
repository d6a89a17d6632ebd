// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "media/av_ptr.h"
#include "media/codec_settings.h"
#include "vcisr/core/error.h"

namespace vcisr::media {

/// The two ends of a round trip.
struct CodecEnds {
  /// The frame of that index, in the setup's format and size; a new one each time, because encoders
  /// keep references.
  std::function<AvFramePtr(std::int64_t index)> make_frame;
  /// What came back, in display order; has the setup's format and size.
  std::function<void(const AVFrame& frame, std::int64_t index)> take_frame;
};

/// Encodes `frames` frames with one codec thread, then decodes the packets.
///
/// Threads  any number of calls side by side; encoders with process-wide state run in turn.
/// Errors   ConfigError: the encoder refuses its settings. MediaError: encoding or decoding fails,
///          frames of another kind or another number of them come back.
void run_codec(const CodecSetup& setup, const CodecOptions& options, std::int64_t frames,
               const CodecEnds& ends);

/// A frame with memory of its own, rows aligned.
[[nodiscard]] AvFramePtr make_buffered_frame(AVPixelFormat format, int width, int height);

/// "90x60".
[[nodiscard]] std::string size_text(std::int64_t width, std::int64_t height);

/// Errors  ConfigError: no frame, a side out of range.
void check_clip_sides(std::int64_t frames, std::int64_t height, std::int64_t width);

/// After check_clip_sides. Errors  ConfigError: the clip has not `frame_bytes` for each frame.
template <class Clip>
void check_clip_bytes(const Clip& clip, std::int64_t frame_bytes, std::size_t bytes) {
  const auto expected =
      static_cast<std::uint64_t>(frame_bytes) * static_cast<std::uint64_t>(clip.frames);
  if (bytes == expected) return;
  throw ConfigError("clip of " + std::to_string(clip.frames) + " frames " +
                    size_text(clip.width, clip.height) + " has " + std::to_string(bytes) +
                    " bytes instead of " + std::to_string(expected));
}

}  // namespace vcisr::media
