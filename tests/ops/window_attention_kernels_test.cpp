// SPDX-License-Identifier: Apache-2.0
// The CUDA device code of the window attention, on the CPU, against the same sums written with
// LibTorch's operators, and against LibTorch's gradient of those.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

#include "ops/window_attention/backward_kernels.cuh"
#include "ops/window_attention/kernels.cuh"
#include "support/device_harness.h"

namespace vcisr::ops {
namespace {

using detail::Accumulator;
using detail::WindowedMap;
using tests::run_on_cpu;
using tests::ThreadOrder;

struct Case {
  WindowedMap query, key;
  std::int64_t batch, heads, channels;
  bool has_regions = false;
  double bias_size = 1;
};

struct Problem {
  WindowedMap query_map, key_map;
  torch::Tensor query, key, value, logit_scale, bias, grad;
  torch::Tensor query_regions, key_regions;  // Undefined where there are none.
};

// A copy of x inside a bigger tensor, with `around` on all sides.
torch::Tensor surrounded(const torch::Tensor& x, double around) {
  auto whole = torch::full({x.size(0), x.size(1) + 2, x.size(2) + 3, x.size(3) + 1, x.size(4) + 5},
                           around, x.options());
  auto inside = whole.slice(1, 1, 1 + x.size(1))
                    .slice(2, 2, 2 + x.size(2))
                    .slice(3, 0, x.size(3))
                    .slice(4, 3, 3 + x.size(4));
  inside.copy_(x);
  return inside;
}

// Reading beside the inputs gives NaN.
torch::Tensor noise(const Case& c, const WindowedMap& map, torch::ScalarType type) {
  const auto x = torch::randn({c.batch, map.rows, map.columns, c.heads, c.channels}, type);
  return surrounded(x, std::numeric_limits<double>::quiet_NaN());
}

Problem make_problem(const Case& c, torch::ScalarType type) {
  const auto real = type == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
  const auto extent = detail::bias_extent(c.query, c.key);
  Problem p{c.query,
            c.key,
            noise(c, c.query, type),
            noise(c, c.key, type),
            noise(c, c.key, type),
            torch::rand({c.heads}, real) * 10 + 1,
            torch::randn({c.heads, extent.rows, extent.columns}, real) * c.bias_size,
            noise(c, c.query, type),
            {},
            {}};
  if (c.has_regions) {
    p.query_regions = torch::randint(3, {c.query.rows, c.query.columns}, torch::kUInt8);
    p.key_regions = torch::randint(3, {c.key.rows, c.key.columns}, torch::kUInt8);
  }
  return p;
}

// Places in the map, row by row, of all windows' tokens.
torch::Tensor token_numbers(const WindowedMap& map) {
  std::vector<std::int64_t> numbers;
  for (std::int64_t window = 0; window < detail::windows_of(map); ++window) {
    for (std::int64_t token = 0; token < detail::tokens_per_window(map); ++token) {
      const auto at = detail::token_position(map, window, token);
      numbers.push_back(at.row * map.columns + at.column);
    }
  }
  return torch::tensor(numbers, torch::kInt64);
}

torch::Tensor bias_of_pairs(const Problem& p, const torch::Tensor& bias) {
  const std::int64_t queries = detail::tokens_per_window(p.query_map);
  const std::int64_t keys = detail::tokens_per_window(p.key_map);
  std::vector<std::int64_t> entries;
  for (std::int64_t q = 0; q < queries; ++q) {
    for (std::int64_t k = 0; k < keys; ++k) {
      entries.push_back(detail::bias_index(p.query_map, p.key_map, q, k));
    }
  }
  return bias.flatten(1)
      .index_select(1, torch::tensor(entries, torch::kInt64))
      .view({bias.size(0), queries, keys});
}

// [B, rows, columns, ...] to [B, windows, tokens, ...] and back.
torch::Tensor in_windows(const torch::Tensor& x, const WindowedMap& map) {
  const auto windows =
      std::vector<std::int64_t>{detail::windows_of(map), detail::tokens_per_window(map)};
  return x.flatten(1, 2).index_select(1, token_numbers(map)).unflatten(1, windows);
}

torch::Tensor in_map(const torch::Tensor& x, const WindowedMap& map) {
  const auto order = token_numbers(map).argsort();
  return x.flatten(1, 2).index_select(1, order).unflatten(
      1, std::vector<std::int64_t>{map.rows, map.columns});
}

torch::Tensor unit(const torch::Tensor& x) {
  return x / x.norm(2, -1, true).clamp_min(detail::kLeastNorm);
}

struct Answer {
  torch::Tensor out, log_sum_exp, grad_query, grad_key, grad_value, grad_scale, grad_bias;
};

Answer expected_answer(const Problem& p) {
  const auto leaf = [](const torch::Tensor& x) {
    return x.to(torch::kFloat64).contiguous().clone().requires_grad_();
  };
  const auto query = leaf(p.query), key = leaf(p.key), value = leaf(p.value);
  const auto scale = leaf(p.logit_scale), bias = leaf(p.bias);
  auto logits = torch::einsum("bwqnd,bwknd->bwnqk", {in_windows(unit(query), p.query_map),
                                                     in_windows(unit(key), p.key_map)});
  logits = logits * scale.view({-1, 1, 1}) + bias_of_pairs(p, bias);
  if (p.query_regions.defined()) {
    const auto of_query = in_windows(p.query_regions.unsqueeze(0), p.query_map);
    const auto of_key = in_windows(p.key_regions.unsqueeze(0), p.key_map);
    const auto differ = (of_query.unsqueeze(-1) != of_key.unsqueeze(-2)).unsqueeze(2);
    logits = logits + differ * static_cast<double>(detail::kMaskedLogit);
  }
  const auto out = in_map(
      torch::einsum("bwnqk,bwknd->bwqnd", {logits.softmax(-1), in_windows(value, p.key_map)}),
      p.query_map);
  const auto log_sum_exp = in_map(logits.logsumexp(-1).permute({0, 1, 3, 2}), p.query_map);
  const auto grads = torch::autograd::grad({out}, {query, key, value, scale, bias},
                                           {p.grad.to(torch::kFloat64).contiguous()});
  return {out.detach(), log_sum_exp.detach(), grads[0], grads[1], grads[2], grads[3], grads[4]};
}

template <class T>
detail::DeviceTokens<T> token_rows(const torch::Tensor& x) {
  return {static_cast<T*>(x.data_ptr()), x.stride(0), x.stride(1), x.stride(2), x.stride(3)};
}

template <class T>
detail::WindowAttention<T> kernel_inputs(const Problem& p) {
  const auto regions = [](const torch::Tensor& x) {
    return x.defined() ? x.const_data_ptr<std::uint8_t>() : nullptr;
  };
  return {p.query_map,
          p.key_map,
          p.query.size(0),
          p.query.size(3),
          p.query.size(4),
          token_rows<const T>(p.query),
          token_rows<const T>(p.key),
          token_rows<const T>(p.value),
          p.logit_scale.const_data_ptr<Accumulator<T>>(),
          p.bias.const_data_ptr<Accumulator<T>>(),
          regions(p.query_regions),
          regions(p.key_regions)};
}

constexpr double kGuard = -77;

torch::Tensor guarded_like(const torch::Tensor& x) {
  return surrounded(torch::full(x.sizes(), kGuard, x.options()), kGuard);
}

// What was written, and nothing around it.
torch::Tensor taken_out(const torch::Tensor& inside) {
  auto values = inside.clone();
  inside.fill_(kGuard);
  const auto whole = torch::empty({0}, inside.options()).set_(inside.storage());
  EXPECT_TRUE((whole == kGuard).all().item<bool>());
  return values.contiguous();
}

// How a kernel is run: the results must not depend on it.
struct Launch {
  ThreadOrder order;
  unsigned most_blocks;
  std::int64_t slices;
};

unsigned blocks_of(std::int64_t tiles, const Launch& launch) {
  return static_cast<unsigned>(detail::at_most(tiles, launch.most_blocks));
}

// Into `log_sum_exp` too, unless that is undefined.
template <class T, int kDims>
torch::Tensor kernel_out(const Problem& problem, const Launch& launch,
                         const torch::Tensor& log_sum_exp) {
  using A = Accumulator<T>;
  constexpr int kTokens = detail::TokenTile<A, kDims>::kTokens;
  const auto out = guarded_like(problem.query);
  const detail::WindowAttentionForward<T> p{
      kernel_inputs<T>(problem), token_rows<T>(out),
      log_sum_exp.defined() ? log_sum_exp.mutable_data_ptr<A>() : nullptr};
  const std::int64_t tiles = detail::tiles_of_all(p.in, p.in.query_map, kTokens);
  run_on_cpu({blocks_of(tiles, launch), 1, 1}, {kTokens, 1, 1}, launch.order,
             [&] { detail::window_attention_kernel<T, kDims>(p); });
  return out;
}

template <class T, int kDims>
Answer kernels_answer(const Problem& problem, const Launch& launch) {
  using A = Accumulator<T>;
  constexpr int kTokens = detail::TokenTile<A, kDims>::kTokens;
  const auto in = kernel_inputs<T>(problem);
  const torch::Tensor log_sum_exp =
      torch::full(problem.query.sizes().slice(0, 4), kGuard, problem.bias.options());
  const auto out = kernel_out<T, kDims>(problem, launch, log_sum_exp);

  const std::int64_t tiles = detail::tiles_per_window(in.query_map, kTokens);
  const auto& bias = problem.bias;
  const torch::Tensor delta = torch::full_like(log_sum_exp, kGuard);
  const auto grad_query = guarded_like(problem.query);
  const auto grad_key = guarded_like(problem.key);
  const auto grad_value = guarded_like(problem.value);
  const torch::Tensor scale_parts =
      torch::full({launch.slices, in.heads, tiles}, kGuard, bias.options());
  const torch::Tensor bias_parts =
      torch::zeros({launch.slices, in.heads, tiles, bias.size(1), bias.size(2)}, bias.options());
  const detail::WindowAttentionBackward<T> backward{in,
                                                    token_rows<const T>(problem.grad),
                                                    token_rows<const T>(out),
                                                    log_sum_exp.const_data_ptr<A>(),
                                                    delta.mutable_data_ptr<A>(),
                                                    token_rows<T>(grad_query),
                                                    token_rows<T>(grad_key),
                                                    token_rows<T>(grad_value),
                                                    launch.slices,
                                                    scale_parts.mutable_data_ptr<A>(),
                                                    bias_parts.mutable_data_ptr<A>()};
  const auto parts = static_cast<unsigned>(scale_parts.numel());
  run_on_cpu({parts, 1, 1}, {kTokens, 1, 1}, launch.order,
             [&] { detail::window_attention_query_grad_kernel<T, kDims>(backward); });
  const std::int64_t key_tiles = detail::tiles_of_all(in, in.key_map, kTokens);
  run_on_cpu({blocks_of(key_tiles, launch), 1, 1}, {kTokens, 1, 1}, launch.order,
             [&] { detail::window_attention_key_grad_kernel<T, kDims>(backward); });
  constexpr std::int64_t kParts[] = {0, 2};
  return {taken_out(out),        log_sum_exp,           taken_out(grad_query),
          taken_out(grad_key),   taken_out(grad_value), scale_parts.sum(kParts),
          bias_parts.sum(kParts)};
}

std::vector<std::pair<const char*, torch::Tensor>> parts_of(const Answer& a) {
  return {{"out", a.out},
          {"log_sum_exp", a.log_sum_exp},
          {"query's gradient", a.grad_query},
          {"key's gradient", a.grad_key},
          {"value's gradient", a.grad_value},
          {"logit_scale's gradient", a.grad_scale},
          {"bias's gradient", a.grad_bias}};
}

// Within `tolerance` of the tensor's largest value, or of 1.
void expect_near(const Answer& answer, const Answer& expected, double tolerance) {
  const auto parts = parts_of(answer);
  const auto expected_parts = parts_of(expected);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto& right = expected_parts[i].second;
    ASSERT_EQ(parts[i].second.sizes(), right.sizes());
    const auto difference = parts[i].second.to(torch::kFloat64) - right;
    const double size = std::max(1.0, right.abs().max().item<double>());
    EXPECT_LE(difference.abs().max().item<double>(), tolerance * size) << parts[i].first;
  }
}

constexpr Launch kPlain{ThreadOrder::kAscending, 1000, 1};

template <class T, int kDims>
void check(const Case& c, torch::ScalarType type, double tolerance) {
  const auto problem = make_problem(c, type);
  const auto expected = expected_answer(problem);
  expect_near(kernels_answer<T, kDims>(problem, kPlain), expected, tolerance);
  // Blocks with several tiles, and slices of unequal length.
  const Launch other{ThreadOrder::kDescending, 3, 2};
  expect_near(kernels_answer<T, kDims>(problem, other), expected, tolerance);
}

// Rows, columns, window rows, window columns, shift.
const std::vector<Case> kCases = {
    {{16, 8, 8, 8, 0, 0}, {16, 8, 8, 8, 0, 0}, 1, 2, 30},              // The network's windows,
    {{8, 12, 4, 4, 2, 2}, {16, 24, 8, 8, 4, 4}, 1, 2, 32, true},       // anchors as queries
    {{16, 16, 8, 8, 3, 5}, {8, 8, 4, 4, 1, 2}, 1, 1, 16, true},        // and as keys.
    {{6, 15, 3, 5, 5, 14}, {4, 9, 2, 3, 0, 1}, 2, 3, 5, true},         // Nothing even.
    {{2, 3, 1, 1, 0, 0}, {2, 3, 1, 1, 1, 0}, 1, 1, 1},                 // One token per window.
    {{9, 8, 9, 8, 0, 3}, {5, 14, 5, 14, 2, 0}, 2, 1, 7, false, 200}};  // Two tiles either way.

TEST(WindowAttentionKernels, EqualTheSumsWrittenOut) {
  torch::manual_seed(71);
  for (const auto& c : kCases) check<double, 32>(c, torch::kFloat64, 1e-11);
}

TEST(WindowAttentionKernels, TakeManyChannels) {
  torch::manual_seed(72);
  // Tiles of 16 tokens.
  check<double, 128>({{5, 10, 5, 5, 1, 2}, {7, 6, 7, 3, 0, 1}, 1, 2, 33, true}, torch::kFloat64,
                     1e-11);
  check<double, 128>({{4, 4, 4, 4, 0, 0}, {3, 6, 3, 6, 0, 0}, 1, 1, 128}, torch::kFloat64, 1e-11);
}

TEST(WindowAttentionKernels, RoundAsTheirTypesDo) {
  torch::manual_seed(73);
  for (const auto& c : kCases) {
    if (c.bias_size > 1) continue;
    check<float, 32>(c, torch::kFloat32, 1e-5);
    check<c10::BFloat16, 32>(c, torch::kBFloat16, 2e-2);
  }
}

TEST(WindowAttentionKernels, GiveTheSameBitsWhateverTheOrder) {
  torch::manual_seed(74);
  const auto problem = make_problem(kCases[3], torch::kFloat32);
  const auto first = parts_of(kernels_answer<float, 32>(problem, kPlain));
  const auto second =
      parts_of(kernels_answer<float, 32>(problem, {ThreadOrder::kDescending, 1000, 1}));
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_TRUE(torch::equal(first[i].second, second[i].second)) << first[i].first;
  }
}

TEST(WindowAttentionKernels, NeedNoPlaceForTheLogSumExp) {
  torch::manual_seed(76);
  const auto problem = make_problem(kCases[3], torch::kFloat32);
  const auto out = kernel_out<float, 32>(problem, kPlain, torch::Tensor());
  EXPECT_TRUE(torch::equal(out, kernels_answer<float, 32>(problem, kPlain).out));
}

TEST(WindowAttentionKernels, DivideByTheLeastNorm) {
  torch::manual_seed(75);
  auto problem = make_problem(kCases[3], torch::kFloat64);
  problem.query.select(1, 1).zero_();
  problem.key.select(2, 4).mul_(1e-14);
  const auto expected = expected_answer(problem);
  const auto answer = kernels_answer<double, 32>(problem, kPlain);
  // The gradient by a vector that short is huge; the others are looked at without it.
  expect_near(answer, expected, 1e-11);
  const auto others = [](const torch::Tensor& x) { return x.select(1, 0); };
  EXPECT_LT((others(answer.grad_query) - others(expected.grad_query)).abs().max().item<double>(),
            1e-11);
}

}  // namespace
}  // namespace vcisr::ops
