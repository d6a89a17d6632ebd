// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <torch/types.h>

#include "networks/layers.h"

namespace vcisr::losses {

/// What a loss of x is computed in: float64 stays, all else becomes float32, for means over a
/// picture are beyond 16 bits.
[[nodiscard]] inline torch::Dtype wide_type(const torch::Tensor& x) {
  return x.scalar_type() == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
}
[[nodiscard]] inline torch::Tensor widened(const torch::Tensor& x) { return x.to(wide_type(x)); }

/// Refuses what are not two float [N, C, H, W] of one shape; `name` begins the sentence.
void check_pair(std::string_view name, const torch::Tensor& restored, const torch::Tensor& hq);

}  // namespace vcisr::losses
