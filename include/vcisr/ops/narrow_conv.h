// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

namespace vcisr::ops {

/// 3x3 convolution to very few channels, zero padding of one pixel: the last layer of
/// super-resolution networks, where general convolutions leave most of a vector unit idle.
///
///   x       [N, C, H, W] float32 or bfloat16, channels last (NHWC in memory)
///   weight  [K, C, 3, 3] of x's type, K <= 4, any strides
///   bias    [K] of x's type
///   returns [N, K, H, W] float32, contiguous
///
/// Sums in float32.
/// Device   CPU.
/// Threads  at::parallel_for over rows; the bits do not depend on the number of threads, but on the
///          CPU's instruction set.
/// Grad     None.
/// Errors   c10::Error naming the argument.
[[nodiscard]] torch::Tensor narrow_conv3x3(const torch::Tensor& x, const torch::Tensor& weight,
                                           const torch::Tensor& bias);

}  // namespace vcisr::ops
