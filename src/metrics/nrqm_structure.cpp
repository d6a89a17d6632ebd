// SPDX-License-Identifier: Apache-2.0
#include "metrics/nrqm_structure.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include <torch/torch.h>

namespace vcisr::metrics {
namespace {

constexpr std::int64_t kRadiusPx = 5;
constexpr double kSigmaPx = 1.5;
constexpr double kContrastConstant = 0.03 * 255.0 * 0.03 * 255.0;

/// Half of the symmetric window, the centre first.
using HalfWindow = std::array<double, kRadiusPx + 1>;

HalfWindow half_window() {
  HalfWindow taps{};
  double sum = 0.0;
  for (std::size_t i = 0; i < taps.size(); ++i) {
    const auto distance = static_cast<double>(i);
    taps[i] = std::exp(-distance * distance / (2.0 * kSigmaPx * kSigmaPx));
    sum += i == 0 ? taps[i] : 2.0 * taps[i];
  }
  for (double& tap : taps) tap /= sum;
  return taps;
}

/// `centre` points at the first result's centre, `step` is the way to its neighbours.
void filter_row(const double* centre, std::int64_t step, std::int64_t count, const HalfWindow& taps,
                double* out) {
  for (std::int64_t x = 0; x < count; ++x) {
    double sum = taps[0] * centre[x];
    for (std::int64_t i = 1; i <= kRadiusPx; ++i) {
      sum += taps[static_cast<std::size_t>(i)] * (centre[x - i * step] + centre[x + i * step]);
    }
    out[x] = sum;
  }
}

/// The window's mean wherever it lies inside the plane (contiguous [H, W]).
torch::Tensor window_mean(const torch::Tensor& plane) {
  const HalfWindow taps = half_window();
  const std::int64_t width = plane.size(1);
  const std::int64_t out_height = plane.size(0) - 2 * kRadiusPx;
  const std::int64_t out_width = width - 2 * kRadiusPx;
  torch::Tensor out = torch::empty({out_height, out_width}, torch::kFloat64);
  std::vector<double> line(static_cast<std::size_t>(width));
  const double* const in = plane.const_data_ptr<double>();
  double* const result = out.mutable_data_ptr<double>();
  for (std::int64_t y = 0; y < out_height; ++y) {
    filter_row(in + (y + kRadiusPx) * width, width, width, taps, line.data());
    filter_row(line.data() + kRadiusPx, 1, out_width, taps, result + y * out_width);
  }
  return out;
}

}  // namespace

LocalMoments local_moments(const torch::Tensor& plane) {
  const torch::Tensor samples = plane.contiguous();
  const torch::Tensor mean = window_mean(samples);
  return {samples, mean, window_mean(samples * samples).sub_(mean * mean)};
}

double structure_similarity(const LocalMoments& a, const LocalMoments& b) {
  const torch::Tensor products = window_mean(a.samples * b.samples);
  const auto* const product = products.const_data_ptr<double>();
  const auto* const mean_a = a.mean.const_data_ptr<double>();
  const auto* const mean_b = b.mean.const_data_ptr<double>();
  const auto* const variance_a = a.variance.const_data_ptr<double>();
  const auto* const variance_b = b.variance.const_data_ptr<double>();
  double sum = 0.0;
  for (std::int64_t i = 0; i < products.numel(); ++i) {
    const double covariance = product[i] - mean_a[i] * mean_b[i];
    sum += std::max(0.0, (2.0 * covariance + kContrastConstant) /
                             (variance_a[i] + variance_b[i] + kContrastConstant));
  }
  return sum / static_cast<double>(products.numel());
}

}  // namespace vcisr::metrics
