// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include "vcisr/metrics/comparison.h"

namespace vcisr::metrics {

/// What is left to compare: contiguous CPU tensors of one shape [C, H, W], uint8 for RGB, float32
/// for luma, without the border.
struct ComparedPair {
  torch::Tensor restored;
  torch::Tensor hq;
};

/// Errors  c10::Error, as psnr_db() says.
[[nodiscard]] ComparedPair compared_pair(const torch::Tensor& restored, const torch::Tensor& hq,
                                         const ComparisonOptions& options);

}  // namespace vcisr::metrics
