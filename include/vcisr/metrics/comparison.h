// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/types.h>

namespace vcisr::metrics {

/// What of two pictures is compared. Each choice gives numbers of its own, which must not be mixed.
enum class Channels {
  kRgb,       ///< R, G and B.
  kBasicsrY,  ///< basicsr_luma(): `test_y_channel: true`.
};

/// BasicSR's options of a metric.
struct ComparisonOptions {
  Channels channels = Channels::kRgb;
  /// Pixels left out on each of the four sides; the scale, by the field's custom.
  std::int64_t crop_border_px = 0;
};

/// The luma that BasicSR compares: 16 + (65.481 R + 128.553 G + 24.966 B) / 255, not rounded.
///
/// Shape   rgb: uint8 [3, H, W] on any device; out: float32 [H, W] on the CPU, 16 .. 235.
/// Errors  c10::Error for another shape or type.
///
/// Rounded as BasicSR's float32 arithmetic rounds, so that its numbers come out to all digits.
[[nodiscard]] torch::Tensor basicsr_luma(const torch::Tensor& rgb);

}  // namespace vcisr::metrics
