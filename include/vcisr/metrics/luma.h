// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

namespace vcisr::metrics {

/// The lumas that published programs compare. Each gives numbers of its own, which must not be
/// mixed. With v = sample / peak in float32:
enum class Luma {
  /// 16 + 65.481 R + 128.553 G + 24.966 B, not rounded: BasicSR's `test_y_channel`. 16 .. 235.
  kBasicsr,
  /// The same rounded to integers, halves up: what MATLAB's rgb2ycbcr gives for 8-bit pictures.
  kMatlabRounded,
  /// .299 R + .587 G + .114 B, not rounded: pyiqa's psnry.
  kFullRange,
  /// The same rounded to integers, halves to even: pyiqa's ssim, niqe and brisque.
  kFullRangeRounded,
  /// OpenCV's: (4899 R + 9617 G + 1868 B + 8192) >> 14, which differs from the above by one where
  /// the sum lies close to a half.
  kOpencv
};

/// One luma of an RGB picture, in units of its samples: 0 .. peak, where peak is 2^bit_depth - 1
/// and the published 16 .. 235 become (16 .. 235) / 255 * peak.
///
/// Shape    rgb: [3, H, W], uint8 (bit_depth 8) or uint16 (9 .. 16), any strides and device. Out:
///          [H, W] on the CPU, contiguous; float32, and where rounded the type of rgb.
/// Units    kBasicsr and kFullRange are rounded to float32 as those programs' arithmetic rounds.
/// Threads  safe from any thread; one is used.
/// Errors   c10::Error in one sentence for another shape or type, or a bit depth that does not fit.
[[nodiscard]] torch::Tensor luma(const torch::Tensor& rgb, Luma kind, int bit_depth = 8);

}  // namespace vcisr::metrics
