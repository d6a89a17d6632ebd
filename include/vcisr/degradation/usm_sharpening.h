// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/types.h>

namespace vcisr::degradation {

struct UsmOptions {
  std::int64_t radius = 50;    ///< The published name: number of Gaussian taps, made odd (51).
  double weight = 0.5;         ///< Share of the residual that is added, 0 or more.
  double threshold_8bit = 10;  ///< Only residuals beyond it (of 255) are sharpened, 0 or more.
};

/// Unsharp masking of training targets (Real-ESRGAN's USMSharp): adds a share of what a wide
/// Gaussian blur removes, where that is much, with soft borders.
///
/// Shape    [N, C, H, W] in and out, float32 or float64; each channel for itself.
/// Units    [0, 1]; the sharpened share is clamped to it, nothing is rounded to 8 bits.
/// Border   Mirrored, edge sample not repeated (ops::filter2d_separable).
/// Threads  As ops::filter2d_separable: the bits do not depend on the number of threads.
/// Errors   ConfigError: an option out of range. c10::Error: a tensor of another shape or type.
[[nodiscard]] torch::Tensor usm_sharpening(const torch::Tensor& hq, const UsmOptions& options = {});

}  // namespace vcisr::degradation
