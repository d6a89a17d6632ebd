// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "vcisr/core/file.h"
#include "vcisr/media/frame.h"
#include "vcisr/media/image.h"
#include "vcisr/media/video_decoder.h"
#include "vcisr/media/video_encoder.h"

namespace vcisr::inference {

/// Where frames come from: a film, numbered pictures, and later tensors of another program.
/// Threads  one at a time. Errors  InputError.
class FrameSource {
 public:
  virtual ~FrameSource() = default;
  [[nodiscard]] virtual const media::VideoInfo& info() const = 0;
  [[nodiscard]] virtual std::optional<media::Frame> read() = 0;  ///< nullopt at the end.
  [[nodiscard]] virtual std::int64_t damage_count() const = 0;
};

/// Where frames go: a film, numbered pictures, and later segments with a journal.
/// Threads  one at a time. Errors  OutputError.
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  [[nodiscard]] virtual media::PixelFormat format() const = 0;  ///< What write() takes.
  [[nodiscard]] virtual media::ColorSpec color() const = 0;
  [[nodiscard]] virtual int quarter_turns() const = 0;  ///< To be applied to the pixels, clockwise.
  [[nodiscard]] virtual std::string description() const = 0;  ///< "libx264 in out.mp4".
  [[nodiscard]] virtual std::vector<std::string> notes() const = 0;
  virtual void write(const media::Frame& frame) = 0;
  virtual void
  finish() = 0;  ///< Nothing appears under its final name before, single pictures aside.
};

/// A film, or raw planes, or a pipe ("-").
[[nodiscard]] std::unique_ptr<FrameSource> open_film(const std::string& path,
                                                     const media::VideoDecoderOptions& options);

/// Numbered pictures as a film of constant rate: a pattern ("frames/%05d.png", from the lowest
/// number on without gaps) or the pictures of a folder in the order of their names. Errors
/// InputError: no picture, a picture of another size or kind than the first (names it).
[[nodiscard]] std::unique_ptr<FrameSource> open_sequence(const std::string& pattern_or_folder,
                                                         const media::Rational& frame_rate);

/// Size of the frames a sink will get, before rotation by quarter_turns().
struct FrameSize {
  std::int64_t width = 0;
  std::int64_t height = 0;
};

struct FilmSinkOptions {
  media::VideoEncoderOptions encoder;
  std::string container;  ///< "" = from the extension; for pipes "yuv4mpegpipe" or "rawvideo".
  AtomicFile::Existing existing = AtomicFile::Existing::kRefuse;
};

[[nodiscard]] std::unique_ptr<FrameSink> create_film(
    const std::string& path, const media::VideoInfo& source,
    const media::VideoDecoderOptions& source_options, const FrameSize& size,
    const FilmSinkOptions& options);

/// Numbered pictures "frames/%05d.png", counted from 1. Bit depth 8 or 16.
[[nodiscard]] std::unique_ptr<FrameSink> create_sequence(const std::string& pattern,
                                                         const media::VideoInfo& source,
                                                         int bit_depth,
                                                         const media::ImageWriteOptions& options);

/// Drops every frame; takes them in the source's own format.
[[nodiscard]] std::unique_ptr<FrameSink> create_null_sink(const media::VideoInfo& source);

/// True for names with one printf-like number field, "%d" or "%05d".
[[nodiscard]] bool is_sequence_pattern(const std::string& path);

}  // namespace vcisr::inference
