// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

namespace vcisr::ops {

/// Filters every channel of an image with one kernel: cross-correlation (the kernel is not turned),
/// as OpenCV's filter2D.
///
///   x       [N, C, H, W] float32 or float64
///   kernel  [k, k], or [N, k, k] for one kernel per image; k odd; float32 or float64, any device
///   returns [N, C, H, W] of x's type and device, contiguous
///
/// Border   Mirrored, edge sample not repeated (... c b | a b c ...). An image smaller than half
/// the
///          kernel is mirrored again and again; a side of length 1 repeats its sample.
/// Units    Sums in x's type. On the CPU in float32, outer rows and columns of the kernel that are
///          zero, or hold less than 2^-30 of sum |kernel| in all, are left out; and a kernel within
///          2^-22 sum |kernel| (summed deviations) of an outer product runs as its two factors.
///          So the result differs from the exact one by the rounding of the sum and at most
///          2.5e-7 sum |kernel| max |x|.
/// Device   CPU float32 has code of its own; CUDA, float64 and whatever records gradients run as
///          padding and convolution (never in TF32).
/// Threads  at::parallel_for over rows; the bits do not depend on the number of threads, but on the
///          CPU's instruction set. CUDA: the current stream.
/// Grad     For x and kernel.
/// Memory   On the CPU one padded band of rows per thread, about 1 MB for widths up to 2000.
/// Errors   c10::Error naming the argument.
[[nodiscard]] torch::Tensor filter2d(const torch::Tensor& x, const torch::Tensor& kernel);

/// filter2d() with the outer product of column_taps (down) and row_taps (along a row), both [k] of
/// odd, maybe different lengths, without ever forming it. All else as above.
[[nodiscard]] torch::Tensor filter2d_separable(const torch::Tensor& x,
                                               const torch::Tensor& row_taps,
                                               const torch::Tensor& column_taps);

}  // namespace vcisr::ops
