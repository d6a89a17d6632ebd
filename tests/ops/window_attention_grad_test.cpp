// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "ops/instruction_sets.h"
#include "ops/window_attention_cases.h"

namespace vcisr::ops {
namespace {

using tests::attended;
using tests::attention_inputs;
using tests::AttentionCase;
using tests::AttentionInputs;
using tests::instruction_sets;
using tests::largest_difference;
using tests::WithInstructionSet;

constexpr const char* kNames[] = {"query", "key", "value", "logit_scale", "bias"};

std::vector<torch::Tensor*> members(AttentionInputs& x) {
  return {&x.query, &x.key, &x.value, &x.logit_scale, &x.bias};
}

/// Of sum(weight * attention) for the five tensors.
std::vector<torch::Tensor> gradients(AttentionInputs x, const torch::Tensor& weight) {
  std::vector<torch::Tensor> leaves;
  for (auto* member : members(x)) {
    *member = member->detach().requires_grad_();
    leaves.push_back(*member);
  }
  return torch::autograd::grad({attended(x)}, leaves, {weight});
}

/// By central differences, every element of one of the five.
torch::Tensor numeric_gradient(AttentionInputs x, std::size_t which, const torch::Tensor& weight) {
  const torch::NoGradGuard no_grad;
  constexpr double kStep = 1e-5;
  auto* const member = members(x)[which];
  const auto shape = member->sizes().vec();
  auto point = member->contiguous().clone();
  *member = point;
  auto result = torch::zeros({point.numel()}, torch::kFloat64);
  auto* const at = point.data_ptr<double>();
  for (std::int64_t i = 0; i < point.numel(); ++i) {
    const double value = at[i];
    at[i] = value + kStep;
    const double above = (attended(x) * weight).sum().item<double>();
    at[i] = value - kStep;
    const double below = (attended(x) * weight).sum().item<double>();
    at[i] = value;
    result[i] = (above - below) / (2 * kStep);
  }
  return result.view(shape);
}

const std::vector<AttentionCase> kSmallCases = {
    {{2, 2}, {3, 2}, {3, 2}, {1, 1}, {1, 1}, 1, 2, 3, true},
    // Anchors, both ways.
    {{2, 1}, {2, 2}, {4, 4}, {1, 1}, {2, 2}, 1, 1, 5, true},
    {{1, 2}, {4, 4}, {2, 2}, {2, 2}, {1, 1}, 1, 1, 5, true},
    // Two pictures without a shift; more queries than go together; one token, one channel.
    {{1, 2}, {2, 3}, {1, 2}, {0, 0}, {0, 0}, 2, 2, 2},
    {{1, 1}, {5, 6}, {2, 2}, {3, 0}, {0, 1}, 1, 1, 4, true},
    {{1, 3}, {1, 1}, {1, 1}, {0, 0}, {0, 2}, 1, 1, 4},
    {{2, 1}, {2, 2}, {2, 2}, {0, 1}, {0, 1}, 1, 2, 1, true}};

TEST(WindowAttentionGrad, IsTheNumericJacobian) {
  for (const auto set : instruction_sets()) {
    const WithInstructionSet with(set);
    torch::manual_seed(51);
    for (const auto& c : kSmallCases) {
      const auto x = attention_inputs(c, torch::kFloat64);
      const auto weight = torch::randn(x.query.sizes(), torch::kFloat64);
      const auto analytic = gradients(x, weight);
      for (std::size_t i = 0; i < analytic.size(); ++i) {
        EXPECT_LT(largest_difference(analytic[i], numeric_gradient(x, i, weight)), 1e-7)
            << kNames[i] << ": " << c;
      }
    }
  }
}

TEST(WindowAttentionGrad, TakesAnyStrides) {
  torch::manual_seed(52);
  const auto x =
      attention_inputs({{2, 2}, {3, 2}, {3, 2}, {1, 1}, {1, 1}, 2, 2, 3, true}, torch::kFloat64);
  const auto weight = torch::randn(x.query.sizes(), torch::kFloat64);
  const auto expected = gradients(x, weight);
  const auto check = [&](const char* name, const auto& change) {
    AttentionInputs y = x;
    for (auto* map : {&y.query, &y.key, &y.value}) *map = change(*map);
    const auto actual = gradients(y, change(weight));
    for (std::size_t i = 0; i < actual.size(); ++i) {
      EXPECT_EQ(actual[i].sizes(), expected[i].sizes());
      EXPECT_TRUE(torch::equal(actual[i], expected[i])) << kNames[i] << ", " << name;
    }
  };
  check("a slice of one tensor", [](const torch::Tensor& m) {
    return torch::stack({m + 1, m}, 3).select(3, 1);
  });
  check("columns before rows",
        [](const torch::Tensor& m) { return m.transpose(1, 2).contiguous().transpose(1, 2); });
  check("channels first", [](const torch::Tensor& m) {
    return m.permute({0, 4, 3, 1, 2}).contiguous().permute({0, 3, 4, 2, 1});
  });
  check("surrounded by NaN", [](const torch::Tensor& m) { return tests::surrounded(m); });
}

TEST(WindowAttentionGrad, ReachesOneTensorThatHoldsAllThree) {
  // As the networks hold them: the gradient arrives where the linear's output was.
  torch::manual_seed(53);
  const auto c = AttentionCase{{2, 2}, {2, 2}, {2, 2}, {1, 1}, {1, 1}, 1, 2, 4, true};
  auto x = attention_inputs(c, torch::kFloat64);
  const auto weight = torch::randn(x.query.sizes(), torch::kFloat64);
  const auto expected = gradients(x, weight);
  const auto all =
      at::cat({x.query.flatten(3), x.key.flatten(3), x.value.flatten(3)}, -1).requires_grad_();
  const auto part = [&](std::int64_t i) { return all.narrow(-1, i * 8, 8).unflatten(-1, {2, 4}); };
  const auto out = window_attention(part(0), part(1), part(2), x.logit_scale, x.bias, x.options);
  const auto grad = torch::autograd::grad({out}, {all}, {weight})[0];
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(
        torch::equal(grad.narrow(-1, static_cast<std::int64_t>(i) * 8, 8), expected[i].flatten(3)))
        << kNames[i];
  }
}

TEST(WindowAttentionGrad, TakesAGradientThatIsOneNumberEverywhere) {
  torch::manual_seed(54);
  const auto x =
      attention_inputs({{1, 2}, {2, 2}, {2, 2}, {0, 0}, {0, 0}, 1, 2, 3}, torch::kFloat64);
  const auto value = x.value.detach().requires_grad_();
  const auto out = window_attention(x.query, x.key, value, x.logit_scale, x.bias, x.options);
  const auto expanded = torch::autograd::grad({out.sum()}, {value}, {}, true)[0];
  const auto dense = torch::autograd::grad({out}, {value}, {torch::ones_like(out)})[0];
  EXPECT_TRUE(torch::equal(expanded, dense));
  // Each token's weights sum to 1.
  EXPECT_NEAR(dense.sum().item<double>(), static_cast<double>(out.numel()), 1e-11);
}

TEST(WindowAttentionGrad, OfABatchIsTheSumOfThePictures) {
  torch::manual_seed(55);
  const auto x =
      attention_inputs({{3, 3}, {2, 2}, {2, 2}, {1, 1}, {1, 1}, 3, 2, 5, true}, torch::kFloat64);
  const auto weight = torch::randn(x.query.sizes(), torch::kFloat64);
  const auto together = gradients(x, weight);
  auto scale = torch::zeros_like(x.logit_scale), bias = torch::zeros_like(x.bias);
  for (std::int64_t b = 0; b < 3; ++b) {
    AttentionInputs one = x;
    for (auto* map : {&one.query, &one.key, &one.value}) *map = map->narrow(0, b, 1);
    const auto alone = gradients(one, weight.narrow(0, b, 1));
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_TRUE(torch::equal(alone[i], together[i].narrow(0, b, 1))) << kNames[i];
    }
    scale += alone[3];
    bias += alone[4];
  }
  EXPECT_LT(largest_difference(together[3], scale), 1e-12);
  EXPECT_LT(largest_difference(together[4], bias), 1e-12);
}

