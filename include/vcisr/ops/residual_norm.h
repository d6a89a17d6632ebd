// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

namespace vcisr::ops {

/// x += scale * LayerNorm(branch), the step between the layers of a post-norm transformer, in one
/// pass.
///
///   x         [tokens, C] float32, contiguous; overwritten
///   branch    [tokens, C] float32 or bfloat16, contiguous
///   weight, bias  [C] float32
///   narrow    [tokens, C] contiguous, or undefined: gets a copy of the result in its own type,
///             float32 or bfloat16
///
/// Mean and (biased) variance over the channels, in float32 whatever the branch.
/// Device   CPU.
/// Threads  The calling one only. The bits depend on the CPU's instruction set.
/// Grad     None.
/// Errors   c10::Error naming the argument.
void add_layer_norm(torch::Tensor& x, const torch::Tensor& branch, const torch::Tensor& weight,
                    const torch::Tensor& bias, double epsilon, double scale,
                    const torch::Tensor& narrow);

}  // namespace vcisr::ops
