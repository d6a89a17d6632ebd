// SPDX-License-Identifier: Apache-2.0
#include "metrics/generalised_gaussian.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace vcisr::metrics {
namespace {

/// Quantiles of a Laplacian: samples without chance.
std::vector<double> laplacian(int count) {
  std::vector<double> samples;
  for (int i = 0; i < count; ++i) {
    const double tail = (i + 0.5) / count;
    samples.push_back(-std::log(1.0 - tail));
    samples.push_back(std::log(1.0 - tail));
  }
  return samples;
}

/// The same of a Gaussian, by Box and Muller on a grid.
std::vector<double> gaussian(int side) {
  std::vector<double> samples;
  for (int i = 0; i < side; ++i) {
    for (int j = 0; j < side; ++j) {
      const double radius = std::sqrt(-2.0 * std::log((i + 0.5) / side));
      samples.push_back(radius * std::cos(2.0 * std::acos(-1.0) * (j + 0.5) / side));
    }
  }
  return samples;
}

TEST(GeneralisedGaussian, FindsTheShapeOfKnownDistributions) {
  EXPECT_NEAR(generalised_gaussian_shape(laplacian(20000)), 1.0, 0.002);
  EXPECT_NEAR(generalised_gaussian_shape(gaussian(400)), 2.0, 0.01);
}

TEST(GeneralisedGaussian, DoesNotChangeWithMeanAndScale) {
  const std::vector<double> samples = laplacian(2000);
  std::vector<double> moved;
  for (const double sample : samples) moved.push_back(40.0 - 7.0 * sample);
  EXPECT_NEAR(generalised_gaussian_shape(moved), generalised_gaussian_shape(samples), 0.0011);
}

TEST(GeneralisedGaussian, StaysOnItsGrid) {
  EXPECT_DOUBLE_EQ(generalised_gaussian_shape(std::vector<double>(48, 0.25)), 10.0);
  std::vector<double> lonely(1 << 20, 0.0);
  lonely[5] = 1e6;
  EXPECT_GE(generalised_gaussian_shape(lonely), 0.03);
  EXPECT_LT(generalised_gaussian_shape(lonely), 0.15);
}

}  // namespace
}  // namespace vcisr::metrics
