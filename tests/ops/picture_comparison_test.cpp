// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/picture_comparison.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "instruction_sets.h"

namespace vcisr::ops {
namespace {

using ::testing::HasSubstr;
using Size = std::pair<std::int64_t, std::int64_t>;  // Height, width.

/// Around every width of a vector and a strip (128 and 192 windows, 64 blocks).
const std::vector<Size> kSizes = {{11, 11},  {12, 12},  {13, 27},  {37, 53},  {18, 138},
                                  {19, 139}, {12, 198}, {14, 199}, {21, 257}, {30, 270}};

/// Random planes that are alike, in the middle of larger ones: rows are apart, and what lies
/// between them must not be read as samples. [H, W] of that type, values 0 .. peak.
struct Pair {
  torch::Tensor a, b;
};
Pair random_pair(const Size& size, double peak, torch::Dtype type) {
  const auto options = torch::kFloat64;
  const torch::Tensor a = torch::rand({size.first, size.second}, options) * peak;
  const torch::Tensor b = (a + torch::randn(a.sizes(), options) * 0.05 * peak).clamp(0.0, peak);
  const auto inside = [&](const torch::Tensor& x, std::int64_t margin) {
    torch::Tensor all = torch::empty({size.first + 2, size.second + margin + 3}, type);
    all.view(torch::kUInt8).fill_(255);  // NaN where floating.
    const torch::Tensor window = all.narrow(0, 1, size.first).narrow(1, margin, size.second);
    const bool is_wide = type == torch::kUInt16;
    window.copy_((c10::isIntegralType(type, false) ? x.round() : x)
                     .to(is_wide ? torch::kInt32 : type)
                     .to(type));
    return window;
  };
  return {inside(a, 4), inside(b, 9)};
}

template <class Check>
void for_each_pair(const Check& check) {
  torch::manual_seed(5);
  for (const auto set : tests::instruction_sets()) {
    SCOPED_TRACE("instruction set " + std::to_string(static_cast<int>(set)));
    const tests::WithInstructionSet with(set);
    for (const Size& size : kSizes) {
      SCOPED_TRACE(std::to_string(size.first) + " rows of " + std::to_string(size.second));
      check(random_pair(size, 255.0, torch::kUInt8), 255.0);
      check(random_pair(size, 1023.0, torch::kUInt16), 1023.0);
      check(random_pair(size, 65535.0, torch::kUInt16), 65535.0);
      check(random_pair(size, 1.0, torch::kFloat32), 1.0);
    }
  }
}

torch::Tensor wide(const torch::Tensor& x) { return x.to(torch::kFloat64); }

TEST(PictureComparison, SquaredDifferencesAreExact) {
  for_each_pair([](const Pair& pair, double) {
    const double expected = (wide(pair.a) - wide(pair.b)).square().sum().item<double>();
    if (pair.a.is_floating_point()) {
      EXPECT_NEAR(sum_of_squared_float_differences(pair.a, pair.b), expected, 1e-12 * expected);
    } else {
      EXPECT_EQ(static_cast<double>(sum_of_squared_differences(pair.a, pair.b)), expected);
    }
  });
}

TEST(PictureComparison, SquaredDifferencesDoNotOverflow) {
  for (const auto set : tests::instruction_sets()) {
    const tests::WithInstructionSet with(set);
    const auto black = torch::zeros({3, 70000}, torch::kUInt8);
    EXPECT_EQ(sum_of_squared_differences(black, 255 - black), 210000ULL * 65025);
    const auto deep = torch::zeros({3, 70000}, torch::kInt16);
    EXPECT_EQ(
        sum_of_squared_differences(deep.view(torch::kUInt16), (deep - 1).view(torch::kUInt16)),
        210000ULL * 65535 * 65535);
  }
}

TEST(PictureComparison, GaussianSsimIsTheReferenceInDouble) {
  for_each_pair([](const Pair& pair, double peak) {
    for (const auto structure : {ContrastStructure::kSigned, ContrastStructure::kClampedAtZero}) {
      const SsimMeans expected = gaussian_ssim_in_double(pair.a, pair.b, peak, structure);
      const SsimMeans means = gaussian_ssim(pair.a, pair.b, peak, structure);
      EXPECT_NEAR(means.ssim, expected.ssim, 1e-6);
      EXPECT_NEAR(means.contrast_structure, expected.contrast_structure, 1e-6);
      const SsimMeans swapped = gaussian_ssim(pair.b, pair.a, peak, structure);
      EXPECT_NEAR(swapped.ssim, means.ssim, 1e-7);
    }
    EXPECT_EQ(gaussian_ssim(pair.a, pair.a, peak).ssim, 1.0);
  });
}

TEST(PictureComparison, ClampsWindowsThatGoAgainstEachOther) {
  for (const auto set : tests::instruction_sets()) {
    const tests::WithInstructionSet with(set);
    const Pair pair = random_pair({40, 60}, 255.0, torch::kUInt8);
    const torch::Tensor inverted = 255 - pair.a;
    EXPECT_LT(gaussian_ssim(inverted, pair.a, 255.0).contrast_structure, -0.5);
    const SsimMeans clamped =
        gaussian_ssim(inverted, pair.a, 255.0, ContrastStructure::kClampedAtZero);
    EXPECT_NEAR(clamped.contrast_structure, 0.0, 1e-7);
    EXPECT_NEAR(clamped.ssim, 0.0, 1e-7);
  }
}

/// Flat areas lose most digits in a variance: nothing else is as far off as these planes.
TEST(PictureComparison, GaussianSsimKeepsItsDigitsInFlatAreas) {
  torch::manual_seed(6);
  for (const auto set : tests::instruction_sets()) {
    SCOPED_TRACE("instruction set " + std::to_string(static_cast<int>(set)));
    const tests::WithInstructionSet with(set);
    for (const int level : {16, 60, 128, 201, 250}) {
      const auto flat = torch::full({300, 700}, level, torch::kUInt8);
      const auto noisy = (flat + torch::randint(0, 5, flat.sizes(), torch::kUInt8));
      EXPECT_NEAR(gaussian_ssim(noisy, flat, 255.0).ssim,
                  gaussian_ssim_in_double(noisy, flat, 255.0).ssim, 1e-6)
          << level;
    }
  }
}

TEST(PictureComparison, GaussianSsimOfTenBitsIsThatOfEight) {
  const Pair pair = random_pair({50, 160}, 255.0, torch::kUInt8);
  const auto deep = [](const torch::Tensor& x) {
    return (x.to(torch::kInt32) * 257).to(torch::kUInt16);
  };
  for (const auto set : tests::instruction_sets()) {
    const tests::WithInstructionSet with(set);
    EXPECT_NEAR(gaussian_ssim(deep(pair.a), deep(pair.b), 65535.0).ssim,
                gaussian_ssim(pair.a, pair.b, 255.0).ssim, 1e-7);
  }
}

TEST(PictureComparison, UniformSsimIsTheReferenceInDouble) {
  for_each_pair([](const Pair& pair, double peak) {
    const double expected = uniform_ssim(wide(pair.a), wide(pair.b), peak);
    EXPECT_NEAR(uniform_ssim(pair.a, pair.b, peak), expected, 1e-7);
    EXPECT_NEAR(uniform_ssim(pair.a, pair.a, peak), 1.0, 1e-12);
  });
}

/// The formula in exact integers, window by window.
double block_ssim_by_definition(const torch::Tensor& a, const torch::Tensor& b, double peak) {
  const auto c1 = std::floor(0.01 * 0.01 * peak * peak * 64 + 0.5);
  const auto c2 = std::floor(0.03 * 0.03 * peak * peak * 64 * 63 + 0.5);
  double sum = 0.0;
  int count = 0;
  for (std::int64_t y = 0; y + 8 <= a.size(0); y += 4) {
    for (std::int64_t x = 0; x + 8 <= a.size(1); x += 4) {
      const auto left = wide(a.narrow(0, y, 8).narrow(1, x, 8));
      const auto right = wide(b.narrow(0, y, 8).narrow(1, x, 8));
      const double s1 = left.sum().item<double>();
      const double s2 = right.sum().item<double>();
      const double squares = (left.square() + right.square()).sum().item<double>();
      const double product = (left * right).sum().item<double>();
      const double variances = 64 * squares - s1 * s1 - s2 * s2;
      const double covariance = 64 * product - s1 * s2;
      sum += (2 * s1 * s2 + c1) * (2 * covariance + c2) /
             ((s1 * s1 + s2 * s2 + c1) * (variances + c2));
      ++count;
    }
  }
  return sum / count;
}

TEST(PictureComparison, BlockSsimIsItsDefinition) {
  for_each_pair([](const Pair& pair, double peak) {
    if (pair.a.is_floating_point()) return;
    EXPECT_NEAR(block_ssim(pair.a, pair.b, static_cast<std::int64_t>(peak)),
                block_ssim_by_definition(pair.a, pair.b, peak), 1e-7);
  });
}

TEST(PictureComparison, LetsNanThrough) {
  for (const auto set : tests::instruction_sets()) {
    const tests::WithInstructionSet with(set);
    auto a = torch::rand({31, 45});
    const auto b = a.clone();
    a[30][44] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(gaussian_ssim(a, b, 1.0).ssim));
    EXPECT_TRUE(std::isnan(gaussian_ssim(a, b, 1.0, ContrastStructure::kClampedAtZero).ssim));
    EXPECT_TRUE(std::isnan(sum_of_squared_float_differences(a, b)));
  }
}

TEST(PictureComparison, NamesWhatDoesNotFit) {
  const auto message = [](const auto& call) -> std::string {
    try {
      (void)call();
    } catch (const c10::Error& error) {
      return error.what_without_backtrace();
    }
    return "no error";
  };
  const auto plane = torch::zeros({12, 14}, torch::kUInt8);
  EXPECT_THAT(message([&] { return sum_of_squared_differences(plane, plane.narrow(1, 0, 9)); }),
              HasSubstr("a and b must be planes [H, W] of one size on the CPU"));
  EXPECT_THAT(message([&] { return block_ssim(plane, plane.to(torch::kInt32), 255); }),
              HasSubstr("must be of one type"));
  EXPECT_THAT(message([&] { return sum_of_squared_differences(plane.t(), plane.t()); }),
              HasSubstr("samples of a row must lie side by side"));
  const auto low = plane.narrow(0, 0, 6);
  EXPECT_THAT(message([&] { return gaussian_ssim(low, low, 255.0).ssim; }),
              HasSubstr("gaussian_ssim: needs at least 11x11 samples, but got 14x6"));
  EXPECT_THAT(message([&] { return uniform_ssim(low, low, 255.0); }), HasSubstr("7x7"));
  EXPECT_THAT(message([&] { return block_ssim(low, low, 255); }), HasSubstr("8x8"));
  const auto integers = plane.to(torch::kInt64);
  EXPECT_THAT(message([&] { return gaussian_ssim(integers, integers, 255.0).ssim; }),
              HasSubstr("planes must be uint8, uint16 or float32, but they are Long"));
}

}  // namespace
}  // namespace vcisr::ops
