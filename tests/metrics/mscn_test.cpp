// SPDX-License-Identifier: Apache-2.0
#include "metrics/mscn.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <gtest/gtest.h>

namespace vcisr::metrics {
namespace {

LumaPlane textured(std::int64_t height, std::int64_t width) {
  LumaPlane plane(height, width);
  std::uint32_t state = 12345;
  for (double& sample : plane.samples) {
    state = state * 1664525u + 1013904223u;
    sample = static_cast<double>(state >> 24);
  }
  return plane;
}

/// The window's mean of f(sample), all 49 terms, with taps rounded to float32.
template <class Function>
double window_mean(const LumaPlane& plane, std::int64_t y, std::int64_t x, bool repeats_edges,
                   const Function& f) {
  const std::vector<double> window = mscn_window();
  double sum = 0.0;
  for (std::int64_t dy = -3; dy <= 3; ++dy) {
    for (std::int64_t dx = -3; dx <= 3; ++dx) {
      std::int64_t row = y + dy;
      std::int64_t column = x + dx;
      if (repeats_edges) {
        row = std::clamp<std::int64_t>(row, 0, plane.height - 1);
        column = std::clamp<std::int64_t>(column, 0, plane.width - 1);
      } else if (row < 0 || row >= plane.height || column < 0 || column >= plane.width) {
        continue;
      }
      const double tap = window[static_cast<std::size_t>((dy + 3) * 7 + dx + 3)];
      sum += static_cast<double>(static_cast<float>(tap)) * f(plane.row(row)[column]);
    }
  }
  return sum;
}

void expect_as_written_out(MscnRule rule, bool repeats_edges, double epsilon) {
  const LumaPlane luma = textured(11, 9);
  LumaPlane deviation;
  const LumaPlane result = mscn(luma, rule, &deviation);
  for (std::int64_t y = 0; y < luma.height; ++y) {
    for (std::int64_t x = 0; x < luma.width; ++x) {
      const double mean = window_mean(luma, y, x, repeats_edges, [](double v) { return v; });
      const double square = window_mean(luma, y, x, repeats_edges, [](double v) { return v * v; });
      const double sigma = std::sqrt(std::abs(square - mean * mean) + epsilon);
      ASSERT_NEAR(deviation.row(y)[x], sigma, 1e-9) << x << ", " << y;
      ASSERT_NEAR(result.row(y)[x], (luma.row(y)[x] - mean) / (sigma + 1.0), 1e-11);
    }
  }
}

TEST(Mscn, IsTheSumOfAll49TapsWithEdgesRepeated) {
  expect_as_written_out(MscnRule::kPyiqaNiqe, true, std::numeric_limits<double>::epsilon());
}

TEST(Mscn, IsTheSumOfAll49TapsWithZerosOutside) {
  expect_as_written_out(MscnRule::kPyiqaBrisque, false, 0x1p-23);
}

TEST(Mscn, OfAPictureSmallerThanTheWindowIsDefined) {
  for (const MscnRule rule : {MscnRule::kPyiqaNiqe, MscnRule::kPyiqaBrisque}) {
    for (const double sample : mscn(textured(2, 1), rule).samples) {
      EXPECT_TRUE(std::isfinite(sample));
    }
  }
}

TEST(Mscn, OfBasicsrIsTheSameInFloat) {
  const LumaPlane luma = textured(20, 30);
  const LumaPlane in_float = mscn(luma, MscnRule::kBasicsrNiqe);
  const LumaPlane in_double = mscn(luma, MscnRule::kPyiqaNiqe);
  for (std::size_t i = 0; i < luma.samples.size(); ++i) {
    ASSERT_NEAR(in_float.samples[i], in_double.samples[i], 1e-5);
    ASSERT_EQ(in_float.samples[i], static_cast<double>(static_cast<float>(in_float.samples[i])));
  }
}

// The float32 taps sum to a little more than 1: flat areas have a sign, and NIQE depends on it.
TEST(Mscn, OfFlatAreasIsNegativeInPyiqaAndZeroInBasicsr) {
  LumaPlane flat(9, 9);
  std::fill(flat.samples.begin(), flat.samples.end(), 200.0);
  for (const double sample : mscn(flat, MscnRule::kPyiqaNiqe).samples) {
    EXPECT_LT(sample, -1e-6);
    EXPECT_GT(sample, -1e-5);
  }
  for (const double sample : mscn(flat, MscnRule::kBasicsrNiqe).samples) EXPECT_EQ(sample, 0.0);
}

TEST(MscnWindow, SumsToOneAndIsSymmetric) {
  const std::vector<double> window = mscn_window();
  ASSERT_EQ(window.size(), 49u);
  EXPECT_NEAR(std::accumulate(window.begin(), window.end(), 0.0), 1.0, 1e-15);
  for (std::size_t i = 0; i < 49; ++i) EXPECT_EQ(window[i], window[48 - i]);
  EXPECT_NEAR(window[24] / window[25], std::exp(18.0 / 49.0), 1e-12);
}

}  // namespace
}  // namespace vcisr::metrics
