// SPDX-License-Identifier: Apache-2.0
#include "networks/packed_weight.h"

#include <thread>
#include <vector>

#include <ATen/core/dispatch/Dispatcher.h>
#include <gtest/gtest.h>

namespace vcisr::networks {
namespace {

/// Largest difference relative to the largest value.
double deviation(const torch::Tensor& x, const torch::Tensor& expected) {
  const auto a = x.to(torch::kFloat64);
  const auto b = expected.to(torch::kFloat64);
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

// Another order of sums; bfloat16 outputs round to 1/256.
double tolerance(torch::Dtype type) { return type == torch::kFloat32 ? 1e-5 : 8e-3; }

TEST(PackedWeight, MultipliesAsTheLinear) {
  const torch::NoGradGuard no_grad;
  for (const auto type : {torch::kFloat32, torch::kBFloat16}) {
    const auto weight = torch::randn({192, 128}, type);
    const auto bias = torch::randn({192}, type);
    PackedWeight packed, with_gelu;
    for (const std::int64_t tokens : {640, 1, 17}) {
      const auto x = torch::randn({tokens, 128}, type);
      const auto expected = at::linear(x, weight, bias);
      EXPECT_LT(deviation(packed.linear(x, weight, bias), expected), tolerance(type));
      EXPECT_LT(deviation(with_gelu.linear(x, weight, bias, PackedWeight::Activation::kGelu),
                          at::gelu(expected.to(torch::kFloat32))),
                tolerance(type));
    }
  }
}

TEST(PackedWeight, ConvolvesAsTheConvolution) {
  const torch::NoGradGuard no_grad;
  for (const auto type : {torch::kFloat32, torch::kBFloat16}) {
    const auto weight = torch::randn({48, 32, 3, 3}, type);
    const auto bias = torch::randn({48}, type);
    PackedWeight packed;
    for (const auto& [height, width] : {std::pair(9, 7), {1, 1}, {24, 5}}) {
      const auto x = torch::randn({2, 32, height, width}, type);
      const auto last = x.contiguous(at::MemoryFormat::ChannelsLast);
      const auto expected = at::conv2d(x, weight, bias, 1, 1);
      EXPECT_LT(deviation(packed.conv3x3(last, weight, bias), expected), tolerance(type));
      EXPECT_LT(deviation(packed.conv3x3(x, weight, bias), expected), tolerance(type));
    }
  }
}

TEST(PackedWeight, FollowsTheWeight) {
  const torch::NoGradGuard no_grad;
  auto weight = torch::randn({16, 16});
  const auto bias = torch::zeros({16});
  const auto x = torch::randn({4, 16});
  PackedWeight packed;
  const auto first = packed.linear(x, weight, bias);
  weight.mul_(2);
  EXPECT_LT(deviation(packed.linear(x, weight, bias), 2 * first), 1e-5);
  weight.set_data(torch::randn({16, 16}));
  EXPECT_LT(deviation(packed.linear(x, weight, bias), at::linear(x, weight)), 1e-5);
  const auto other = torch::randn({16, 16}).to(torch::kBFloat16);
  EXPECT_LT(deviation(packed.linear(x.to(torch::kBFloat16), other, bias.to(torch::kBFloat16)),
                      at::linear(x.to(torch::kBFloat16), other)),
            8e-3);
}

TEST(PackedWeight, ServesSeveralThreads) {
  const auto weight = torch::randn({64, 64});
  const auto bias = torch::randn({64});
  const auto x = torch::randn({32, 64});
  const auto expected = at::linear(x, weight, bias);
  PackedWeight packed;
  std::vector<double> deviations(4);
  std::vector<std::thread> threads;
  for (auto& result : deviations) {
    threads.emplace_back([&result, &packed, &x, &weight, &bias, &expected] {
      const torch::NoGradGuard no_grad;
      result = deviation(packed.linear(x, weight, bias), expected);
    });
  }
  for (auto& thread : threads) thread.join();
  for (const double result : deviations) EXPECT_LT(result, 1e-5);
}

TEST(PackedWeight, TakesOtherTypesTheOrdinaryWay) {
  const torch::NoGradGuard no_grad;
  const auto weight = torch::randn({8, 8}, torch::kFloat64);
  const auto x = torch::randn({3, 8}, torch::kFloat64);
  const auto bias = torch::randn({8}, torch::kFloat64);
  PackedWeight packed;
  EXPECT_TRUE(torch::equal(packed.linear(x, weight, bias), at::linear(x, weight, bias)));
}

}  // namespace
}  // namespace vcisr::networks
