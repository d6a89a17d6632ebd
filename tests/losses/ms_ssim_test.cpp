// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "losses/ssim_reference.h"
#include "support/hash_rule.h"
#include "vcisr/losses/loss.h"

namespace vcisr::losses {
namespace {

using tests::hash_image;
using tests::Plane;

constexpr double kExponents[] = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};

Plane plane(const torch::Tensor& x) {
  Plane result{x.size(0), x.size(1), {}};
  const auto wide = x.to(torch::kFloat64).contiguous();
  result.values.assign(wide.const_data_ptr<double>(), wide.const_data_ptr<double>() + wide.numel());
  return result;
}

Plane halved(const Plane& x) {
  Plane result{x.height / 2, x.width / 2, {}};
  for (std::int64_t i = 0; i < result.height; ++i) {
    for (std::int64_t j = 0; j < result.width; ++j) {
      result.values.push_back((x.at(2 * i, 2 * j) + x.at(2 * i, 2 * j + 1) +
                               x.at(2 * i + 1, 2 * j) + x.at(2 * i + 1, 2 * j + 1)) /
                              4);
    }
  }
  return result;
}

double ms_ssim(Plane a, Plane b, const std::vector<double>& exponents) {
  double product = 1;
  for (std::size_t k = 0; k < exponents.size(); ++k) {
    if (k > 0) {
      a = halved(a);
      b = halved(b);
    }
    double sum = 0;
    for (std::int64_t y = 5; y < a.height - 5; ++y) {
      for (std::int64_t x = 5; x < a.width - 5; ++x) {
        const auto f = ssim_at(a, b, y, x, 11, 1.5, 1e-4, 9e-4);
        sum += f.contrast_structure * (k + 1 == exponents.size() ? f.luminance : 1);
      }
    }
    product *= std::pow(sum / static_cast<double>((a.height - 10) * (a.width - 10)), exponents[k]);
  }
  return product;
}

double loss(const std::string& yaml, const torch::Tensor& a, const torch::Tensor& b) {
  return pixel_losses().make(Config::parse(yaml))->forward(a, b).item<double>();
}

TEST(MsSsim, IsTheDefinition) {
  const auto hq = hash_image("hq", {1, 1, 176, 181});
  const auto restored = 0.7 * hq + 0.3 * hash_image("noise", {1, 1, 176, 181});
  const double expected = ms_ssim(plane(restored[0][0]), plane(hq[0][0]),
                                  {std::begin(kExponents), std::end(kExponents)});
  const auto wide = [](const torch::Tensor& x) { return x.to(torch::kFloat64); };
  EXPECT_NEAR(loss("{type: ms_ssim}", wide(restored), wide(hq)), 1 - expected, 1e-8);
  EXPECT_NEAR(loss("{type: ms_ssim}", restored, hq), 1 - expected, 2e-5);
}

TEST(MsSsim, TakesFewerScalesForSmallPictures) {
  const auto hq = hash_image("hq", {2, 3, 23, 31});
  const auto restored = 0.7 * hq + 0.3 * hash_image("noise", {2, 3, 23, 31});
  double sum = 0;
  const double ratio = 1.0001 / (0.0448 + 0.2856);
  for (std::int64_t n = 0; n < 2; ++n) {
    for (std::int64_t c = 0; c < 3; ++c) {
      sum += ms_ssim(plane(restored[n][c]), plane(hq[n][c]), {0.0448 * ratio, 0.2856 * ratio});
    }
  }
  EXPECT_NEAR(loss("{type: mssim, scales: 2}", restored, hq), 1 - sum / 6, 2e-5);
}

TEST(MsSsim, StaysFiniteForOppositePictures) {
  const auto hq = hash_image("hq", {1, 1, 24, 24}).requires_grad_(true);
  const auto value =
      pixel_losses().make(Config::parse("{type: ms_ssim, scales: 2}"))->forward(1 - hq, hq);
  value.backward();
  EXPECT_GT(value.item<double>(), 0.9);
  EXPECT_TRUE(torch::isfinite(hq.grad()).all().item<bool>());
}

TEST(MsSsim, SaysWhichSizeItNeeds) {
  const auto small = torch::zeros({1, 3, 175, 200});
  try {
    (void)loss("{type: ms_ssim}", small, small);
    FAIL() << "no error";
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    EXPECT_NE(text.find("176x176"), std::string::npos) << text;
    EXPECT_NE(text.find("200x175"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace vcisr::losses
