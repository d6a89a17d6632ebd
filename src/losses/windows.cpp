// SPDX-License-Identifier: Apache-2.0
#include "losses/windows.h"

namespace vcisr::losses {

torch::Tensor gaussian_taps(std::int64_t count, double sigma, const torch::Tensor& x) {
  const auto place = torch::arange(count, torch::kFloat64) - static_cast<double>(count / 2);
  const auto taps = (-place.square() / (2 * sigma * sigma)).exp();
  return (taps / taps.sum()).to(x.options());
}

torch::Tensor filtered(const torch::Tensor& x, const torch::Tensor& taps, std::int64_t padding) {
  // A channel is a picture of its own.
  const auto planes = x.reshape({-1, 1, x.size(2), x.size(3)});
  const auto down =
      at::conv2d(planes, taps.view({1, 1, -1, 1}), {}, /*stride=*/1, at::IntArrayRef({padding, 0}));
  const auto both =
      at::conv2d(down, taps.view({1, 1, 1, -1}), {}, /*stride=*/1, at::IntArrayRef({0, padding}));
  return both.reshape({x.size(0), x.size(1), both.size(2), both.size(3)});
}

SsimMaps ssim_maps(const torch::Tensor& a, const torch::Tensor& b, const torch::Tensor& taps,
                   std::int64_t padding, double c1, double c2) {
  const auto mean = [&](const torch::Tensor& x) { return filtered(x, taps, padding); };
  const auto mean_a = mean(a);
  const auto mean_b = mean(b);
  const auto aa = mean_a * mean_a;
  const auto bb = mean_b * mean_b;
  const auto ab = mean_a * mean_b;
  const auto variance_a = mean(a * a) - aa;
  const auto variance_b = mean(b * b) - bb;
  const auto covariance = mean(a * b) - ab;
  return {(2 * ab + c1) / (aa + bb + c1), (2 * covariance + c2) / (variance_a + variance_b + c2)};
}

}  // namespace vcisr::losses
