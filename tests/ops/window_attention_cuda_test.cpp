// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

#include "vcisr/ops/device.h"
#include "vcisr/ops/window_attention.h"

namespace vcisr::ops {
namespace {

struct Case {
  TokenExtent windows;  // Down and across.
  TokenExtent query_window, key_window, query_shift, key_shift;
  std::int64_t batch, heads, channels;
  bool has_regions = false;
};

// The networks' geometries, and odd ones.
const std::vector<Case> kCases = {{{5, 7}, {8, 8}, {8, 8}, {0, 0}, {0, 0}, 3, 2, 32},
                                  {{4, 5}, {8, 8}, {8, 8}, {4, 4}, {4, 4}, 2, 3, 30, true},
                                  {{4, 6}, {4, 4}, {8, 8}, {2, 2}, {4, 4}, 2, 2, 32, true},
                                  {{4, 6}, {8, 8}, {4, 4}, {4, 4}, {2, 2}, 2, 2, 16, true},
                                  {{1, 2}, {36, 36}, {36, 36}, {18, 18}, {18, 18}, 1, 2, 30, true},
                                  {{1, 1}, {72, 144}, {18, 36}, {0, 0}, {0, 0}, 1, 1, 30},
                                  {{1, 1}, {18, 36}, {72, 144}, {0, 0}, {0, 0}, 1, 1, 30},
                                  {{3, 2}, {3, 5}, {2, 7}, {8, 9}, {0, 1}, 2, 5, 77, true},
                                  {{2, 2}, {9, 10}, {4, 4}, {0, 0}, {0, 0}, 1, 1, 128},
                                  {{2, 3}, {1, 1}, {1, 1}, {0, 0}, {0, 0}, 2, 1, 1}};

struct Inputs {
  torch::Tensor query, key, value, logit_scale, bias, grad;
  WindowAttentionOptions options;
};

torch::Dtype real_type(torch::Dtype element) {
  return element == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
}

Inputs make_inputs(const Case& c, torch::Dtype type) {
  const auto real = real_type(type);
  const TokenExtent query{c.windows.rows * c.query_window.rows,
                          c.windows.columns * c.query_window.columns};
  const TokenExtent key{c.windows.rows * c.key_window.rows,
                        c.windows.columns * c.key_window.columns};
  const auto map = [&](const TokenExtent& size) {
    return torch::randn({c.batch, size.rows, size.columns, c.heads, c.channels}).to(type);
  };
  Inputs x{map(query),
           map(key),
           map(key),
           torch::rand({c.heads}, real) * 10 + 1,
           torch::randn({c.heads, c.query_window.rows + c.key_window.rows - 1,
                         c.query_window.columns + c.key_window.columns - 1},
                        real),
           map(query),
           {c.query_window, c.key_window, c.query_shift, c.key_shift}};
  if (c.has_regions) {
    x.options.query_regions = torch::randint(3, {query.rows, query.columns}, torch::kUInt8);
    x.options.key_regions = torch::randint(3, {key.rows, key.columns}, torch::kUInt8);
  }
  return x;
}

// Elsewhere, in another type; logit_scale and bias in the type that goes with it.
Inputs moved(const Inputs& x, const torch::Device& device, torch::Dtype type) {
  const auto real = real_type(type);
  Inputs y{x.query.to(device, type),
           x.key.to(device, type),
           x.value.to(device, type),
           x.logit_scale.to(device, real),
           x.bias.to(device, real),
           x.grad.to(device, type),
           x.options};
  for (auto* regions : {&y.options.query_regions, &y.options.key_regions}) {
    if (*regions) *regions = (*regions)->to(device);
  }
  return y;
}

torch::Tensor attended(const Inputs& x) {
  return window_attention(x.query, x.key, x.value, x.logit_scale, x.bias, x.options);
}

// The output, then the gradients.
std::vector<torch::Tensor> answer(const Inputs& inputs) {
  Inputs x = inputs;
  std::vector<torch::Tensor> leaves;
  for (auto* tensor : {&x.query, &x.key, &x.value, &x.logit_scale, &x.bias}) {
    *tensor = tensor->detach().requires_grad_();
    leaves.push_back(*tensor);
  }
  const auto out = attended(x);
  auto all = torch::autograd::grad({out}, leaves, {x.grad});
  all.insert(all.begin(), out.detach());
  return all;
}

const char* const kNames[] = {"out",
                              "query's gradient",
                              "key's gradient",
                              "value's gradient",
                              "logit_scale's gradient",
                              "bias's gradient"};

class WindowAttentionCuda : public ::testing::Test {
 protected:
  void SetUp() override {
    if (cuda_devices().empty()) GTEST_SKIP() << "no CUDA kernels or no GPU";
  }
};

// Against the CPU's float64, within `tolerance` of the tensor's largest value or of 1.
void expect_as_the_cpu(torch::Dtype type, double tolerance) {
  for (std::size_t i = 0; i < kCases.size(); ++i) {
    const auto inputs = make_inputs(kCases[i], type);
    const auto expected = answer(moved(inputs, torch::kCPU, torch::kFloat64));
    const auto actual = answer(moved(inputs, torch::kCUDA, type));
    for (std::size_t j = 0; j < expected.size(); ++j) {
      const double size = std::max(1.0, expected[j].abs().max().item<double>());
      const auto difference = actual[j].cpu().to(torch::kFloat64) - expected[j];
      EXPECT_LE(difference.abs().max().item<double>(), tolerance * size)
          << kNames[j] << ", case " << i << ", " << type;
    }
  }
}

TEST_F(WindowAttentionCuda, GivesWhatTheCpuGives) {
  torch::manual_seed(91);
  expect_as_the_cpu(torch::kFloat64, 1e-11);
  expect_as_the_cpu(torch::kFloat32, 2e-5);
}

TEST_F(WindowAttentionCuda, GivesWhatTheCpuGivesIn16Bits) {
  torch::manual_seed(92);
  expect_as_the_cpu(torch::kBFloat16, 3e-2);
  expect_as_the_cpu(torch::kHalf, 4e-3);
}

TEST_F(WindowAttentionCuda, GivesTheSameBitsEachTime) {
  torch::manual_seed(93);
  const auto inputs = moved(make_inputs(kCases[1], torch::kFloat32), torch::kCUDA, torch::kFloat32);
  const auto first = answer(inputs);
  for (int repeat = 0; repeat < 3; ++repeat) {
    const auto again = answer(inputs);
    for (std::size_t j = 0; j < first.size(); ++j) EXPECT_TRUE(torch::equal(first[j], again[j]));
  }
}

TEST_F(WindowAttentionCuda, TakesAnyStrides) {
  torch::manual_seed(94);
  auto x = moved(make_inputs(kCases[1], torch::kFloat32), torch::kCUDA, torch::kFloat32);
  const auto expected = answer(x);
  // One of three in a row, heads before rows, and every second channel.
  x.query = torch::stack({x.query, x.query, x.query}, 3).select(3, 1);
  x.key = x.key.permute({0, 3, 1, 2, 4}).contiguous().permute({0, 2, 3, 1, 4});
  x.value = torch::stack({x.value, x.value}, -1).select(-1, 1);
  x.bias = x.bias.transpose(1, 2).contiguous().transpose(1, 2);
  x.grad = x.grad.transpose(1, 2).contiguous().transpose(1, 2);
  x.options.query_regions = x.options.query_regions->t().contiguous().t();
  const auto actual = answer(x);
  for (std::size_t j = 0; j < expected.size(); ++j) {
    EXPECT_TRUE(torch::equal(actual[j], expected[j])) << kNames[j];
  }
}

TEST_F(WindowAttentionCuda, WritesIntoAWindowAndNothingBeside) {
  for (const auto& c : kCases) {
    const auto x = moved(make_inputs(c, torch::kBFloat16), torch::kCUDA, torch::kBFloat16);
    const auto sizes = x.query.sizes();
    const auto guarded =
        torch::full({sizes[0], sizes[1] + 2, sizes[2] + 3, sizes[3] + 1, sizes[4] + 5}, -7.0,
                    x.query.options());
    auto out = guarded.slice(1, 1, 1 + sizes[1])
                   .slice(2, 2, 2 + sizes[2])
                   .slice(3, 0, sizes[3])
                   .slice(4, 3, 3 + sizes[4]);
    window_attention_out(x.query, x.key, x.value, x.logit_scale, x.bias, x.options, out);
    EXPECT_TRUE(torch::equal(out, attended(x)));
    out.fill_(-7.0);
    EXPECT_TRUE((guarded == -7.0).all().item<bool>());
  }
}

TEST_F(WindowAttentionCuda, TakesNoPicturesAtAll) {
  auto c = kCases[0];
  c.batch = 0;
  const auto inputs = moved(make_inputs(c, torch::kFloat32), torch::kCUDA, torch::kFloat32);
  const auto actual = answer(inputs);
  EXPECT_EQ(actual[0].sizes(), inputs.query.sizes());
  EXPECT_TRUE((actual[4] == 0).all().item<bool>() && (actual[5] == 0).all().item<bool>());
}

TEST_F(WindowAttentionCuda, RefusesMoreChannelsThanItsKernelsTake) {
  auto c = kCases[0];
  c.channels = 129;
  EXPECT_THROW(static_cast<void>(
                   attended(moved(make_inputs(c, torch::kFloat32), torch::kCUDA, torch::kFloat32))),
               c10::Error);
}

}  // namespace
}  // namespace vcisr::ops
