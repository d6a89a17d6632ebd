// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/types.h>

namespace vcisr::losses {

/// Gaussian of an odd number of taps that sum to 1, in x's type and on its device.
[[nodiscard]] torch::Tensor gaussian_taps(std::int64_t count, double sigma, const torch::Tensor& x);

/// Every channel of x [N, C, H, W] filtered by the taps down and across. `padding` zeros around;
/// without them the sides shrink by count - 1.
[[nodiscard]] torch::Tensor filtered(const torch::Tensor& x, const torch::Tensor& taps,
                                     std::int64_t padding);

/// SSIM's two factors at each place.
struct SsimMaps {
  torch::Tensor luminance;
  torch::Tensor contrast_structure;
};

/// By the window's means, variances and covariance (Wang et al., 2004); c1 and c2 keep the
/// quotients finite.
[[nodiscard]] SsimMaps ssim_maps(const torch::Tensor& a, const torch::Tensor& b,
                                 const torch::Tensor& taps, std::int64_t padding, double c1,
                                 double c2);

}  // namespace vcisr::losses
