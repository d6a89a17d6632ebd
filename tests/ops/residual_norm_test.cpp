// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/residual_norm.h"

#include <gtest/gtest.h>

#include "instruction_sets.h"

namespace vcisr::ops {
namespace {

TEST(AddLayerNorm, IsLayerNormAndSumForEveryWidthTypeAndInstructionSet) {
  torch::manual_seed(2);
  constexpr double kScale = 0.3;
  for (const auto set : tests::instruction_sets()) {
    const tests::WithInstructionSet with(set);
    for (const std::int64_t channels : {1, 3, 16, 18, 64, 127, 128, 180}) {
      for (const auto type : {torch::kFloat32, torch::kBFloat16}) {
        for (const auto narrow_type : {torch::kFloat32, torch::kBFloat16}) {
          const auto start = torch::randn({5, channels});
          const auto branch = (3 * torch::randn({5, channels}) + 1).to(type);
          const auto weight = torch::randn({channels});
          const auto bias = torch::randn({channels});
          auto x = start.clone();
          const auto narrow = torch::empty({5, channels}, narrow_type);
          add_layer_norm(x, branch, weight, bias, 1e-5, kScale, narrow);
          const auto wide = [](const torch::Tensor& t) { return t.to(torch::kFloat64); };
          const auto expected =
              wide(start) +
              kScale * at::layer_norm(wide(branch), {channels}, wide(weight), wide(bias), 1e-5);
          // Sums of up to 180 numbers of size 3 in float32, divided by their deviation.
          EXPECT_LT((wide(x) - expected).abs().max().item<double>(), 2e-5)
              << "set " << static_cast<int>(set) << " C " << channels;
          EXPECT_TRUE(torch::equal(narrow, x.to(narrow_type))) << "C " << channels;
          auto again = start.clone();
          add_layer_norm(again, branch, weight, bias, 1e-5, kScale, {});
          EXPECT_TRUE(torch::equal(again, x));
        }
      }
    }
  }
}

TEST(AddLayerNorm, TakesNoTokensAndConstantOnes) {
  auto none = torch::empty({0, 8});
  add_layer_norm(none, torch::empty({0, 8}), torch::ones({8}), torch::ones({8}), 1e-5, 1, {});
  auto x = torch::zeros({2, 8});
  add_layer_norm(x, torch::full({2, 8}, 7.0f), torch::ones({8}), torch::full({8}, 2.0f), 1e-5, 1,
                 {});
  EXPECT_TRUE(torch::equal(x, torch::full({2, 8}, 2.0f)));
}

TEST(AddLayerNorm, NamesWhatDoesNotFit) {
  const auto message = [](torch::Tensor x, const torch::Tensor& branch, const torch::Tensor& weight,
                          const torch::Tensor& narrow) -> std::string {
    try {
      add_layer_norm(x, branch, weight, torch::zeros({x.size(-1)}), 1e-5, 1, narrow);
    } catch (const c10::Error& error) {
      return error.what_without_backtrace();
    }
    return "no error";
  };
  const auto x = torch::zeros({2, 8});
  const auto ones = torch::ones({8});
  EXPECT_NE(message(torch::zeros({1, 2, 8}), x, ones, {}).find("x must be [tokens, C]"),
            std::string::npos);
  EXPECT_NE(message(x, torch::zeros({3, 8}), ones, {}).find("branch must be a contiguous CPU"),
            std::string::npos);
  EXPECT_NE(message(x, x.clone(), torch::ones({7}), {}).find("weight must be"), std::string::npos);
  EXPECT_NE(message(x, x.clone(), ones, torch::zeros({2, 8}, torch::kHalf)).find("narrow must be"),
            std::string::npos);
  EXPECT_NE(message(torch::zeros({8, 2}).t(), x, ones, {}).find("x must be a contiguous"),
            std::string::npos);
}

}  // namespace
}  // namespace vcisr::ops
