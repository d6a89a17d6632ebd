// SPDX-License-Identifier: Apache-2.0
#include "metrics/steerable_pyramid.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace vcisr::metrics {
namespace {

/// A wave of `right` and `down` periods per picture.
torch::Tensor wave(std::int64_t side, double right, double down) {
  const double step = 2.0 * std::numbers::pi / static_cast<double>(side);
  const torch::Tensor place = torch::arange(side, torch::kFloat64) * step;
  return torch::cos(place.view({1, side}) * right + place.view({side, 1}) * down);
}

double energy(const torch::Tensor& band) { return band.square().mean().item<double>(); }

TEST(SteerablePyramid, RoundsOddSizesUp) {
  const SteerablePyramid pyramid = steerable_pyramid(torch::rand({97, 141}, torch::kFloat64));
  EXPECT_EQ(pyramid.high_pass.sizes(), (std::vector<std::int64_t>{97, 141}));
  for (const auto& band : pyramid.bands[0]) {
    EXPECT_EQ(band.sizes(), (std::vector<std::int64_t>{97, 141}));
  }
  for (const auto& band : pyramid.bands[1]) {
    EXPECT_EQ(band.sizes(), (std::vector<std::int64_t>{49, 71}));
    EXPECT_TRUE(band.is_contiguous());
  }
}

TEST(SteerablePyramid, HasNothingOfAFlatPicture) {
  const SteerablePyramid pyramid = steerable_pyramid(torch::full({64, 48}, 200.0, torch::kFloat64));
  EXPECT_LT(energy(pyramid.high_pass), 1e-20);
  for (const auto& level : pyramid.bands) {
    for (const auto& band : level) EXPECT_LT(energy(band), 1e-20);
  }
}

TEST(SteerablePyramid, SeparatesScales) {
  // Half of the highest frequency passes the first level alone, a quarter of it the second.
  const SteerablePyramid fine = steerable_pyramid(wave(128, 32, 0));
  const SteerablePyramid coarse = steerable_pyramid(wave(128, 16, 0));
  EXPECT_GT(energy(fine.bands[0][0]), 0.1);
  EXPECT_LT(energy(fine.bands[1][0]), 1e-20);
  EXPECT_LT(energy(coarse.bands[0][0]), 1e-20);
  EXPECT_GT(energy(coarse.bands[1][0]), 0.1);
}

TEST(SteerablePyramid, ShareOfEachOrientationFollowsTheCosine) {
  const double unit = energy(wave(128, 32, 0));
  for (const double angle : {0.0, 30.0, 60.0, 90.0, 120.0, 150.0}) {
    const double radians = angle * std::numbers::pi / 180.0;
    const SteerablePyramid pyramid = steerable_pyramid(
        wave(128, std::round(32 * std::cos(radians)), std::round(32 * std::sin(radians))));
    double sum = 0.0;
    std::size_t strongest = 0;
    for (std::size_t i = 0; i < pyramid.bands[0].size(); ++i) {
      sum += energy(pyramid.bands[0][i]);
      if (energy(pyramid.bands[0][i]) > energy(pyramid.bands[0][strongest])) strongest = i;
    }
    EXPECT_EQ(strongest, static_cast<std::size_t>(angle / 30.0));
    EXPECT_NEAR(sum, unit, 0.01 * unit) << "the orientations' squares add up to one";
  }
}

}  // namespace
}  // namespace vcisr::metrics
