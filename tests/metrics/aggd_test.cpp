// SPDX-License-Identifier: Apache-2.0
#include "metrics/aggd.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace vcisr::metrics {
namespace {

/// Sums whose symmetric ratio (mean absolute)^2 / mean square is `ratio`, both sides alike.
SampleSums symmetric_sums(double ratio) {
  SampleSums sums;
  sums.count = 2.0;
  sums.negatives = sums.positives = 1.0;
  sums.negative_squares = sums.positive_squares = 1.0;
  sums.absolutes = 2.0 * std::sqrt(ratio);
  return sums;
}

double gamma_ratio(double shape) {
  return std::exp(2.0 * std::lgamma(2.0 / shape) - std::lgamma(1.0 / shape) -
                  std::lgamma(3.0 / shape));
}

TEST(GammaSearch, FindsTheNearestOfTheGridAsASearchOfAllDoes) {
  for (double ratio = 0.001; ratio < 0.8; ratio += 0.00317) {
    double best = std::numeric_limits<double>::infinity();
    double nearest = 0.0;
    double best_inverse = best;
    double nearest_inverse = 0.0;
    for (int i = 0; i <= 9800; ++i) {
      const double shape = 0.2 + i * 0.001;
      const double distance = std::abs(gamma_ratio(shape) - ratio);
      if (distance < best) nearest = shape;
      best = std::min(best, distance);
      const double inverse = std::abs(1.0 / gamma_ratio(shape) - 1.0 / ratio);
      if (inverse < best_inverse) nearest_inverse = shape;
      best_inverse = std::min(best_inverse, inverse);
    }
    // Equal sides double the ratio's factor: (1 + 1)(1 + 1) / (1 + 1)^2 = 1.
    ASSERT_NEAR(fit_asymmetric(symmetric_sums(ratio)).shape, nearest, 1e-9) << ratio;
    ASSERT_NEAR(symmetric_shape(symmetric_sums(ratio)), nearest_inverse, 1e-9) << ratio;
  }
}

TEST(GammaSearch, KnowsTheGaussianAndTheLaplacian) {
  EXPECT_NEAR(symmetric_shape(symmetric_sums(2.0 / std::acos(-1.0))), 2.0, 1e-9);
  EXPECT_NEAR(symmetric_shape(symmetric_sums(0.5)), 1.0, 1e-9);
  const AsymmetricFit laplacian = fit_asymmetric(symmetric_sums(0.5));
  EXPECT_NEAR(laplacian.shape, 1.0, 1e-9);
  EXPECT_NEAR(laplacian.beta_ratio, std::sqrt(0.5), 1e-9);
  EXPECT_NEAR(laplacian.mean_ratio, 1.0, 1e-9);
}

TEST(GammaSearch, EndsAtTheGridsEnds) {
  EXPECT_NEAR(symmetric_shape(symmetric_sums(1e-9)), 0.2, 1e-9);
  EXPECT_NEAR(symmetric_shape(symmetric_sums(1.0)), 10.0, 1e-9);
}

TEST(AsymmetricFit, OfOneSignIsNotANumberButForItsShape) {
  SampleSums sums = symmetric_sums(0.5);
  sums.positives = sums.positive_squares = 0.0;
  const AsymmetricFit fit = fit_asymmetric(sums);
  EXPECT_EQ(fit.shape, 0.2);
  EXPECT_EQ(fit.left_rms, 1.0);
  EXPECT_TRUE(std::isnan(fit.right_rms));
  EXPECT_TRUE(std::isnan(fit_asymmetric(SampleSums()).left_rms));
}

TEST(SampleSums, CountEachSignOfABlockAndNotItsSurroundings) {
  LumaPlane plane(4, 5);
  for (std::size_t i = 0; i < plane.samples.size(); ++i) {
    plane.samples[i] = static_cast<double>(i) - 8.0;
  }
  // Rows 1 and 2, columns 2 to 4: -1 0 1 / 4 5 6.
  const SampleSums sums = sums_of({plane, 1, 2, 2, 3});
  EXPECT_EQ(sums.count, 6.0);
  EXPECT_EQ(sums.negatives, 1.0);
  EXPECT_EQ(sums.positives, 4.0);
  EXPECT_EQ(sums.negative_squares, 1.0);
  EXPECT_EQ(sums.positive_squares, 1.0 + 16.0 + 25.0 + 36.0);
  EXPECT_EQ(sums.absolutes, 17.0);
}

TEST(SampleSums, PairSamplesAroundTheEdges) {
  LumaPlane plane(2, 3);
  plane.samples = {1, 2, 3, 5, 7, 11};
  const LumaBlock block{plane, 0, 0, 2, 3};
  // Each sample times the one to its left, above, above left and above right.
  EXPECT_EQ(sums_of_products(block, {0, 1}).absolutes, 3 + 2 + 6 + 55 + 35 + 77);
  EXPECT_EQ(sums_of_products(block, {1, 0}).absolutes, 2.0 * (5 + 14 + 33));
  EXPECT_EQ(sums_of_products(block, {1, 1}).absolutes, 11 + 10 + 21 + 15 + 7 + 22);
  EXPECT_EQ(sums_of_products(block, {1, -1}).absolutes, 7 + 22 + 15 + 10 + 21 + 11);
  EXPECT_EQ(sums_of_products(block, {-1, 1}).absolutes, 11 + 10 + 21 + 15 + 7 + 22);
}

}  // namespace
}  // namespace vcisr::metrics
