// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <string>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "vcisr/losses/loss.h"

namespace vcisr::losses {
namespace {

double value(const std::string& yaml, const torch::Tensor& restored, const torch::Tensor& hq) {
  return pixel_losses().make(Config::parse(yaml))->forward(restored, hq).item<double>();
}

/// Differences 0.5, -0.25, 0, 0.
const torch::Tensor kRestored = torch::tensor({0.75, 0.25, 0.5, 1.0}).view({1, 1, 2, 2});
const torch::Tensor kHq = torch::tensor({0.25, 0.5, 0.5, 1.0}).view({1, 1, 2, 2});

TEST(PixelLosses, AreTheirFormulas) {
  EXPECT_NEAR(value("{type: L1Loss, loss_weight: 1.0, reduction: mean}", kRestored, kHq), 0.75 / 4,
              1e-7);
  EXPECT_NEAR(value("{type: l1, reduction: sum}", kRestored, kHq), 0.75, 1e-7);
  EXPECT_NEAR(value("{type: MSELoss}", kRestored, kHq), 0.3125 / 4, 1e-7);
  EXPECT_NEAR(value("{type: charbonnier, eps: 0.01}", kRestored, kHq),
              (std::sqrt(0.26) + std::sqrt(0.0725) + 0.2) / 4, 1e-7);
}

TEST(PixelLosses, GiveCharbonnierTheEpsOfItsSource) {
  EXPECT_NEAR(value("{type: L1_Charbonnier}", kHq, kHq), 1e-3, 1e-8);
  EXPECT_NEAR(value("{type: charbonnier}", kHq, kHq), 1e-3, 1e-8);
  EXPECT_NEAR(value("{type: CharbonnierLoss}", kHq, kHq), 1e-6, 1e-11);
  EXPECT_NEAR(value("{type: charbonnierloss}", kHq, kHq), 1e-6, 1e-11);
}

TEST(PixelLosses, SayWhatTheyKnow) {
  try {
    (void)pixel_losses().make(Config::parse("{type: L1Los}", "train.yml"));
    FAIL() << "no error";
  } catch (const ConfigError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("train.yml:1"), std::string::npos) << text;
    EXPECT_NE(text.find("ms_ssim_l1"), std::string::npos) << text;
    EXPECT_NE(text.find("did you mean"), std::string::npos) << text;
  }
  EXPECT_THROW((void)pixel_losses().make(Config::parse("{type: l1, reduction: none}")),
               ConfigError);
  EXPECT_THROW((void)pixel_losses().make(Config::parse("{type: charbonnier, eps: 0}")),
               ConfigError);
}

}  // namespace
}  // namespace vcisr::losses