TEST(WindowAttentionGrad, OfNoPicturesIsZero) {
  const auto x =
      attention_inputs({{2, 2}, {2, 2}, {2, 2}, {0, 0}, {0, 0}, 0, 2, 3}, torch::kFloat32);
  const auto grads = gradients(x, torch::empty_like(x.query));
  EXPECT_EQ(grads[1].sizes(), x.key.sizes());
  EXPECT_TRUE((grads[3] == 0).all().item<bool>() && (grads[4] == 0).all().item<bool>());
}

/// Within `tolerance` of the tensor's largest value.
void expect_as_in_float64(torch::Dtype type, double tolerance) {
  const std::vector<AttentionCase> cases = {
      {{3, 2}, {8, 8}, {8, 8}, {4, 4}, {4, 4}, 1, 2, 32, true},
      {{2, 2}, {4, 4}, {8, 8}, {0, 0}, {0, 0}, 2, 2, 30},
      {{2, 2}, {8, 8}, {4, 4}, {4, 4}, {2, 2}, 1, 2, 33, true}};
  for (const auto& c : cases) {
    const auto x = attention_inputs(c, type);
    const auto weight = torch::randn(x.query.sizes()).to(type);
    AttentionInputs wide = x;
    for (auto* member : members(wide)) *member = member->to(torch::kFloat64);
    const auto expected = gradients(wide, weight.to(torch::kFloat64));
    for (const auto set : instruction_sets()) {
      const WithInstructionSet with(set);
      const auto actual = gradients(x, weight);
      for (std::size_t i = 0; i < actual.size(); ++i) {
        EXPECT_EQ(actual[i].scalar_type(), i < 3 ? type : torch::kFloat32);
        EXPECT_LT(largest_difference(actual[i], expected[i]),
                  tolerance * expected[i].abs().max().item<double>())
            << kNames[i] << ": " << c;
      }
    }
  }
}

