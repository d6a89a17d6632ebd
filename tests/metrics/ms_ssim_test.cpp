// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/ms_ssim.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "metrics/full_reference_golden.h"
#include "vcisr/metrics/luma.h"

namespace vcisr::metrics {
namespace {

using ::testing::HasSubstr;

TEST(MsSsim, AgreesWithTheGoldenNumbers) {
  int compared = 0;
  for (const auto& golden : full_reference_cases()) {
    if (!golden.metrics().contains("ms_ssim_rgb")) continue;
    ++compared;
    const auto rgb = golden.metrics().at("ms_ssim_rgb").get<double>();
    EXPECT_NEAR(ms_ssim_of_channels(golden.distorted, golden.reference), rgb, 1e-6);
    EXPECT_NEAR(ms_ssim_of_channels(with_padded_rows(golden.distorted), golden.reference), rgb,
                1e-6);
    EXPECT_NEAR(ms_ssim_of_channels(golden.distorted.to(torch::kFloat64),
                                    golden.reference.to(torch::kFloat64)),
                rgb, 1e-10);
    EXPECT_NEAR(ms_ssim_of_channels(golden.distorted10, golden.reference10, 1023.0), rgb, 0.02);
    EXPECT_NEAR(
        ms_ssim(luma(golden.distorted, Luma::kFullRangeRounded),
                luma(golden.reference, Luma::kFullRangeRounded), 255.0, SsimTerms::kClamped),
        golden.metrics().at("ms_ssim_y_pyiqa").get<double>(), 1e-6);
  }
  EXPECT_EQ(compared, 2);
}

TEST(MsSsim, IsOneForIdenticalPicturesAndNeverNegative) {
  const auto& picture = full_reference_cases()[3].reference;
  EXPECT_NEAR(ms_ssim_of_channels(picture, picture), 1.0, 1e-12);
  EXPECT_EQ(ms_ssim_of_channels(255 - picture, picture), 0.0);
}

TEST(MsSsim, NeedsFiveScales) {
  const torch::Tensor plane = torch::zeros({160, 200}, torch::kUInt8);
  EXPECT_THAT(refusal_of([&] { return ms_ssim(plane, plane); }),
              HasSubstr("MS-SSIM needs at least 161x161 pixels, but it was asked for 200x160"));
  const torch::Tensor smallest = torch::zeros({161, 161}, torch::kUInt8);
  EXPECT_NEAR(ms_ssim(smallest, smallest), 1.0, 1e-12);
  EXPECT_THAT(refusal_of([&] { return ms_ssim_of_channels(smallest, smallest); }),
              HasSubstr("at least 3 dimensions"));
  const torch::Tensor nan = torch::full({161, 161}, std::numeric_limits<float>::quiet_NaN());
  EXPECT_THAT(refusal_of([&] { return ms_ssim(nan, nan); }),
              HasSubstr("MS-SSIM is not defined: a picture holds NaN"));
}

}  // namespace
}  // namespace vcisr::metrics
