// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <thread>

#include "core/bounded_queue.h"
#include "vcisr/media/video_decoder.h"
#include "vcisr/metrics/picture.h"

namespace vcisr::evaluation {

struct FilmFrame {
  metrics::PicturePtr picture;
  double time_s = 0;  ///< From the film's first frame.
};

/// A film's frames as metrics take them.
///
/// Threads  one thread calls; one of its own decodes ahead from start() on, a few frames.
/// Errors   as media::VideoDecoder.
class FilmSource {
 public:
  FilmSource(const std::string& path, const media::VideoDecoderOptions& options);
  ~FilmSource();
  FilmSource(const FilmSource&) = delete;
  FilmSource& operator=(const FilmSource&) = delete;

  [[nodiscard]] const media::VideoInfo& info() const noexcept { return decoder_.info(); }

  /// `bit_depth`: what samples are rounded to. `color`: in which RGB is made of them.
  void start(int bit_depth, const media::ColorSpec& color);

  /// nullopt at the end.
  [[nodiscard]] std::optional<FilmFrame> next();

  /// Ends decoding ahead; next() gives nothing any more.
  void stop();
  /// Packets and frames that were damaged; after stop().
  [[nodiscard]] std::int64_t damage_count() const noexcept { return decoder_.damage_count(); }

 private:
  void decode();

  media::VideoDecoder decoder_;
  int bit_depth_ = 8;
  media::ColorSpec color_;
  BoundedQueue<FilmFrame> queue_;
  std::exception_ptr error_;  // Read after the queue was closed.
  std::jthread thread_;
};

/// ".yuv", or a film that is to be read as raw video.
[[nodiscard]] bool is_raw_film(const std::string& path, const media::VideoDecoderOptions& options);

}  // namespace vcisr::evaluation
