// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/types.h>

namespace vcisr::ops {

enum class InterpolateMode {
  kArea,      ///< Mean of the input pixels from floor(o in / out) to ceil((o + 1) in / out) - 1.
  kBilinear,  ///< Between two neighbours.
  kBicubic,   ///< Keys' cubic with a = -0.75; may overshoot the input's range.
};

/// Resamples the last two dimensions as torch.nn.functional.interpolate(size=...) does, with
/// align_corners and antialias off: an axis that shrinks leaves pixels out unless the mode is
/// kArea. (resize.h is the resampling that filters first.)
///
/// Shape    x: float32 or float64 [N, C, H, W], any strides (a column stride other than 1 costs a
///          copy). Returns [N, C, out_h, out_w], contiguous, same dtype and device. Not clamped.
/// Units    Output pixel o lies at (o + 0.5) * in / out - 0.5 of the input; an axis of unchanged
///          length keeps its values exactly. On the CPU in float32 positions and weights are
///          rounded from float64, in torch from float32: on noise of 360 pixels they differ by up
///          to 4e-5.
/// Border   The edge pixel is repeated.
/// Device   CPU float32 has code of its own; CUDA, float64 and whatever records gradients run as
///          torch's operators.
/// Threads  at::parallel_for over output rows; the bits depend neither on the number of threads nor
///          on the CPU's instruction set. CUDA: the current stream.
/// Grad     For x.
/// Errors   c10::Error naming the argument and its actual value.
[[nodiscard]] torch::Tensor interpolate(const torch::Tensor& x, std::int64_t out_h,
                                        std::int64_t out_w, InterpolateMode mode);

/// interpolate(scale_factor=scale): the sides become scaled_length(), and output pixel o lies at
/// (o + 0.5) / scale - 0.5, which differs from the above where in * scale is no integer. kArea
/// knows only the sides; and as in torch, kBilinear copies a picture both of whose sides stay.
///
/// Errors   As above; also a scale that is not positive, or so small that a side would vanish.
[[nodiscard]] torch::Tensor interpolate_by(const torch::Tensor& x, double scale,
                                           InterpolateMode mode);

/// floor(length * scale), taken in float64 as torch does; 0 where nothing would remain.
///
/// Errors   c10::Error for a scale that is not positive and finite, or a length beyond 2^30.
[[nodiscard]] std::int64_t scaled_length(std::int64_t length, double scale);

}  // namespace vcisr::ops
