// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vcisr/core/file.h"
#include "vcisr/imaging/film_reader.h"
#include "vcisr/media/video_decoder.h"
#include "vcisr/media/video_encoder.h"

namespace vcisr::imaging {

struct FilmWriterOptions {
  media::VideoEncoderOptions encoder;
  std::string container;  ///< "" = from the extension.
  AtomicFile::Existing existing = AtomicFile::Existing::kRefuse;
};

/// Size of the frames that a film writer takes, in pixels.
struct FilmSize {
  std::int64_t height = 0;
  std::int64_t width = 0;
};

/// Eight bits of red, green and blue in, a finished film out.
///
/// Shape    uint8 [3, H, W] on any device, all of the size given at the start.
/// Colour   Turned into the encoder's format by ops::rgb_to_planar, by the colour tags of the film
///          that is written.
/// Time     With a frame rate frames follow each other at it. With a source each frame has the time
///          it is given, in the source's time base.
/// Output   As media::VideoWriter: the file appears on finish() only.
/// Threads  one object, one thread at a time; inside, at::parallel_for.
/// Errors   as media::VideoWriter; ConfigError: frame rate that is none; c10::Error: a frame of
///          another shape or type.
class FilmWriter {
 public:
  /// A film of its own, such as of pictures: square pixels, BT.601 or BT.709 by size, nothing
  /// beside the pictures. Without `encoder.pixel_format` the format nearest to RGB that the encoder
  /// takes.
  FilmWriter(const std::string& path, const FilmSize& size, const media::Rational& frame_rate,
             const FilmWriterOptions& options = {});

  /// A film made from another: its colour tags, sample aspect ratio, rotation, times, and, as the
  /// encoder options say, its other streams. `source_options` are those it was decoded with.
  FilmWriter(const std::string& path, const FilmSize& size, const media::VideoInfo& source,
             const media::VideoDecoderOptions& source_options,
             const FilmWriterOptions& options = {});

  /// The next frame, one period after the one before. Only where a frame rate was given.
  void write(const torch::Tensor& rgb);
  /// The next frame in display order at a time of its own.
  void write(const torch::Tensor& rgb, const FrameTime& time);
  /// Gives the file its final name.
  void finish() { writer_.finish(); }

  [[nodiscard]] const std::string& encoder_name() const noexcept { return writer_.encoder_name(); }
  /// "libx264 yuv420p".
  [[nodiscard]] std::string description() const;
  /// Streams left out, rotation applied …, as sentences.
  [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return writer_.notes(); }

 private:
  FilmSize size_;
  media::VideoWriter writer_;
  ops::PlanarFormat format_;
  torch::Tensor rgb_;  // float32 [3, H, W], used for every frame
  bool has_frame_rate_ = false;
  std::int64_t written_ = 0;
};

}  // namespace vcisr::imaging
