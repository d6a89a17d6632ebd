// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/psnr.h"

#include <cmath>
#include <cstdint>
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

std::string refusal(const torch::Tensor& restored, const torch::Tensor& hq,
                    const ComparisonOptions& options = {}) {
  try {
    (void)psnr_db(restored, hq, options);
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
  return "";
}

torch::Tensor bytes(at::IntArrayRef shape, int value = 0) {
  return torch::full(shape, value, torch::kUInt8);
}

TEST(Psnr, AgreesWithTheGoldenNumbers) {
  for (const auto& golden : golden_cases()) {
    const torch::Tensor hq = golden_reference(golden.at("height"), golden.at("width"));
    const torch::Tensor distorted = golden_distorted(hq);
    ASSERT_EQ(hq.sum().item<std::int64_t>(), golden.at("sum_ref").get<std::int64_t>());
    ASSERT_EQ(distorted.sum().item<std::int64_t>(), golden.at("sum_dist").get<std::int64_t>());
    const auto& expected = golden.at("metrics");
    EXPECT_NEAR(psnr_db(distorted, hq), expected.at("psnr_rgb").get<double>(), 1e-6);
    // The tolerance is 1e-4 dB on luma; the same rounding to float32 gives all ten digits.
    EXPECT_NEAR(psnr_db(distorted, hq, {.channels = Channels::kBasicsrY}),
                expected.at("psnr_y_basicsr").get<double>(), 1e-6);
    if (!expected.contains("psnr_rgb_crop4")) continue;
    EXPECT_NEAR(psnr_db(distorted, hq, {.crop_border_px = 4}),
                expected.at("psnr_rgb_crop4").get<double>(), 1e-6);
    EXPECT_NEAR(psnr_db(distorted, hq, {.channels = Channels::kBasicsrY, .crop_border_px = 4}),
                expected.at("psnr_y_basicsr_crop4").get<double>(), 1e-6);
  }
}

TEST(Psnr, IsInfiniteForIdenticalPictures) {
  const torch::Tensor picture = golden_reference(12, 17);
  EXPECT_EQ(psnr_db(picture, picture.clone()), std::numeric_limits<double>::infinity());
  EXPECT_EQ(psnr_db(picture, picture, {.channels = Channels::kBasicsrY}),
            std::numeric_limits<double>::infinity());
}

TEST(Psnr, IsZeroBetweenBlackAndWhite) {
  // More samples than 32 bits could sum the squares of.
  EXPECT_DOUBLE_EQ(psnr_db(bytes({3, 300, 301}, 255), bytes({3, 300, 301}, 0)), 0.0);
  EXPECT_DOUBLE_EQ(psnr_db(bytes({3, 1, 1}, 0), bytes({3, 1, 1}, 255)), 0.0);
}

TEST(Psnr, LeavesTheBorderOut) {
  const torch::Tensor hq = bytes({3, 9, 10}, 100);
  torch::Tensor restored = bytes({3, 9, 10}, 0);
  restored.narrow(1, 2, 5).narrow(2, 2, 6).fill_(110);
  EXPECT_NEAR(psnr_db(restored, hq, {.crop_border_px = 2}), 20.0 * std::log10(25.5), 1e-9);
  EXPECT_LT(psnr_db(restored, hq, {.crop_border_px = 1}), 15.0);
}

TEST(Psnr, TakesViewsThatAreNotContiguous) {
  const torch::Tensor hq = golden_reference(24, 31);
  const torch::Tensor restored = golden_distorted(hq);
  const torch::Tensor interleaved = restored.permute({1, 2, 0}).contiguous().permute({2, 0, 1});
  EXPECT_EQ(psnr_db(interleaved, hq), psnr_db(restored, hq));
  EXPECT_EQ(psnr_db(interleaved, hq, {.channels = Channels::kBasicsrY}),
            psnr_db(restored, hq, {.channels = Channels::kBasicsrY}));
}

TEST(Psnr, RefusesWhatCannotBeCompared) {
  const torch::Tensor hq = bytes({3, 8, 9});
  EXPECT_THAT(refusal(bytes({3, 8, 10}), hq),
              HasSubstr("pictures of different sizes cannot be compared: 10x8 restored, 9x8 hq"));
  EXPECT_THAT(refusal(hq.to(torch::kFloat32), hq), HasSubstr("restored must be uint8 [3, H, W]"));
  EXPECT_THAT(refusal(hq, bytes({1, 8, 9})), HasSubstr("hq must be uint8 [3, H, W]"));
  EXPECT_THAT(refusal(torch::Tensor(), hq), HasSubstr("undefined"));
  EXPECT_THAT(refusal(hq, hq, {.crop_border_px = 4}),
              HasSubstr("crop_border 4 leaves nothing of a picture of 9x8"));
  EXPECT_THAT(refusal(hq, hq, {.crop_border_px = -1}), HasSubstr("must not be negative"));
  EXPECT_THAT(refusal(bytes({3, 0, 9}), bytes({3, 0, 9})), HasSubstr("leaves nothing"));
}

TEST(BasicsrLuma, SpansSixteenToTwoHundredThirtyFive) {
  EXPECT_FLOAT_EQ(basicsr_luma(bytes({3, 1, 1}, 0)).item<float>(), 16.0f);
  EXPECT_FLOAT_EQ(basicsr_luma(bytes({3, 1, 1}, 255)).item<float>(), 235.0f);
  torch::Tensor red = bytes({3, 1, 1}, 0);
  red[0].fill_(255);
  EXPECT_FLOAT_EQ(basicsr_luma(red).item<float>(), 81.481f);
}

double luma_psnr_db(const FullReferenceCase& golden, Luma kind) {
  return psnr_of_mse_db(
      mean_squared_error(luma(golden.distorted, kind), luma(golden.reference, kind)));
}

TEST(Psnr, AgreesWithTheGoldenNumbersOfEachLuma) {
  for (const auto& golden : full_reference_cases()) {
    const auto expected = [&](const char* column) {
      return golden.metrics().at(column).get<double>();
    };
    EXPECT_NEAR(psnr_db(golden.distorted, golden.reference), expected("psnr_rgb"), 1e-9);
    EXPECT_NEAR(luma_psnr_db(golden, Luma::kBasicsr), expected("psnr_y_basicsr"), 1e-6);
    EXPECT_NEAR(luma_psnr_db(golden, Luma::kMatlabRounded), expected("psnr_y_matlab_rounded"),
                1e-9);
    EXPECT_NEAR(luma_psnr_db(golden, Luma::kFullRangeRounded), expected("psnr_y_fullrange_rounded"),
                1e-9);
    const double mse = mean_squared_error(luma(golden.distorted, Luma::kFullRange),
                                          luma(golden.reference, Luma::kFullRange));
    EXPECT_NEAR(psnr_pyiqa_db(mse), expected("psnr_y_pyiqa"), 1e-6);
  }
}

TEST(PsnrPyiqa, IsEightyForIdenticalPictures) {
  EXPECT_NEAR(psnr_pyiqa_db(0.0), 80.0, 1e-12);
  EXPECT_NEAR(psnr_pyiqa_db(1023.0 * 1023.0, 1023.0), 0.0, 1e-7);
}

TEST(PsnrYuv611, WeighsLumaSixTimes) { EXPECT_DOUBLE_EQ(psnr_yuv_611_db(40.0, 44.0, 48.0), 41.5); }

TEST(SquaredErrors, AreExactForAnyRowsAndDepth) {
  for (const auto& golden : full_reference_cases()) {
    const torch::Tensor padded = with_padded_rows(golden.distorted10);
    for (std::int64_t c = 0; c < 3; ++c) {
      const auto expected = golden.ten_bit().at("sse")[c].get<double>();
      const SquaredError error = squared_error(padded[c], golden.reference10[c]);
      EXPECT_EQ(error.sum, expected);
      EXPECT_EQ(error.count, padded[c].numel());
      EXPECT_EQ(
          squared_error(padded[c].to(torch::kFloat32), golden.reference10[c].to(torch::kFloat32))
              .sum,
          expected);
    }
    EXPECT_EQ(squared_error(with_padded_rows(golden.distorted), golden.reference).sum,
              squared_error(golden.distorted, golden.reference).sum);
  }
  const torch::Tensor black = torch::zeros({400, 300}, torch::kInt16).view(torch::kUInt16);
  const torch::Tensor white = torch::full({400, 300}, -1, torch::kInt16).view(torch::kUInt16);
  EXPECT_EQ(squared_error(black, white).sum, 120000.0 * 65535.0 * 65535.0);
}

TEST(SquaredErrors, AddUp) {
  SquaredError total;
  total += {10.0, 4};
  total += {2.0, 2};
  EXPECT_DOUBLE_EQ(total.mse(), 2.0);
}

TEST(SquaredErrors, RefuseWhatIsNotANumber) {
  torch::Tensor a = torch::zeros({5, 9});
  const torch::Tensor b = a.clone();
  a[2][8] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(refusal_of([&] { return squared_error(a, b).sum; }),
              HasSubstr("the squared error is not defined: a picture holds NaN or infinity"));
  EXPECT_THAT(refusal_of([&] { return squared_error(a, b.narrow(1, 0, 8)).sum; }),
              HasSubstr("needs two pictures of one size, but they are 9x5 and 8x5"));
  EXPECT_THAT(refusal_of([&] { return squared_error(b[0], b[0]).sum; }),
              HasSubstr("at least 2 dimensions"));
}

TEST(MeanSquaredError, IsTheSameForBytesAndFloats) {
  const torch::Tensor a = golden_reference(20, 21);
  const torch::Tensor b = golden_distorted(a);
  const double exact = mean_squared_error(a, b);
  EXPECT_NEAR(mean_squared_error(a.to(torch::kFloat32), b.to(torch::kFloat32)), exact, 1e-9);
  EXPECT_EQ(psnr_of_mse_db(exact), psnr_db(b, a));
  EXPECT_THROW((void)mean_squared_error(a, b.to(torch::kFloat32)), c10::Error);
  EXPECT_THROW((void)mean_squared_error(a.to(torch::kInt32), b.to(torch::kInt32)), c10::Error);
}

}  // namespace
}  // namespace vcisr::metrics
