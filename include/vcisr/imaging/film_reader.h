// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <torch/types.h>

#include "vcisr/media/video_decoder.h"
#include "vcisr/ops/color.h"

namespace vcisr::imaging {

/// When a frame is shown, in the time base of its film.
struct FrameTime {
  std::int64_t pts = 0;
  std::int64_t duration = 0;  ///< 0 = unknown.
  bool operator==(const FrameTime&) const = default;
};

/// A film's frames as eight bits of red, green and blue, in display order.
///
/// Shape    uint8 [3, H, W], contiguous, on the CPU, a tensor of its own for each frame.
/// Colour   As films are restored: matrix, range and chroma location of the film's tags (or
/// guessed,
///          info().color), chroma by Catmull-Rom bicubic, grey as three equal channels, alpha left
///          out; then clamped and rounded as to_8bit() does.
/// Rotation Frames come as they are stored. media::display_quarter_turns(info()) and
///          rotate_clockwise() show them as a viewer does; FilmWriter keeps a source's rotation.
/// Memory   flat in the film's length.
/// Threads  one object, one thread at a time; inside, at::parallel_for.
/// Errors   as media::VideoDecoder.
class FilmReader {
 public:
  explicit FilmReader(const std::string& path, const media::VideoDecoderOptions& options = {});

  [[nodiscard]] const media::VideoInfo& info() const noexcept { return decoder_.info(); }

  /// nullopt at the end of the film.
  [[nodiscard]] std::optional<torch::Tensor> read();

  /// Of the frame that read() returned last.
  [[nodiscard]] FrameTime time() const noexcept { return time_; }

  /// As media::VideoDecoder's.
  [[nodiscard]] std::int64_t damage_count() const noexcept { return decoder_.damage_count(); }

 private:
  media::VideoDecoder decoder_;
  ops::PlanarFormat format_;
  torch::Tensor rgb_;  // float32 [3, H, W], used for every frame
  FrameTime time_;
};

}  // namespace vcisr::imaging
