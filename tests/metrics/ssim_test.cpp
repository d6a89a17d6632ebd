// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/ssim.h"

#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "metrics/full_reference_golden.h"
#include "vcisr/metrics/luma.h"

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
  EXPECT_NEAR(gaussian_ssim_in_double(a, b), expected, 1e-12);
  EXPECT_NEAR(gaussian_ssim(x, y), expected, 1e-12);
  // float32 within the window.
  EXPECT_NEAR(gaussian_ssim(a, b), expected, 1e-6);
  EXPECT_NEAR(gaussian_ssim(x.to(torch::kFloat32) / 255.0, y.to(torch::kFloat32) / 255.0, 1.0),
              expected, 1e-5);
}

// The tolerance of the published numbers is 1e-6; tiny pictures average little rounding away.
TEST(GaussianSsim, AgreesWithTheGoldenNumbers) {
  for (const auto& golden : full_reference_cases()) {
    if (!golden.metrics().contains("ssim_y_pyiqa")) continue;
    const torch::Tensor distorted = luma(golden.distorted, Luma::kFullRangeRounded);
    const torch::Tensor reference = luma(golden.reference, Luma::kFullRangeRounded);
    const auto expected = [&](const char* column) {
      return golden.metrics().at(column).get<double>();
    };
    EXPECT_NEAR(gaussian_ssim(distorted, reference, 255.0, SsimTerms::kClamped),
                expected("ssim_y_pyiqa"), 1e-6);
    EXPECT_NEAR(gaussian_ssim(255 - distorted, reference, 255.0, SsimTerms::kClamped),
                expected("ssim_inverted_y_pyiqa"), 1e-6);
    EXPECT_NEAR(gaussian_ssim(255 - distorted, reference), expected("ssim_inverted_y_signed"),
                1e-6);
    EXPECT_NEAR(gaussian_ssim_in_double(255 - distorted, reference, 255.0, SsimTerms::kClamped),
                expected("ssim_inverted_y_pyiqa"), 1e-10);
    EXPECT_NEAR(ssim(golden.distorted, golden.reference), expected("ssim_rgb_basicsr"), 1e-10);
    for (std::int64_t c = 0; c < 3; ++c) {
      const auto deep = golden.ten_bit().at("gaussian_ssim")[c].get<double>();
      EXPECT_NEAR(
          gaussian_ssim(with_padded_rows(golden.distorted10)[c], golden.reference10[c], 1023.0),
          deep, 1e-6);
      EXPECT_NEAR(gaussian_ssim_in_double(golden.distorted10[c], golden.reference10[c], 1023.0),
                  deep, 1e-10);
    }
  }
}

TEST(GaussianSsim, OfAWholePictureIsCloseToDouble) {
  // float32 within a window: flat bright pictures lose most of their variance's digits. Photographs
  // are up to 6e-7 off (docs/numerics.md); the promise is 1e-6.
  const torch::Tensor reference = golden_reference(540, 960);
  const torch::Tensor distorted = golden_distorted(reference);
  const torch::Tensor bright = (reference / 8).add(220).to(torch::kUInt8);
  const torch::Tensor noisy = (distorted / 8).add(220).to(torch::kUInt8);
  for (std::int64_t c = 0; c < 3; ++c) {
    EXPECT_NEAR(gaussian_ssim(distorted[c], reference[c]),
                gaussian_ssim_in_double(distorted[c], reference[c]), 1e-7);
    EXPECT_NEAR(gaussian_ssim(noisy[c], bright[c]), gaussian_ssim_in_double(noisy[c], bright[c]),
                5e-7);
  }
  const torch::Tensor y = basicsr_luma(reference);
  const torch::Tensor distorted_y = basicsr_luma(distorted);
  EXPECT_NEAR(gaussian_ssim(distorted_y, y), gaussian_ssim_in_double(distorted_y, y), 1e-7);
}

TEST(GaussianSsim, IsOneForIdenticalPlanesToTheLastDigit) {
  const torch::Tensor plane = full_reference_cases()[3].reference[0];
  EXPECT_EQ(gaussian_ssim(plane, plane), 1.0);
  EXPECT_EQ(gaussian_ssim(plane, plane, 255.0, SsimTerms::kClamped), 1.0);
}

TEST(GaussianSsim, RefusesWhatIsNotANumber) {
  torch::Tensor plane = torch::zeros({20, 30});
  plane[19][29] = std::numeric_limits<float>::quiet_NaN();
  for (const SsimTerms terms : {SsimTerms::kSigned, SsimTerms::kClamped}) {
    EXPECT_THAT(refusal_of([&] { return gaussian_ssim(plane, plane, 255.0, terms); }),
                HasSubstr("SSIM is not defined: a picture holds NaN or infinity"));
  }
}

TEST(UniformSsim, AgreesWithTheGoldenNumbers) {
  for (const auto& golden : full_reference_cases()) {
    double sum = 0.0;
    for (std::int64_t c = 0; c < 3; ++c) {
      sum += uniform_ssim(with_padded_rows(golden.distorted)[c], golden.reference[c]);
      EXPECT_NEAR(
          uniform_ssim(with_padded_rows(golden.distorted10)[c], golden.reference10[c], 1023.0),
          golden.ten_bit().at("uniform_ssim")[c].get<double>(), 1e-10);
    }
    EXPECT_NEAR(sum / 3.0, golden.metrics().at("ssim_rgb_uniform7").get<double>(), 1e-7);
    const torch::Tensor distorted = luma(golden.distorted, Luma::kFullRangeRounded);
    const torch::Tensor reference = luma(golden.reference, Luma::kFullRangeRounded);
    const auto expected = golden.metrics().at("ssim_fullrange_y_uniform7").get<double>();
    EXPECT_NEAR(uniform_ssim(distorted, reference), expected, 1e-7);
    EXPECT_NEAR(uniform_ssim(distorted.to(torch::kFloat32), reference.to(torch::kFloat32)),
                expected, 1e-10);
  }
}

TEST(UniformSsim, NeedsItsWindow) {
  const torch::Tensor plane = torch::zeros({6, 9}, torch::kUInt8);
  EXPECT_THAT(refusal_of([&] { return uniform_ssim(plane, plane); }),
              HasSubstr("the uniform SSIM needs at least 7x7 pixels, but it was asked for 9x6"));
  const torch::Tensor smallest = torch::zeros({7, 7}, torch::kUInt8);
  EXPECT_EQ(uniform_ssim(smallest, smallest), 1.0);
}

TEST(GaussianSsim, RefusesOtherTensors) {
  const torch::Tensor plane = golden_reference(12, 12)[0];
  EXPECT_THROW((void)gaussian_ssim(plane, plane.to(torch::kFloat32)), c10::Error);
  EXPECT_THROW((void)gaussian_ssim(plane.unsqueeze(0), plane.unsqueeze(0)), c10::Error);
  EXPECT_THROW((void)gaussian_ssim(plane.to(torch::kInt32), plane.to(torch::kInt32)), c10::Error);
}

}  // namespace
}  // namespace vcisr::metrics
