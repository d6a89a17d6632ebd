// SPDX-License-Identifier: Apache-2.0
// What the files of the resize operator share. Operators, all under torch.ops.vcisr:
//   resize(x, out_h, out_w, filter)            CPU, CUDA, Meta, Autograd
//   resize_backward(grad, in_h, in_w, filter)  its transpose; the same keys
//   resize_out(x, out!, filter)                CPU, CUDA
#pragma once

#include <cstdint>
#include <string>

#include <torch/types.h>

#include "ops/resize/taps.h"

namespace vcisr::ops::detail {

enum class ResizeDirection { kForward, kTransposed };

/// Filter of a name of the schema ("bicubic", "lanczos3", "bilinear").
[[nodiscard]] TapFilter tap_filter(const std::string& name);

/// Throws where x cannot be resized to that size.
void check_resize(const torch::Tensor& x, std::int64_t out_h, std::int64_t out_w);
void check_resize_out(const torch::Tensor& x, const torch::Tensor& out);

/// x with a column stride of 1: x itself wherever possible.
[[nodiscard]] torch::Tensor with_dense_columns(const torch::Tensor& x);

}  // namespace vcisr::ops::detail
