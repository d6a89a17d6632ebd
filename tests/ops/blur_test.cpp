// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/blur.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "instruction_sets.h"
#include "ops/blur/blur_cpu.h"
#include "ops/blur/blur_plan.h"

namespace vcisr::ops {
namespace {

torch::Tensor wide(const torch::Tensor& t) { return t.to(torch::kFloat64); }

double furthest(const torch::Tensor& a, const torch::Tensor& b) {
  return (wide(a) - wide(b)).abs().max().item<double>();
}

/// The definition, for a border that at::pad can mirror: one image, one kernel.
torch::Tensor definition(const torch::Tensor& image, const torch::Tensor& kernel) {
  const std::int64_t radius_y = kernel.size(0) / 2;
  const std::int64_t radius_x = kernel.size(1) / 2;
  const auto padded =
      at::pad(wide(image).unsqueeze(1), {radius_x, radius_x, radius_y, radius_y}, "reflect");
  return at::conv2d(padded, wide(kernel).unsqueeze(0).unsqueeze(0)).squeeze(1);
}

torch::Tensor gaussian(std::int64_t count, double sigma) {  // float64 [count]
  const auto distance = torch::arange(count, torch::kFloat64) - static_cast<double>(count / 2);
  const auto taps = (-0.5 * (distance / sigma).square()).exp();
  return taps / taps.sum();
}

struct Case {
  std::int64_t batch, channels, height, width, size;
};

const std::vector<Case> kCases = {{1, 3, 37, 53, 21}, {2, 1, 12, 11, 21}, {3, 2, 5, 70, 7},
                                  {1, 1, 1, 1, 1},    {1, 3, 90, 91, 5},  {2, 3, 16, 48, 3},
                                  {1, 2, 9, 131, 9},  {1, 1, 200, 18, 13}};

TEST(Blur, IsTheConvolutionForEveryShapeAndInstructionSet) {
  torch::manual_seed(2);
  for (const auto set : tests::instruction_sets()) {
    const tests::WithInstructionSet with(set);
    for (const auto& c : kCases) {
      const auto x = torch::rand({c.batch, c.channels, c.height, c.width});
      const auto kernels = torch::randn({c.batch, c.size, c.size});
      const auto y = filter2d(x, kernels);
      ASSERT_EQ(y.sizes(), x.sizes());
      EXPECT_EQ(y.scalar_type(), torch::kFloat32);
      EXPECT_TRUE(y.is_contiguous());
      for (std::int64_t n = 0; n < c.batch; ++n) {
        const double tolerance = 3e-7 * kernels[n].abs().sum().item<double>();
        const auto expected = definition(x[n], kernels[n]);
        EXPECT_LT(furthest(y[n], expected), tolerance) << "set " << static_cast<int>(set);
        EXPECT_LT(furthest(filter2d(x, kernels[n])[n], expected), tolerance);
        EXPECT_LT(furthest(filter2d(wide(x), kernels)[n], expected), 1e-12);
      }
    }
  }
}

TEST(Blur, SeparableIsTheOuterProduct) {
  torch::manual_seed(3);
  for (const auto set : tests::instruction_sets()) {
    const tests::WithInstructionSet with(set);
    for (const auto& [row_count, column_count] :
         {std::pair{27, 31}, {1, 7}, {9, 1}, {3, 21}, {1, 1}}) {
      const auto x = torch::rand({2, 2, 39, 53});
      const auto row = torch::randn({row_count}, torch::kFloat64);
      const auto column = torch::randn({column_count}, torch::kFloat64);
      const auto kernel = column.unsqueeze(1) * row.unsqueeze(0);
      const auto y = filter2d_separable(x, row, column);
      const auto exact = filter2d_separable(wide(x), row, column);
      for (int n = 0; n < 2; ++n) {
        const auto expected = definition(x[n], kernel);
        EXPECT_LT(furthest(y[n], expected), 3e-7 * kernel.abs().sum().item<double>());
        EXPECT_LT(furthest(exact[n], expected), 1e-11);
      }
    }
  }
}

TEST(Blur, MirrorsASmallImageAgainAndAgain) {
  const std::vector<std::int64_t> four = {2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 2};
  for (std::int64_t i = 0; i < 13; ++i) {
    EXPECT_EQ(detail::reflected(i - 4, 4), four[static_cast<std::size_t>(i)]) << i;
  }
  EXPECT_EQ(detail::reflected(-7, 1), 0);
  EXPECT_EQ(detail::reflected(7, 1), 0);
  EXPECT_EQ(detail::reflected(-3, 2), 1);
  torch::manual_seed(4);
  const auto taps = torch::randn({21}, torch::kFloat64);
  const auto kernel = torch::randn({21, 21}, torch::kFloat64);
  for (const auto& [height, width] : {std::pair{1, 1}, {1, 9}, {4, 2}, {10, 11}, {3, 40}}) {
    const auto x = torch::rand({1, 2, height, width});
    // Mirrored by hand to a size whose middle needs no border.
    std::vector<std::int64_t> rows, columns;
    for (int i = -10; i < height + 10; ++i) rows.push_back(detail::reflected(i, height));
    for (int i = -10; i < width + 10; ++i) columns.push_back(detail::reflected(i, width));
    const auto padded = wide(x)
                            .index_select(2, torch::tensor(rows, torch::kInt64))
                            .index_select(3, torch::tensor(columns, torch::kInt64));
    const auto expected =
        at::conv2d(padded.squeeze(0).unsqueeze(1), kernel.unsqueeze(0).unsqueeze(0)).squeeze(1);
    const double tolerance = 3e-7 * kernel.abs().sum().item<double>();
    EXPECT_LT(furthest(filter2d(x, kernel)[0], expected), tolerance) << height << "x" << width;
    EXPECT_LT(furthest(filter2d(wide(x), kernel)[0], expected), 1e-11) << height << "x" << width;
    const double taps_sum = taps.abs().sum().item<double>();
    EXPECT_LT(furthest(filter2d_separable(x, taps, taps), filter2d_separable(wide(x), taps, taps)),
              3e-7 * taps_sum * taps_sum);
  }
}

TEST(Blur, LeavesOutWhatIsZeroAndFactorsOuterProducts) {
  const auto plan_of = [](const torch::Tensor& kernel) {
    const auto dense = wide(kernel).contiguous();
    const auto* data = dense.const_data_ptr<double>();
    return detail::make_blur_plan({data, data + dense.numel()}, kernel.size(0));
  };
  torch::manual_seed(5);
  const auto dense = at::constant_pad_nd(torch::rand({7, 7}) + 0.1, {7, 7, 7, 7});
  EXPECT_EQ(plan_of(dense).height, 7);
  EXPECT_EQ(plan_of(dense).width, 7);
  EXPECT_TRUE(plan_of(dense).across.empty());
  const auto pulse = at::constant_pad_nd(torch::ones({1, 1}), {10, 10, 10, 10});
  EXPECT_EQ(plan_of(pulse).weights, std::vector<float>{1});
  EXPECT_EQ(plan_of(torch::zeros({5, 5})).weights, std::vector<float>{0});
  const auto taps = gaussian(21, 3);
  const auto product = (taps.unsqueeze(1) * taps.unsqueeze(0)).to(torch::kFloat32);
  EXPECT_EQ(plan_of(product).across.size(), 21U);
  EXPECT_EQ(plan_of(product).height, 21);
  // Far enough from it to be told apart.
  EXPECT_TRUE(plan_of(product + 1e-6 * torch::rand({21, 21})).across.empty());
  const auto unknown = torch::full({7, 7}, std::numeric_limits<float>::quiet_NaN());
  EXPECT_TRUE(plan_of(unknown).across.empty());
}

TEST(Blur, RunsAFactoredKernelWithinTheStatedDeviation) {
  const auto x = torch::rand({1, 3, 64, 75});
  for (const double sigma : {0.2, 0.7, 1.5, 3.0}) {
    const auto taps = gaussian(21, sigma);
    const auto kernel = (taps.unsqueeze(1) * taps.unsqueeze(0)).to(torch::kFloat32);
    EXPECT_LT(furthest(filter2d(x, kernel)[0], definition(x[0], kernel)), 6e-7) << sigma;
  }
}

TEST(Blur, GivesTheSameBitsWithAnyNumberOfThreads) {
  torch::manual_seed(6);
  const auto x = torch::rand({3, 2, 93, 101});
  const auto kernels = torch::randn({3, 11, 11});
  const auto taps = gaussian(51, 8);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto dense = filter2d(x, kernels);
  const auto separable = filter2d_separable(x, taps, taps);
  for (const int count : {2, 3, 5}) {
    at::set_num_threads(count);
    EXPECT_TRUE(torch::equal(filter2d(x, kernels), dense)) << count;
    EXPECT_TRUE(torch::equal(filter2d_separable(x, taps, taps), separable)) << count;
  }
  at::set_num_threads(threads);
}

TEST(Blur, WorksInBandsWhereAPlaneIsLarge) {
  torch::manual_seed(7);
  const auto x = torch::rand({1, 1, 203, 2000});
  const auto kernel = torch::randn({9, 9});
  EXPECT_LT(furthest(filter2d(x, kernel), filter2d(wide(x), kernel)),
            3e-7 * kernel.abs().sum().item<double>());
  const auto taps = gaussian(51, 8);
  EXPECT_LT(furthest(filter2d_separable(x, taps, taps), filter2d_separable(wide(x), taps, taps)),
            1e-6);
}

TEST(Blur, TakesAnyStridesAndReadsNothingBeyondTheImage) {
  auto all = torch::full({1, 30, 40, 3}, std::numeric_limits<float>::quiet_NaN());
  const auto window = all.slice(1, 8, 25).slice(2, 9, 30).permute({0, 3, 1, 2});
  window.copy_(torch::rand({1, 3, 17, 21}));
  const auto kernel = torch::randn({7, 7});
  EXPECT_FALSE(filter2d(window, kernel).isnan().any().item<bool>());
  EXPECT_TRUE(torch::equal(filter2d(window, kernel), filter2d(window.contiguous(), kernel)));
  EXPECT_TRUE(
      torch::equal(filter2d(window, kernel.t().contiguous().t()), filter2d(window, kernel)));
}

TEST(Blur, PassesEmptyBatchesAndGradients) {
  EXPECT_EQ(filter2d(torch::rand({0, 3, 8, 8}), torch::rand({3, 3})).sizes().vec(),
            (std::vector<std::int64_t>{0, 3, 8, 8}));
  auto x = torch::rand({1, 2, 9, 9}).requires_grad_();
  const auto kernel = torch::randn({5, 5});
  const auto y = filter2d(x, kernel);
  {
    const torch::NoGradGuard no_grad;
    EXPECT_LT(furthest(y.detach(), filter2d(x, kernel)), 1e-5);
  }
  y.sum().backward();
  // What leaves a pixel of the middle is the sum of the kernel.
  EXPECT_NEAR(x.grad()[0][0][4][4].item<double>(), kernel.sum().item<double>(), 1e-5);
}

TEST(Blur, NamesWhatDoesNotFit) {
  const auto message = [](const auto& run) -> std::string {
    try {
      (void)run();
    } catch (const c10::Error& error) {
      return error.what_without_backtrace();
    }
    return "no error";
  };
  const auto x = torch::rand({2, 3, 8, 8});
  const auto taps = torch::rand({3});
  EXPECT_NE(message([&] {
              return filter2d(x[0], torch::rand({3, 3}));
            }).find("[N, C, H, W]"),
            std::string::npos);
  EXPECT_NE(message([&] {
              return filter2d(x.to(torch::kUInt8), torch::rand({3, 3}));
            }).find("x must be float32 or float64"),
            std::string::npos);
  for (const auto& kernel : {torch::rand({4, 4}), torch::rand({3, 5}), torch::rand({3, 3, 3}),
                             torch::ones({3, 3}, torch::kInt64)}) {
    EXPECT_NE(message([&] {
                return filter2d(x, kernel);
              }).find("kernel must be float32 or float64 [k, k] or [2, k, k] with odd k"),
              std::string::npos);
  }
  EXPECT_NE(message([&] {
              return filter2d_separable(x, torch::rand({4}), taps);
            }).find("row_taps must be"),
            std::string::npos);
  EXPECT_NE(message([&] {
              return filter2d_separable(x, taps, torch::rand({3, 3}));
            }).find("column_taps must be"),
            std::string::npos);
}

}  // namespace
}  // namespace vcisr::ops
