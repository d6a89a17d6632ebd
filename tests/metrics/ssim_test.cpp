// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/ssim.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "metrics/golden_pictures.h"

namespace vcisr::metrics {
namespace {

using ::testing::HasSubstr;

TEST(Ssim, AgreesWithTheGoldenNumbers) {
  for (const auto& golden : golden_cases()) {
    const torch::Tensor hq = golden_reference(golden.at("height"), golden.at("width"));
    const torch::Tensor distorted = golden_distorted(hq);
    const auto& expected = golden.at("metrics");
    EXPECT_NEAR(ssim(distorted, hq), expected.at("ssim_rgb_basicsr").get<double>(), 1e-9);
    EXPECT_NEAR(ssim(distorted, hq, {.channels = Channels::kBasicsrY}),
                expected.at("ssim_y_basicsr").get<double>(), 1e-9);
    if (!expected.contains("ssim_y_basicsr_crop4")) continue;
    EXPECT_NEAR(ssim(distorted, hq, {.crop_border_px = 4}),
                expected.at("ssim_rgb_basicsr_crop4").get<double>(), 1e-9);
    EXPECT_NEAR(ssim(distorted, hq, {.channels = Channels::kBasicsrY, .crop_border_px = 4}),
                expected.at("ssim_y_basicsr_crop4").get<double>(), 1e-9);
  }
}

TEST(Ssim, IsOneForIdenticalPictures) {
  const torch::Tensor picture = golden_reference(23, 17);
  EXPECT_NEAR(ssim(picture, picture.clone()), 1.0, 1e-12);
}

TEST(Ssim, IsSymmetricAndMayBeNegative) {
  const torch::Tensor hq = golden_reference(23, 29);
  const torch::Tensor inverted = 255 - hq;
  EXPECT_LT(ssim(inverted, hq), 0.0);
  EXPECT_NEAR(ssim(inverted, hq), ssim(hq, inverted), 1e-12);
}

TEST(Ssim, NeedsItsWindow) {
  const torch::Tensor smallest = golden_reference(11, 19);
  EXPECT_NEAR(ssim(smallest, smallest), 1.0, 1e-12);
  try {
    (void)ssim(smallest, smallest, {.crop_border_px = 1});
    FAIL() << "nine rows have no window";
  } catch (const c10::Error& error) {
    EXPECT_THAT(std::string(error.what_without_backtrace()),
                HasSubstr("SSIM needs at least 11x11 pixels, but it was asked for 17x9"));
  }
}

TEST(GaussianSsim, FollowsTheDefinitionInsideOneWindow) {
  // One window: the definition with its 121 weights, written out with tensors.
  const torch::Tensor a = golden_reference(11, 11)[0];
  const torch::Tensor b = golden_distorted(golden_reference(11, 11))[0];
  const torch::Tensor distance = torch::arange(11, torch::kFloat64) - 5.0;
  torch::Tensor window = (-distance * distance / (2.0 * 1.5 * 1.5)).exp();
  window = window / window.sum();
  window = window.unsqueeze(1) * window.unsqueeze(0);
  const auto mean = [&window](const torch::Tensor& x) { return (window * x).sum().item<double>(); };
  const torch::Tensor x = a.to(torch::kFloat64);
  const torch::Tensor y = b.to(torch::kFloat64);
  const double mx = mean(x);
  const double my = mean(y);
  const double c1 = 2.55 * 2.55;
  const double c2 = 7.65 * 7.65;
  const double expected =
      (2.0 * mx * my + c1) * (2.0 * (mean(x * y) - mx * my) + c2) /
      ((mx * mx + my * my + c1) * (mean(x * x) - mx * mx + mean(y * y) - my * my + c2));
  EXPECT_NEAR(gaussian_ssim(a, b), expected, 1e-12);
  EXPECT_NEAR(gaussian_ssim(x.to(torch::kFloat32) / 255.0, y.to(torch::kFloat32) / 255.0, 1.0),
              expected, 1e-5);
}

TEST(GaussianSsim, RefusesOtherTensors) {
  const torch::Tensor plane = golden_reference(12, 12)[0];
  EXPECT_THROW((void)gaussian_ssim(plane, plane.to(torch::kFloat32)), c10::Error);
  EXPECT_THROW((void)gaussian_ssim(plane.unsqueeze(0), plane.unsqueeze(0)), c10::Error);
  EXPECT_THROW((void)gaussian_ssim(plane.to(torch::kInt32), plane.to(torch::kInt32)), c10::Error);
}

}  // namespace
}  // namespace vcisr::metrics
