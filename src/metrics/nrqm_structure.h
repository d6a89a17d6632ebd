// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

namespace vcisr::metrics {

/// A plane's mean and variance under SSIM's 11x11 Gaussian window, where it lies inside.
struct LocalMoments {
  torch::Tensor samples;   ///< float64 [H, W], contiguous
  torch::Tensor mean;      ///< float64 [H - 10, W - 10]
  torch::Tensor variance;  ///< likewise
};

/// Shape   plane: float64 [H, W] on the CPU, H, W >= 11.
[[nodiscard]] LocalMoments local_moments(const torch::Tensor& plane);

/// The mean of SSIM's term of contrast and structure, each clamped at 0, for a peak of 255.
///
/// Shape   both of one size.
[[nodiscard]] double structure_similarity(const LocalMoments& a, const LocalMoments& b);

}  // namespace vcisr::metrics