TEST(WindowAttentionGrad, InFloat32IsThatOfFloat64) {
  torch::manual_seed(56);
  expect_as_in_float64(torch::kFloat32, 1e-5);
}

TEST(WindowAttentionGrad, InBfloat16IsThatOfFloat64) {
  torch::manual_seed(57);
  // The output, rounded to 8 bits, is what the backward takes out of every logit's gradient.
  expect_as_in_float64(torch::kBFloat16, 2e-2);
}

/// One window, written with LibTorch's operators, whose gradients are known.
torch::Tensor composed(const AttentionInputs& x) {
  const auto unit = [](const torch::Tensor& m) {
    const auto tokens = m.flatten(1, 2).transpose(1, 2);  // [B, N, tokens, D]
    return tokens / tokens.norm(2, -1, true).clamp_min(1e-12);
  };
  const std::int64_t side = x.options.query_window.rows;
  const auto token = torch::arange(side * side);
  const auto row = token.floor_divide(side), column = token.remainder(side);
  const auto bias =
      x.bias.index({torch::indexing::Slice(), row.unsqueeze(1) - row.unsqueeze(0) + side - 1,
                    column.unsqueeze(1) - column.unsqueeze(0) + side - 1});
  const auto logits =
      torch::matmul(unit(x.query), unit(x.key).transpose(2, 3)) * x.logit_scale.view({-1, 1, 1}) +
      bias;
  return torch::matmul(logits.softmax(-1), x.value.flatten(1, 2).transpose(1, 2))
      .transpose(1, 2)
      .reshape(x.query.sizes());
}

TEST(WindowAttentionGrad, DividesByTheLeastNormWhereAVectorIsShorter) {
  // As torch's normalize does: below the least norm the divisor is a constant.
  torch::manual_seed(58);
  const auto inputs =
      attention_inputs({{1, 1}, {3, 3}, {3, 3}, {0, 0}, {0, 0}, 1, 2, 4}, torch::kFloat64);
  for (const double factor : {0.0, 1e-14}) {
    auto x = inputs;
    x.query = x.query.clone();
    x.key = x.key.clone();
    x.query.select(1, 1).mul_(factor);
    x.key.select(2, 0).mul_(factor);
    const auto weight = torch::randn(x.query.sizes(), torch::kFloat64);
    const auto actual = gradients(x, weight);
    std::vector<torch::Tensor> leaves;
    for (auto* member : members(x)) {
      *member = member->detach().requires_grad_();
      leaves.push_back(*member);
    }
    const auto expected = torch::autograd::grad({composed(x)}, leaves, {weight});
    for (std::size_t i = 0; i < actual.size(); ++i) {
      // 1e12 times the others, and the direction of the numbers' own rounding with it.
      const auto bound = 1e-10 + 1e-10 * expected[i].abs();
      EXPECT_TRUE(((actual[i] - expected[i]).abs() < bound).all().item<bool>()) << kNames[i];
    }
    EXPECT_GT(actual[0].select(1, 1).abs().max().item<double>(), 1e9);
  }
}

TEST(WindowAttentionGrad, StaysFiniteInFloat32) {
  torch::manual_seed(59);
  for (const auto set : instruction_sets()) {
    const WithInstructionSet with(set);
    auto x =
        attention_inputs({{1, 2}, {4, 4}, {4, 4}, {2, 2}, {2, 2}, 1, 2, 7, true}, torch::kFloat32);
    x.query.select(1, 0).zero_();
    x.key.select(2, 1).zero_();
    x.query.select(1, 1).mul_(1e4);
    x.key.select(2, 3).mul_(1e4);
    x.logit_scale.fill_(100);
    x.bias.mul_(40);
    const auto grads = gradients(x, torch::randn(x.query.sizes()));
    for (std::size_t i = 0; i < grads.size(); ++i) {
      EXPECT_TRUE(torch::isfinite(grads[i]).all().item<bool>()) << kNames[i];
    }
  }
}

TEST(WindowAttentionGrad, CannotBeDifferentiatedAgain) {
  torch::manual_seed(60);
  const auto x =
      attention_inputs({{1, 1}, {2, 2}, {2, 2}, {0, 0}, {0, 0}, 1, 1, 3}, torch::kFloat64);
  const auto query = x.query.detach().requires_grad_();
  const auto out = window_attention(query, x.key, x.value, x.logit_scale, x.bias, x.options);
  const auto first = torch::autograd::grad({out.sum()}, {query}, {}, true, true)[0];
  try {
    (void)torch::autograd::grad({first.pow(2).sum()}, {query});
    FAIL() << "no error";
  } catch (const c10::Error& error) {
    EXPECT_NE(std::string(error.what_without_backtrace())
                  .find("window_attention: its gradient cannot be differentiated a second time"),
              std::string::npos)
        << error.what_without_backtrace();
  }
}

}  // namespace
}  // namespace vcisr::ops
