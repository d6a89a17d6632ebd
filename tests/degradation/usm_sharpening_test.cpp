// SPDX-License-Identifier: Apache-2.0
#include "vcisr/degradation/usm_sharpening.h"

#include <string>
#include <vector>

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "support/degradation_golden.h"
#include "vcisr/core/error.h"
#include "vcisr/degradation/blur_kernel.h"
#include "vcisr/ops/blur.h"

namespace vcisr::degradation {
namespace {

/// What the blur leaves over beyond the threshold: the mask before it is softened.
std::int64_t mask_pixels(const torch::Tensor& x) {
  const auto taps = torch::tensor(gaussian_taps(51, 8), torch::kFloat64);
  const auto residual = x - ops::filter2d_separable(x, taps, taps);
  return (residual.abs() * 255 > 10).sum().item<std::int64_t>();
}

TEST(UsmSharpening, HasThePublishedTaps) {
  const auto taps = gaussian_taps(51, 8);
  EXPECT_NEAR(taps[0], .000378321294237, 1e-15);
  EXPECT_NEAR(taps[24], .0495503111543, 1e-13);
  EXPECT_NEAR(taps[25], .0499389390613, 1e-13);
}

TEST(UsmSharpening, IsThePublishedOne) {
  int cases = 0;
  for (const auto& item : tests::degradation_golden().at("usm")) {
    const auto how = item.at("how").get<std::string>();
    if (!how.starts_with("input ")) continue;
    ++cases;
    const auto& expected = item.at("out");
    const auto x = tests::golden_image(how.substr(6, how.find(' ', 6) - 6),
                                       expected.at("shape").get<std::vector<std::int64_t>>());
    EXPECT_EQ(mask_pixels(x), expected.at("mask_pixels").get<std::int64_t>());
    tests::expect_golden(usm_sharpening(x).squeeze(0), expected, 2e-6,
                         item.at("id").get<std::string>());
  }
  EXPECT_EQ(cases, 3);
}

TEST(UsmSharpening, IsThePublishedOneIn8Bits) {
  for (const auto& item : tests::degradation_golden().at("usm")) {
    if (item.at("id") != "usm_u8_smooth_0.7_60x80") continue;
    const auto bytes = tests::golden_image("smooth:0.7", {3, 60, 80}).clamp(0, 1).mul(255).trunc();
    const auto in_8_bits = [&](torch::Dtype type) {
      const auto x = (bytes / 255).to(type);
      return usm_sharpening(x).mul(255).round().clamp(0, 255).squeeze(0).to(torch::kFloat64);
    };
    const auto& expected = item.at("out");
    // Three samples lie within 8e-5 of half a level, where float32 programs may fall to either side
    // (the published one does; exact arithmetic gives a sum of 1,818,340, one more than it).
    const double one_level = 1.5 / (3 * 60 * 80);
    for (const auto type : {torch::kFloat32, torch::kFloat64}) {
      const auto sharp = in_8_bits(type);
      tests::expect_golden(sharp, expected, one_level, "8 bits");
      EXPECT_NEAR(sharp.sum().item<double>(), expected.at("sum").get<double>(), 1);
    }
    EXPECT_EQ(in_8_bits(torch::kFloat64).sum().item<double>(), 1818340);
    return;
  }
  FAIL() << "the golden file has no 8-bit case";
}

TEST(UsmSharpening, HasThePublishedSpotValues) {
  const tests::HashNumbers numbers("usm");
  auto x = torch::empty({1, 3, 64, 64});
  auto* data = x.data_ptr<float>();
  for (int c = 0; c < 3; ++c) {
    for (int i = 0; i < 64; ++i) {
      for (int j = 0; j < 64; ++j) {
        const double sign = (i / 9 + j / 7 + c) % 2 == 1 ? 1 : -1;
        const auto index = static_cast<std::uint64_t>((c * 64 + i) * 64 + j);
        data[index] = static_cast<float>(0.5 + 0.02 * sign + 0.03 * numbers.unit(index));
      }
    }
  }
  EXPECT_NEAR(x[0][0][0][0].item<double>(), .484456301, 1e-8);
  EXPECT_EQ(mask_pixels(x), 2147);
  const auto sharp = usm_sharpening(x)[0];
  EXPECT_NEAR(sharp.mean(torch::kFloat64).item<double>(), .499742415, 1e-7);
  EXPECT_NEAR(sharp[0][0][0].item<double>(), .483370973, 5e-7);
  EXPECT_NEAR(sharp[1][10][20].item<double>(), .479887586, 5e-7);
  EXPECT_NEAR(sharp[2][63][63].item<double>(), .498632253, 5e-7);
  EXPECT_LT((usm_sharpening(x.to(torch::kFloat64))[0] - sharp).abs().max().item<double>(), 1e-6);
}

TEST(UsmSharpening, KeepsWhatIsFlatAndWhatHasNoWeight) {
  const auto flat = torch::full({2, 3, 20, 30}, 0.25F);
  EXPECT_LT((usm_sharpening(flat) - flat).abs().max().item<float>(), 1e-7F);
  const auto x = torch::rand({1, 3, 40, 33});
  EXPECT_LT((usm_sharpening(x, {.weight = 0}) - x).abs().max().item<float>(), 1e-6F);
  EXPECT_LT((usm_sharpening(x, {.threshold_8bit = 255}) - x).abs().max().item<float>(), 1e-7F);
  EXPECT_TRUE(torch::equal(usm_sharpening(x, {.radius = 51}), usm_sharpening(x)));
}

TEST(UsmSharpening, GivesTheSameBitsWithAnyNumberOfThreads) {
  const auto x = torch::rand({2, 3, 100, 90});
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto expected = usm_sharpening(x);
  for (const int count : {2, 4}) {
    at::set_num_threads(count);
    EXPECT_TRUE(torch::equal(usm_sharpening(x), expected)) << count;
  }
  at::set_num_threads(threads);
}

TEST(UsmSharpening, SaysWhatIsOutOfRange) {
  const auto x = torch::rand({1, 3, 8, 8});
  for (const auto& options :
       {UsmOptions{.radius = 0}, UsmOptions{.weight = -1}, UsmOptions{.threshold_8bit = -1}}) {
    EXPECT_THROW((void)usm_sharpening(x, options), ConfigError);
  }
  EXPECT_THROW((void)usm_sharpening(x[0]), c10::Error);
}

}  // namespace
}  // namespace vcisr::degradation
