// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <torch/types.h>

#include "vcisr/metrics/luma.h"

namespace vcisr::metrics {

/// A film's frame without its RGB samples.
struct FrameSamples {
  std::int64_t height = 0;
  std::int64_t width = 0;
  int bit_depth = 8;
  /// Y, U, V, or grey alone, as the film stores them: [h, w], any row stride, column stride 1.
  /// Empty for films that store RGB.
  std::vector<torch::Tensor> planes;
};

/// A picture or a film's frame as metrics look at it. What several metrics need (RGB of a frame,
/// the lumas) is made when the first one asks, and once.
///
/// Shape    rgb: [3, H, W], contiguous, on the CPU; samples are uint8 for 8 bits and uint16 (values
///          up to 2^bit_depth - 1) for more.
/// Threads  any number at a time.
class Picture {
 public:
  using Ptr = std::shared_ptr<const Picture>;

  /// RGB samples of a frame from its planes.
  using MakeRgb = std::function<torch::Tensor()>;

  /// Errors  c10::Error: another shape or type, bit_depth outside 8 .. 16, no pixels.
  explicit Picture(torch::Tensor rgb, int bit_depth = 8);
  /// `make_rgb` is called once, where a metric looks at RGB; it keeps alive what it needs.
  Picture(FrameSamples samples, MakeRgb make_rgb);
  ~Picture();
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;

  [[nodiscard]] std::int64_t height() const noexcept { return samples_.height; }
  [[nodiscard]] std::int64_t width() const noexcept { return samples_.width; }
  [[nodiscard]] int bit_depth() const noexcept { return samples_.bit_depth; }
  /// The largest sample: 255 for 8 bits, 1023 for 10.
  [[nodiscard]] double peak() const noexcept { return static_cast<double>((1 << bit_depth()) - 1); }

  /// Empty for pictures that came as RGB, and for films that store RGB.
  [[nodiscard]] const std::vector<torch::Tensor>& planes() const noexcept {
    return samples_.planes;
  }
  [[nodiscard]] torch::Tensor rgb() const;
  /// float32 [3, H, W] in [0, 1].
  [[nodiscard]] torch::Tensor unit_rgb() const;
  /// [H, W], as luma.h says.
  [[nodiscard]] torch::Tensor luma(Luma kind) const;

  /// The same picture without what metrics made of it: to be kept for long.
  [[nodiscard]] Ptr without_cache() const;

 private:
  struct Cache;

  FrameSamples samples_;
  MakeRgb make_rgb_;
  std::unique_ptr<Cache> cache_;
};

using PicturePtr = Picture::Ptr;

}  // namespace vcisr::metrics
