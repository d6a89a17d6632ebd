// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/types.h>

namespace vcisr::ops {

enum class ResizeFilter {
  kBicubic,   ///< Keys' cubic with a = -0.5: MATLAB's and Pillow's, not OpenCV's or torch's -0.75.
  kLanczos3,  ///< Windowed sinc with three lobes.
  kBilinear,  ///< Triangle.
};

/// Resamples the last two dimensions as MATLAB's imresize does.
///
/// Shape    x: float32 or float64 [N, C, H, W], any strides (a column stride other than 1 costs a
///          copy). Returns [N, C, out_h, out_w], contiguous, same dtype and device. Not clamped.
/// Units    Output pixel o lies at (o + 0.5) * in / out - 0.5 of the input. An axis that shrinks
///          stretches the filter by in / out, so nothing aliases; taps are normalised to 1. An axis
///          of unchanged length keeps its values exactly.
/// Border   Mirrored, edge sample included (... b a | a b c ...), however small the input.
/// Threads  at::parallel_for over output rows; the bits do not depend on the number of threads, nor
///          on the CPU's instruction set. CUDA: the current stream; differs in the last bits.
/// Grad     For x, to any order: the backward is the transposed resampling. float64 is there for
///          gradient checks and is slow.
/// Memory   A few rows of scratch per thread; tap tables of the last sizes are kept.
/// Errors   c10::Error naming the argument and its actual value.
[[nodiscard]] torch::Tensor resize(const torch::Tensor& x, std::int64_t out_h, std::int64_t out_w,
                                   ResizeFilter filter = ResizeFilter::kBicubic);

/// resize() into a tensor that is there already: out [N, C, out_h, out_w] is overwritten.
///
/// Shape    out: dtype and device of x, column stride 1, any other stride; it shares no memory with
///          x. Its last two sizes say how far to resize.
/// Grad     None: x must not require grad while gradients are recorded.
void resize_out(const torch::Tensor& x, torch::Tensor& out,
                ResizeFilter filter = ResizeFilter::kBicubic);

}  // namespace vcisr::ops
