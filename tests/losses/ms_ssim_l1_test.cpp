// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <string>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "losses/ssim_reference.h"
#include "support/hash_rule.h"
#include "vcisr/losses/loss.h"

namespace vcisr::losses {
namespace {

using tests::hash_image;
using tests::Plane;

Plane plane(const torch::Tensor& x) {
  Plane result{x.size(0), x.size(1), {}};
  const auto wide = x.to(torch::kFloat64).contiguous();
  result.values.assign(wide.const_data_ptr<double>(), wide.const_data_ptr<double>() + wide.numel());
  return result;
}

/// Gaussian mean of |a - b| around a place.
double blurred_difference(const Plane& a, const Plane& b, std::int64_t y, std::int64_t x) {
  double sum = 0;
  double total = 0;
  for (std::int64_t i = -16; i <= 16; ++i) {
    for (std::int64_t j = -16; j <= 16; ++j) {
      const double weight = std::exp(-static_cast<double>(i * i + j * j) / 128);
      total += weight;
      sum += weight * std::abs(a.at(y + i, x + j) - b.at(y + i, x + j));
    }
  }
  return sum / total;
}

double mix(const torch::Tensor& restored, const torch::Tensor& hq, double alpha) {
  double sum = 0;
  for (std::int64_t c = 0; c < restored.size(1); ++c) {
    const auto a = plane(restored[0][c]);
    const auto b = plane(hq[0][c]);
    for (std::int64_t y = 0; y < a.height; ++y) {
      for (std::int64_t x = 0; x < a.width; ++x) {
        double similarity = 1;
        for (const double sigma : {0.5, 1.0, 2.0, 4.0, 8.0}) {
          const auto f = ssim_at(a, b, y, x, 33, sigma, 1e-4, 0.16);
          similarity *= f.contrast_structure * (sigma == 8 ? f.luminance : 1);
        }
        sum += alpha * (1 - similarity) + (1 - alpha) * blurred_difference(a, b, y, x);
      }
    }
  }
  return sum / static_cast<double>(restored.numel());
}

double loss(const std::string& yaml, const torch::Tensor& a, const torch::Tensor& b) {
  return pixel_losses().make(Config::parse(yaml))->forward(a, b).item<double>();
}

TEST(MsSsimL1, IsTheDefinition) {
  const auto hq = hash_image("hq", {1, 2, 12, 19});
  const auto restored = 0.6 * hq + 0.4 * hash_image("noise", {1, 2, 12, 19});
  const auto wide = [](const torch::Tensor& x) { return x.to(torch::kFloat64); };
  EXPECT_NEAR(loss("{type: ms_ssim_l1}", wide(restored), wide(hq)), mix(restored, hq, 0.2), 1e-8);
  EXPECT_NEAR(loss("{type: L1_MS-SSIM_loss}", restored, hq), mix(restored, hq, 0.2), 2e-5);
  EXPECT_NEAR(loss("{type: ms_ssim_l1, alpha: 0.84}", restored, hq), mix(restored, hq, 0.84), 2e-5);
}

TEST(MsSsimL1, RefusesAnotherShare) {
  EXPECT_THROW((void)pixel_losses().make(Config::parse("{type: ms_ssim_l1, alpha: 1.5}")),
               ConfigError);
}

}  // namespace
}  // namespace vcisr::losses
