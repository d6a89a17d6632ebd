// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

namespace vcisr::tests {

/// One channel, row by row.
struct Plane {
  std::int64_t height, width;
  std::vector<double> values;

  /// 0 outside.
  [[nodiscard]] double at(std::int64_t y, std::int64_t x) const {
    const bool is_inside = y >= 0 && x >= 0 && y < height && x < width;
    return is_inside ? values[static_cast<std::size_t>(y * width + x)] : 0;
  }
};

struct SsimFactors {
  double luminance, contrast_structure;
};

/// SSIM's factors from the definition, with a two-dimensional Gaussian of `taps` x `taps` around
/// (y, x), values outside the picture being 0.
inline SsimFactors ssim_at(const Plane& a, const Plane& b, std::int64_t y, std::int64_t x,
                           std::int64_t taps, double sigma, double c1, double c2) {
  const std::int64_t half = taps / 2;
  double total = 0;
  std::vector<double> weights;
  for (std::int64_t i = -half; i <= half; ++i) {
    for (std::int64_t j = -half; j <= half; ++j) {
      weights.push_back(std::exp(-static_cast<double>(i * i + j * j) / (2 * sigma * sigma)));
      total += weights.back();
    }
  }
  const auto mean = [&](auto of) {
    double sum = 0;
    std::size_t k = 0;
    for (std::int64_t i = -half; i <= half; ++i) {
      for (std::int64_t j = -half; j <= half; ++j) {
        sum += weights[k++] / total * of(a.at(y + i, x + j), b.at(y + i, x + j));
      }
    }
    return sum;
  };
  const double ma = mean([](double p, double) { return p; });
  const double mb = mean([](double, double q) { return q; });
  const double va = mean([&](double p, double) { return p * p; }) - ma * ma;
  const double vb = mean([&](double, double q) { return q * q; }) - mb * mb;
  const double covariance = mean([&](double p, double q) { return p * q; }) - ma * mb;
  return {(2 * ma * mb + c1) / (ma * ma + mb * mb + c1), (2 * covariance + c2) / (va + vb + c2)};
}

}  // namespace vcisr::tests
