// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <torch/types.h>

#include "vcisr/imaging/film_reader.h"

namespace vcisr::data {

/// A film's frames as they are stored, and their numbers.
///
/// Threads, Errors  as imaging::FilmReader.
class FilmFrames {
 public:
  explicit FilmFrames(const std::string& path)
      : reader_(path), info_(std::make_shared<const media::VideoInfo>(reader_.info())) {}

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
