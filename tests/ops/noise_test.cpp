// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/noise.h"

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "instruction_sets.h"
#include "ops/noise/noise_steps.h"

namespace vcisr::ops {
namespace {

using detail::NoiseSource;
using detail::NoiseStream;

constexpr std::pair<std::int64_t, std::int64_t> kSizes[] = {{1, 1},   {7, 9},    {5, 131},
                                                            {33, 65}, {1, 1025}, {360, 360}};

torch::Tensor gaussian_by_steps(const torch::Tensor& x, const GaussianNoise& noise) {
  const auto field =
      detail::normal_field(noise.gray ? x.sizes().slice(1) : x.sizes(),
                           NoiseSource(noise.seed, noise.gray ? NoiseStream::kGaussianGray
                                                              : NoiseStream::kGaussianColour));
  return detail::apply_gaussian_field(x, field, noise.sigma_8bit);
}

torch::Tensor poisson_by_steps(const torch::Tensor& x, const PoissonNoise& noise) {
  const auto picture = detail::quantise(x, noise.gray ? std::optional(noise.order) : std::nullopt);
  const auto counts = detail::poisson_counts(
      picture, NoiseSource(noise.seed,
                           noise.gray ? NoiseStream::kPoissonGray : NoiseStream::kPoissonColour));
  return detail::apply_poisson_counts(x, picture, counts, noise.scale);
}

std::vector<GaussianNoise> gaussian_noises() {
  return {{.sigma_8bit = 0, .seed = 1},
          {.sigma_8bit = 12.5, .seed = 2},
          {.sigma_8bit = 30, .gray = true, .seed = 3},
          {.sigma_8bit = 1000, .gray = true, .seed = ~0ULL}};
}

std::vector<PoissonNoise> poisson_noises() {
  return {{.scale = 0, .seed = 1},
          {.scale = 0.05, .seed = 2},
          {.scale = 2.5, .seed = ~0ULL},
          {.scale = 1.3, .gray = true, .seed = 4},
          {.scale = 1.3, .gray = true, .seed = 4, .order = ChannelOrder::kBgr}};
}

/// Both kinds at some settings.
std::vector<torch::Tensor> all_noises(const torch::Tensor& x) {
  std::vector<torch::Tensor> all;
  for (const auto& noise : gaussian_noises()) all.push_back(add_gaussian_noise(x, noise));
  for (const auto& noise : poisson_noises()) all.push_back(add_poisson_noise(x, noise));
  return all;
}

TEST(Noise, IsWhatItsStepsGiveBitForBit) {
  torch::manual_seed(1);
  for (const auto set : tests::instruction_sets()) {
    const tests::WithInstructionSet with(set);
    for (const auto& [height, width] : kSizes) {
      const auto x = torch::rand({3, height, width}) * 1.2 - 0.1;
      for (const auto& noise : gaussian_noises()) {
        EXPECT_TRUE(torch::equal(add_gaussian_noise(x, noise), gaussian_by_steps(x, noise)))
            << "sigma " << noise.sigma_8bit << ", " << height << "x" << width << ", set "
            << static_cast<int>(set);
      }
      for (const auto& noise : poisson_noises()) {
        EXPECT_TRUE(torch::equal(add_poisson_noise(x, noise), poisson_by_steps(x, noise)))
            << "scale " << noise.scale << ", " << height << "x" << width << ", set "
            << static_cast<int>(set);
      }
    }
  }
}

TEST(Noise, HasTheSameBitsForEverySetAndNumberOfThreads) {
  torch::manual_seed(2);
  const auto x = torch::rand({3, 211, 307});
  const auto before = x.clone();
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto expected = all_noises(x);
  for (const auto set : tests::instruction_sets()) {
    const tests::WithInstructionSet with(set);
    for (const int count : {1, 2, 5}) {
      at::set_num_threads(count);
      const auto found = all_noises(x);
      for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_TRUE(torch::equal(found[i], expected[i]))
            << "noise " << i << ", set " << static_cast<int>(set) << ", " << count << " threads";
      }
    }
  }
  at::set_num_threads(threads);
  EXPECT_TRUE(torch::equal(x, before));
}

/// Standard deviation of y - x on the 0 … 255 scale, with what a chance of 1e-6 allows around it.
void expect_sigma(const torch::Tensor& y, const torch::Tensor& x, double sigma_8bit,
                  bool expected) {
  const auto noise = (y - x).to(torch::kFloat64) * 255;
  const double found = noise.square().mean().sqrt().item<double>();
  const double allowed = 5 / std::sqrt(2.0 * static_cast<double>(noise.numel()));
  EXPECT_EQ(std::abs(found / sigma_8bit - 1) < allowed, expected) << found;
}

TEST(GaussianNoise, HasItsStandardDeviation) {
  const auto x = torch::full({3, 360, 360}, 0.5);
  for (const double sigma : {1.0, 5.0, 12.5}) {
    const auto y = add_gaussian_noise(x, {.sigma_8bit = sigma, .seed = 8});
    expect_sigma(y, x, sigma, true);
    expect_sigma(y, x, sigma * 1.01, false);
    expect_sigma(y, x, sigma * 0.99, false);
  }
}

TEST(PoissonNoise, HasTheVarianceOfItsFormula) {
  // Each of 256 levels as often as any other, so V is 256; middle levels are never cut off.
  constexpr std::int64_t kRepeats = 3072;
  const auto x =
      (torch::arange(256).to(torch::kFloat32) / 255).repeat({kRepeats}).reshape({3, 512, 512});
  for (const double scale : {0.05, 0.7, 1.5}) {
    const auto y = add_poisson_noise(x, {.scale = scale, .seed = 9});
    const auto found =
        (y - x).to(torch::kFloat64).square().reshape({kRepeats, 256}).mean(0).contiguous();
    double ratios = 0;
    for (int k = 60; k < 180; ++k) {
      const double ratio = found.data_ptr<double>()[k] / (scale * scale * k / 255.0 / 256);
      EXPECT_NEAR(ratio, 1, 5 * std::sqrt(2.1 / kRepeats)) << k;
      ratios += ratio / 120;
    }
    const double allowed = 5 * std::sqrt(2.1 / (120 * kRepeats));
    EXPECT_LT(std::abs(ratios - 1), allowed);
    EXPECT_GT(std::abs(ratios / (1.01 * 1.01) - 1), allowed);  // Of a scale wrong by 1 %.
    EXPECT_GT(std::abs(ratios / (0.99 * 0.99) - 1), allowed);
  }
}

TEST(PoissonNoise, OfOneLevelHasVOne) {
  const auto x = torch::full({3, 40, 41}, 102.0 / 255);
  const auto y = add_poisson_noise(x, {.scale = 0.5, .seed = 10});
  // x + 0.5 (count - x), cut off at 1: counts 0, 1, and 2 or more.
  const auto values = std::get<0>(at::_unique(y, /*sorted=*/true));
  ASSERT_EQ(values.numel(), 3);
  EXPECT_NEAR(values[0].item<double>(), 0.2, 1e-6);
  EXPECT_NEAR(values[1].item<double>(), 0.7, 1e-6);
  EXPECT_EQ(values[2].item<double>(), 1);
  EXPECT_NEAR((y < 0.3).to(torch::kFloat64).mean().item<double>(), std::exp(-0.4), 0.04);
}

TEST(Noise, IsGrayWhereAskedFor) {
  torch::manual_seed(3);
  const auto differences = [](const torch::Tensor& noise) {
    return std::max((noise[0] - noise[1]).abs().max().item<double>(),
                    (noise[0] - noise[2]).abs().max().item<double>());
  };
  const auto x = torch::rand({3, 65, 67}) * 0.1 + 0.45;  // Nothing is cut off.
  for (const bool gray : {true, false}) {
    const auto gaussian = add_gaussian_noise(x, {.sigma_8bit = 10, .gray = gray, .seed = 1}) - x;
    const auto poisson = add_poisson_noise(x, {.scale = 0.3, .gray = gray, .seed = 1}) - x;
    if (gray) {
      EXPECT_LT(differences(gaussian), 1.5e-7);
      EXPECT_LT(differences(poisson), 1.5e-7);
      EXPECT_GT(gaussian.abs().max().item<double>(), 0.05);
    } else {
      EXPECT_GT(differences(gaussian), 0.05);
      EXPECT_GT(differences(poisson), 0.05);
    }
  }
}

TEST(Noise, OfOneSeedIsTheSameFieldForEveryPicture) {
  torch::manual_seed(4);
  const auto a = torch::rand({3, 24, 31}) * 0.2 + 0.4;
  const auto b = torch::rand({3, 24, 31}) * 0.2 + 0.4;
  for (const bool gray : {true, false}) {
    const GaussianNoise noise{.sigma_8bit = 5, .gray = gray, .seed = 77};
    const auto of_a = add_gaussian_noise(a, noise) - a;
    EXPECT_LT((of_a - (add_gaussian_noise(b, noise) - b)).abs().max().item<double>(), 1e-6);
    const GaussianNoise other{.sigma_8bit = 5, .gray = gray, .seed = 78};
    EXPECT_GT((of_a - (add_gaussian_noise(a, other) - a)).abs().max().item<double>(), 0.05);
  }
}

TEST(PoissonNoise, MovesLittleWhereLevelsMoveLittle) {
  torch::manual_seed(5);
  const auto x = torch::rand({3, 120, 130}) * 0.8 + 0.2;
  const PoissonNoise noise{.scale = 1, .seed = 6};
  const auto y = add_poisson_noise(x, noise);
  const auto nearby = add_poisson_noise(x + 1e-3, noise);
  EXPECT_LT((y - nearby).abs().max().item<double>(), 2.1 / 256);
  EXPECT_GT((y - add_poisson_noise(x, {.scale = 1, .seed = 7})).abs().max().item<double>(), 0.2);
}

TEST(PoissonNoise, InBgrOrderIsThatOfThePictureTurnedAround) {
  torch::manual_seed(6);
  const auto x = torch::rand({3, 31, 33});
  const PoissonNoise rgb{.scale = 2, .gray = true, .seed = 6};
  PoissonNoise bgr = rgb;
  bgr.order = ChannelOrder::kBgr;
  EXPECT_TRUE(torch::equal(add_poisson_noise(x.flip(0), bgr).flip(0), add_poisson_noise(x, rgb)));
  EXPECT_FALSE(torch::equal(add_poisson_noise(x, bgr), add_poisson_noise(x, rgb)));
}

TEST(Noise, LimitsAndKeepsWhatIsNoNumber) {
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto x = torch::tensor({-1.0f, 0.0f, 0.5f, 1.0f, 2.0f, inf, -inf, nan, 0.25f})
                     .repeat({3, 5, 5})
                     .contiguous();
  for (const auto& y : all_noises(x)) {
    EXPECT_TRUE(torch::equal(y.isnan(), x.isnan()));
    const auto numbers = y.nan_to_num(0.5);
    EXPECT_TRUE(torch::equal(numbers, numbers.clamp(0, 1)));
    EXPECT_TRUE(torch::equal(y.masked_select(x == inf), torch::ones({75})));
    EXPECT_TRUE(torch::equal(y.masked_select(x == -inf), torch::zeros({75})));
  }
  const auto picture = torch::rand({3, 9, 9}) * 1.5 - 0.2;
  EXPECT_TRUE(torch::equal(add_gaussian_noise(picture, {.sigma_8bit = 0}), picture.clamp(0, 1)));
  EXPECT_TRUE(torch::equal(add_poisson_noise(picture, {.scale = 0}), picture.clamp(0, 1)));
}

TEST(Noise, TakesAnyLayoutAndDoublePrecision) {
  torch::manual_seed(7);
  const auto dense = torch::rand({3, 37, 41});
  const auto interleaved = dense.permute({1, 2, 0}).contiguous().permute({2, 0, 1});
  ASSERT_FALSE(interleaved.is_contiguous());
  const auto expected = all_noises(dense);
  const auto found = all_noises(interleaved);
  // Exact levels, so that both precisions round alike.
  const auto eight_bit = (dense * 255).round() / 255;
  const auto narrow = all_noises(eight_bit);
  const auto wide = all_noises(eight_bit.to(torch::kFloat64));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(torch::equal(found[i], expected[i])) << i;
    EXPECT_TRUE(found[i].is_contiguous()) << i;
    EXPECT_EQ(wide[i].scalar_type(), torch::kFloat64);
    EXPECT_LT((wide[i] - narrow[i]).abs().max().item<double>(), 1e-6) << i;
  }
}

