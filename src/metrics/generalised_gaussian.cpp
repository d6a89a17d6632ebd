// SPDX-License-Identifier: Apache-2.0
#include "metrics/generalised_gaussian.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <vector>

namespace vcisr::metrics {
namespace {

constexpr double kLeastShape = 0.03;
constexpr double kShapeStep = 0.001;
constexpr std::size_t kShapes = 9971;
/// Keeps equal samples from 0 / 0.
constexpr double kEpsilon = 1e-7;

double shape_at(std::size_t index) { return kLeastShape + kShapeStep * static_cast<double>(index); }

/// G(1/g) G(3/g) / G(2/g)^2 for each shape g: falls from the first to the last.
std::vector<double> make_ratios() {
  std::vector<double> ratios(kShapes);
  for (std::size_t i = 0; i < kShapes; ++i) {
    const double inverse = 1.0 / shape_at(i);
    const double middle = std::tgamma(2.0 * inverse);
    ratios[i] = std::tgamma(inverse) / middle * (std::tgamma(3.0 * inverse) / middle);
  }
  return ratios;
}

}  // namespace

double generalised_gaussian_shape(std::span<const double> samples) {
  static const std::vector<double> ratios = make_ratios();
  const auto count = static_cast<double>(samples.size());
  double sum = 0.0;
  for (const double sample : samples) sum += sample;
  const double mean = sum / count;
  double squares = 0.0;
  double absolutes = 0.0;
  for (const double sample : samples) {
    const double deviation = sample - mean;
    squares += deviation * deviation;
    absolutes += std::abs(deviation);
  }
  absolutes /= count;
  const double ratio = squares / (count - 1.0) / (absolutes * absolutes + kEpsilon);
  const auto below = std::lower_bound(ratios.begin(), ratios.end(), ratio, std::greater<>());
  auto index = static_cast<std::size_t>(below - ratios.begin());
  if (index == kShapes) return shape_at(kShapes - 1);
  if (index > 0 && ratios[index - 1] - ratio <= ratio - ratios[index]) --index;
  return shape_at(index);
}

}  // namespace vcisr::metrics
