// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/gradient_scaler.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "vcisr/core/error.h"

namespace vcisr::trainers {
namespace {

TEST(GradientScaler, ScalesAndUnscales) {
  const GradientScaler scaler({.initial_scale = 8});
  const auto x = torch::tensor({3.0F}).set_requires_grad(true);
  scaler.scale((x * x).sum()).backward();
  EXPECT_EQ(x.grad().item<float>(), 48);
  EXPECT_TRUE(scaler.unscale_and_check({x.grad()}));
  EXPECT_EQ(x.grad().item<float>(), 6);
}

TEST(GradientScaler, FindsWhatIsNotFinite) {
  const GradientScaler scaler;
  for (const float bad :
       {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    EXPECT_FALSE(scaler.unscale_and_check({torch::ones({3}), torch::full({2}, bad)}));
  }
  EXPECT_TRUE(scaler.unscale_and_check({}));
}

TEST(GradientScaler, GrowsAndBacksOff) {
  GradientScaler scaler({.initial_scale = 1024, .growth_interval = 3});
  scaler.update(true);
  scaler.update(true);
  scaler.update(false);
  EXPECT_EQ(scaler.state(), (GradientScalerState{512, 0}));
  for (int i = 0; i < 3; ++i) scaler.update(true);
  EXPECT_EQ(scaler.state(), (GradientScalerState{1024, 0}));
}

TEST(GradientScaler, ServesTwoOptimizersAsInStageTwo) {
  // Two updates in each iteration: the scale doubles after 1000 iterations without an overflow.
  GradientScaler scaler;
  for (int iteration = 0; iteration < 999; ++iteration) {
    scaler.update(true);
    scaler.update(true);
  }
  EXPECT_EQ(scaler.current_scale(), 65536);
  scaler.update(true);
  scaler.update(true);
  EXPECT_EQ(scaler.current_scale(), 131072);
  scaler.update(false);  // The generator's gradients overflow: the discriminator sees half.
  EXPECT_EQ(scaler.current_scale(), 65536);
  scaler.update(true);
  EXPECT_EQ(scaler.state().growth_counter, 1);
}

TEST(GradientScaler, NeverGrowsBeyondFloat32) {
  GradientScaler scaler({.initial_scale = 0x1p127, .growth_interval = 1});
  scaler.update(true);
  EXPECT_EQ(scaler.current_scale(), 0x1p127);
}

TEST(GradientScaler, IsTheIdentityWhenDisabled) {
  GradientScaler scaler({.is_enabled = false});
  const auto loss = torch::ones({});
  EXPECT_TRUE(scaler.scale(loss).is_same(loss));
  const auto gradient = torch::full({2}, 3.0F);
  EXPECT_TRUE(scaler.unscale_and_check({gradient}));
  EXPECT_EQ(gradient[0].item<float>(), 3);
  EXPECT_FALSE(scaler.unscale_and_check({torch::full({1}, std::nanf(""))}));
  scaler.update(false);
  EXPECT_EQ(scaler.current_scale(), 1);
}

TEST(GradientScaler, KeepsItsState) {
  GradientScaler scaler({.growth_interval = 4});
  scaler.update(false);
  scaler.update(true);
  GradientScaler resumed({.growth_interval = 4});
  resumed.load_state(scaler.state());
  for (int i = 0; i < 3; ++i) {
    scaler.update(true);
    resumed.update(true);
  }
  EXPECT_EQ(scaler.state(), resumed.state());
  EXPECT_EQ(resumed.current_scale(), 65536);
  EXPECT_THROW(resumed.load_state({0, 0}), CheckpointError);
  EXPECT_THROW(resumed.load_state({std::nan(""), 0}), CheckpointError);
  EXPECT_THROW(resumed.load_state({1, -1}), CheckpointError);
}

TEST(GradientScaler, RefusesFactorsThatMakeNoSense) {
  EXPECT_THROW(GradientScaler({.initial_scale = 0}), ConfigError);
  EXPECT_THROW(GradientScaler({.growth = 1}), ConfigError);
  EXPECT_THROW(GradientScaler({.backoff = 1}), ConfigError);
  EXPECT_THROW(GradientScaler({.growth_interval = 0}), ConfigError);
}

}  // namespace
}  // namespace vcisr::trainers