TEST(Noise, IsAConstantForGradients) {
  torch::manual_seed(8);
  auto x = torch::rand({3, 20, 20}).requires_grad_();
  for (const bool is_poisson : {false, true}) {
    x.mutable_grad() = torch::Tensor();
    const auto y =
        is_poisson ? add_poisson_noise(x, {.scale = 2}) : add_gaussian_noise(x, {.sigma_8bit = 50});
    y.sum().backward();
    const auto is_inside = (y.detach() > 0).logical_and(y.detach() < 1);
    EXPECT_TRUE(torch::equal(x.grad(), is_inside.to(torch::kFloat32)));
    const torch::NoGradGuard no_grad;
    EXPECT_TRUE(torch::equal(y.detach(), is_poisson ? add_poisson_noise(x, {.scale = 2})
                                                    : add_gaussian_noise(x, {.sigma_8bit = 50})));
  }
}

TEST(Noise, NamesWhatDoesNotFit) {
  const auto message = [](const auto& run) -> std::string {
    try {
      (void)run();
    } catch (const c10::Error& error) {
      return error.what_without_backtrace();
    }
    return "no error";
  };
  const auto x = torch::rand({3, 8, 8});
  for (const auto& wrong :
       {x.unsqueeze(0), x.slice(0, 0, 2), x.to(torch::kUInt8), x[0], torch::rand({3, 0, 8})}) {
    const auto gaussian = message([&] { return add_gaussian_noise(wrong, {.sigma_8bit = 1}); });
    EXPECT_NE(gaussian.find("add_gaussian_noise: x must be float32 or float64 [3, H, W]"),
              std::string::npos)
        << gaussian;
    const auto poisson = message([&] { return add_poisson_noise(wrong, {.scale = 1}); });
    EXPECT_NE(poisson.find("add_poisson_noise: x must be float32 or float64 [3, H, W]"),
              std::string::npos)
        << poisson;
  }
  for (const double wrong : {-1.0, 2e6, std::nan(""), HUGE_VAL}) {
    EXPECT_NE(message([&] {
                return add_gaussian_noise(x, {.sigma_8bit = wrong});
              }).find("sigma_8bit must be between 0 and 1e6"),
              std::string::npos);
    EXPECT_NE(message([&] {
                return add_poisson_noise(x, {.scale = wrong});
              }).find("scale must be between 0 and 1e6"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace vcisr::ops
