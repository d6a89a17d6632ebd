// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <torch/types.h>

#include "vcisr/imaging/film_reader.h"

namespace vcisr::data {

/// How this layer decodes films: frames behind damage depend on the number of the codec's threads,
/// and what is drawn must be found again elsewhere. The pool's threads are the parallel ones.
[[nodiscard]] inline media::VideoDecoderOptions film_decoder() {
  media::VideoDecoderOptions options;
  options.threads = 1;
  return options;
}

/// A film's frames as they are stored, and their numbers.
///
/// Threads, Errors  as imaging::FilmReader.
class FilmFrames {
 public:
  explicit FilmFrames(const std::string& path)
      : reader_(path, film_decoder()),
        info_(std::make_shared<const media::VideoInfo>(reader_.info())) {}

  [[nodiscard]] const std::shared_ptr<const media::VideoInfo>& info() const noexcept {
    return info_;
  }

  /// uint8 [3, H, W]; nullopt at the end.
  [[nodiscard]] std::optional<torch::Tensor> next() {
    auto frame = reader_.read();
    if (frame) ++number_;
    return frame;
  }
  /// Of what next() returned last: its number, from 0, and its time.
  [[nodiscard]] std::int64_t number() const noexcept { return number_; }
  [[nodiscard]] imaging::FrameTime time() const noexcept { return reader_.time(); }

 private:
  imaging::FilmReader reader_;
  std::shared_ptr<const media::VideoInfo> info_;
  std::int64_t number_ = -1;
};

}  // namespace vcisr::data
