// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/window_attention.h"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <ATen/Parallel.h>
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
using tests::expected_attention;
using tests::instruction_sets;
using tests::largest_difference;
using tests::real_type;
using tests::surrounded;
using tests::WithInstructionSet;

const std::vector<AttentionCase> kCases = {
    // The networks': windows, shifted windows, anchors looking at tokens, tokens at anchors.
    {{1, 2}, {8, 8}, {8, 8}, {0, 0}, {0, 0}, 2, 2, 32},
    {{2, 2}, {8, 8}, {8, 8}, {4, 4}, {4, 4}, 1, 2, 30, true},
    {{2, 1}, {4, 4}, {8, 8}, {0, 0}, {0, 0}, 1, 2, 32},
    {{2, 2}, {8, 8}, {4, 4}, {4, 4}, {2, 2}, 1, 2, 32, true},
    {{2, 1}, {2, 4}, {8, 16}, {1, 2}, {4, 8}, 1, 1, 16, true},
    // Nothing even; shifts that differ; one channel, and one beyond a vector.
    {{2, 3}, {3, 5}, {3, 5}, {2, 14}, {5, 1}, 2, 3, 1, true},
    {{2, 1}, {5, 7}, {2, 3}, {9, 3}, {0, 2}, 1, 2, 5},
    {{1, 2}, {3, 3}, {7, 1}, {0, 0}, {6, 1}, 1, 1, 33, true},
    // One token in a window, and one window.
    {{3, 4}, {1, 1}, {1, 1}, {2, 1}, {0, 3}, 1, 2, 5, true},
    {{1, 1}, {1, 6}, {6, 1}, {0, 0}, {0, 0}, 1, 1, 4},
    // So large that the bias is not expanded.
    {{1, 1}, {18, 18}, {18, 18}, {9, 9}, {9, 9}, 1, 1, 6, true},
    {{1, 1}, {2, 2}, {2, 2}, {0, 0}, {0, 0}, 0, 2, 4}};

/// Out's own rounding and what adds up before it; logits reach some 15.
double allowed(torch::Dtype type, double value) {
  if (type == torch::kFloat64) return 1e-13;
  if (type == torch::kFloat32) return 6e-6;
  return 6e-6 + std::abs(value) / 256;  // Half a unit of 8 bits.
}

void expect_attention(const AttentionInputs& x, const torch::Tensor& expected) {
  const auto out = attended(x);
  ASSERT_EQ(out.sizes(), x.query.sizes());
  ASSERT_EQ(out.scalar_type(), x.query.scalar_type());
  if (out.numel() == 0) return;
  const auto difference = (out.to(torch::kFloat64) - expected).abs().flatten();
  // Element by element, because the rounding of 16 bits is relative.
  const auto bound = expected.abs().flatten() *
                         (allowed(x.query.scalar_type(), 1) - allowed(x.query.scalar_type(), 0)) +
                     allowed(x.query.scalar_type(), 0);
  EXPECT_LT((difference - bound).max().item<double>(), 0)
      << "largest difference " << difference.max().item<double>();
}

TEST(WindowAttention, IsTheObviousLoopsForEveryTypeAndInstructionSet) {
  for (const auto type : {torch::kFloat32, torch::kFloat64, torch::kBFloat16}) {
    torch::manual_seed(31);
    for (const auto& c : kCases) {
      const auto x = attention_inputs(c, type);
      const auto expected = expected_attention(x);
      for (const auto set : instruction_sets()) {
        SCOPED_TRACE(::testing::Message()
                     << c << ", " << type << ", set " << static_cast<int>(set));
        const WithInstructionSet with(set);
        expect_attention(x, expected);
      }
    }
  }
}

TEST(WindowAttention, IndexesTheBiasAsThePublishedTablesDo) {
  const auto map = [](std::int64_t window) {
    return detail::WindowedMap{window, window, window, window, 0, 0};
  };
  const auto window = map(8);
  const auto anchors = map(4);
  EXPECT_EQ(detail::bias_index(window, window, 0, 0), 112);
  EXPECT_EQ(detail::bias_index(window, window, 0, 63), 0);
  EXPECT_EQ(detail::bias_index(window, window, 63, 0), 224);
  EXPECT_EQ(detail::bias_index(anchors, window, 0, 0), 84);
  EXPECT_EQ(detail::bias_index(anchors, window, 15, 0), 120);
  EXPECT_EQ(detail::bias_index(window, anchors, 0, 0), 36);
  EXPECT_EQ(detail::bias_index(window, anchors, 0, 15), 0);
  EXPECT_EQ(detail::bias_index(window, anchors, 63, 0), 120);
  EXPECT_EQ(detail::bias_index(window, anchors, 63, 15), 84);
}

/// Other layouts of the same values, in the forms in which networks and callers hold them.
std::vector<std::pair<const char*, AttentionInputs>> layouts_of(const AttentionInputs& x) {
  std::vector<std::pair<const char*, AttentionInputs>> all;
  const auto add = [&](const char* name, const auto& change) {
    AttentionInputs y = x;
    for (auto* map : {&y.query, &y.key, &y.value}) *map = change(*map);
    all.emplace_back(name, y);
  };
  add("a slice of what one linear gives", [](const torch::Tensor& m) {
    return torch::stack({m + 1, m, m + 2}, 3).select(3, 1);
  });
  add("columns before rows",
      [](const torch::Tensor& m) { return m.transpose(1, 2).contiguous().transpose(1, 2); });
  add("heads first", [](const torch::Tensor& m) {
    return m.permute({3, 0, 1, 2, 4}).contiguous().permute({1, 2, 3, 0, 4});
  });
  add("channels first", [](const torch::Tensor& m) {
    return m.permute({0, 3, 4, 1, 2}).contiguous().permute({0, 3, 4, 1, 2});
  });
  add("every second channel", [](const torch::Tensor& m) {
    return torch::stack({m, m + 1}, -1).select(-1, 0);
  });
  add("surrounded by NaN", [](const torch::Tensor& m) { return surrounded(m); });
  auto& terms = all.emplace_back("terms and labels with strides", x).second;
  terms.logit_scale = torch::stack({x.logit_scale, x.logit_scale + 1}, 1).select(1, 0);
  terms.bias = x.bias.permute({2, 0, 1}).contiguous().permute({1, 2, 0});
  for (auto* labels : {&terms.options.query_regions, &terms.options.key_regions}) {
    *labels = torch::stack({**labels, **labels + 1}, 2).select(2, 0);
  }
  return all;
}

TEST(WindowAttention, TakesAnyStridesAndReadsNothingBesideItsViews) {
  torch::manual_seed(32);
  for (const auto type : {torch::kFloat32, torch::kFloat64, torch::kBFloat16}) {
    const auto x = attention_inputs({{2, 3}, {3, 2}, {2, 4}, {4, 1}, {3, 5}, 2, 2, 5, true}, type);
    const auto expected = attended(x);
    for (const auto& [name, y] : layouts_of(x)) {
      EXPECT_TRUE(torch::equal(attended(y), expected)) << name << ", " << type;
    }
  }
}

TEST(WindowAttention, TakesMapsThatRepeatThemselves) {
  torch::manual_seed(33);
  auto x = attention_inputs({{2, 2}, {2, 2}, {2, 2}, {0, 0}, {1, 1}, 3, 2, 6}, torch::kFloat32);
  x.key = x.key.narrow(0, 0, 1).expand_as(x.key);
  x.value = x.value.narrow(3, 0, 1).expand_as(x.value);
  const auto expected = expected_attention(x);
  expect_attention(x, expected);
}

TEST(WindowAttention, GivesWhatOneLabelForAllGivesWithoutLabels) {
  torch::manual_seed(34);
  auto x = attention_inputs({{2, 2}, {4, 4}, {2, 2}, {2, 2}, {1, 1}, 1, 2, 8}, torch::kFloat32);
  const auto expected = attended(x);
  x.options.query_regions = torch::full({8, 8}, 255, torch::kUInt8);
  x.options.key_regions = torch::full({4, 4}, 255, torch::kUInt8);
  EXPECT_TRUE(torch::equal(attended(x), expected));
  // Where every pair differs, all logits sink alike.
  x.options.key_regions = torch::full({4, 4}, 254, torch::kUInt8);
  EXPECT_LT(largest_difference(attended(x), expected), 1e-4);
}

TEST(WindowAttention, KeepsMaskedTokensOutOfAWindow) {
  // The published -100, not minus infinity: it shows where the other logits sink as far.
  torch::manual_seed(35);
  auto x = attention_inputs({{1, 1}, {1, 2}, {1, 2}, {0, 0}, {0, 0}, 1, 1, 3}, torch::kFloat64);
  x.options.query_regions = torch::tensor({{0, 1}}, torch::kUInt8);
  x.options.key_regions = torch::tensor({{0, 1}}, torch::kUInt8);
  EXPECT_LT(largest_difference(attended(x), x.value), 1e-30 + 1e-15);
  x.bias[0][0][0] = 100 + x.bias[0][0][1].item<double>();  // The first query's second key.
  x.query.select(2, 0).zero_();
  const auto half = (x.value.select(2, 0) + x.value.select(2, 1)) / 2;
  EXPECT_LT(largest_difference(attended(x).select(2, 0), half), 1e-12);
}

TEST(WindowAttention, DoesNotDependOnTheNumberOfThreads) {
  torch::manual_seed(36);
  const int threads = at::get_num_threads();
  for (const auto type : {torch::kFloat32, torch::kBFloat16}) {
    auto x = attention_inputs({{3, 5}, {4, 4}, {8, 8}, {2, 2}, {4, 4}, 2, 3, 20, true}, type);
    for (auto* leaf : {&x.query, &x.key, &x.value, &x.logit_scale, &x.bias}) {
      leaf->requires_grad_();
    }
    const auto weight = torch::randn(x.query.sizes(), torch::kFloat32).to(type);
    const auto answer = [&](int count) {
      at::set_num_threads(count);
      const auto out = attended(x);
      auto all =
          torch::autograd::grad({out}, {x.query, x.key, x.value, x.logit_scale, x.bias}, {weight});
      all.push_back(out);
      return all;
    };
    const auto one = answer(1);
    for (const int count : {2, 3, 7}) {
      const auto several = answer(count);
      for (std::size_t i = 0; i < one.size(); ++i) {
        EXPECT_TRUE(torch::equal(one[i], several[i])) << "tensor " << i << ", " << count;
      }
    }
  }
  at::set_num_threads(threads);
}

TEST(WindowAttention, StaysFiniteAndRightAtTheEdgesOfItsRange) {
  torch::manual_seed(37);
  for (const auto set : instruction_sets()) {
    const WithInstructionSet with(set);
    auto x =
        attention_inputs({{1, 2}, {4, 4}, {4, 4}, {2, 2}, {2, 2}, 1, 2, 7, true}, torch::kFloat32);
    x.query.select(1, 0).zero_();
    x.key.select(2, 1).zero_();
    x.query.select(1, 1).mul_(1e4);
    x.key.select(2, 3).mul_(1e4);
    x.query.select(1, 2).mul_(1e-20);  // Below the least norm.
    x.key.select(2, 4).mul_(1e15);
    x.logit_scale.fill_(100);
    x.bias.mul_(40);
    const auto out = attended(x);
    EXPECT_TRUE(torch::isfinite(out).all().item<bool>());
    // Logits of some 200, half a unit of which is 8e-6.
    EXPECT_LT(largest_difference(out, expected_attention(x)), 2e-4);
  }
}

TEST(WindowAttention, PassesNotANumberOn) {
  torch::manual_seed(38);
  for (const auto set : instruction_sets()) {
    const WithInstructionSet with(set);
    for (const auto type : {torch::kFloat32, torch::kFloat64, torch::kBFloat16}) {
      const auto x = attention_inputs({{1, 2}, {3, 7}, {3, 7}, {0, 0}, {0, 0}, 1, 2, 6}, type);
      const double nan = std::numeric_limits<double>::quiet_NaN();
      // Of the query, to that token and head; of a key or value, to its window and head.
      for (const std::int64_t token : {0, 4, 6}) {
        auto y = x;
        y.query = x.query.clone();
        y.query[0][1][token][1][2] = nan;
        const auto of_query = attended(y).isnan();
        EXPECT_TRUE(of_query[0][1][token][1].all().item<bool>()) << type;
        EXPECT_EQ(of_query.sum().item<std::int64_t>(), 6);
        for (auto* map : {&y.key, &y.value}) {
          y = x;
          *map = map->clone();
          (*map)[0][2][token][0].fill_(nan);
          const auto of_window = attended(y).isnan();
          EXPECT_TRUE(of_window[0].narrow(1, 0, 7).select(2, 0).all().item<bool>()) << type;
          EXPECT_EQ(of_window.sum().item<std::int64_t>(), 3 * 7 * 6);
        }
      }
    }
  }
}

TEST(WindowAttentionOut, WritesIntoASliceAndNothingBeside) {
  torch::manual_seed(39);
  for (const auto type : {torch::kFloat32, torch::kFloat64, torch::kBFloat16}) {
    for (const auto& c : kCases) {
      const auto x = attention_inputs(c, type);
      auto out = surrounded(torch::empty_like(x.query), -7);
      const auto whole = torch::empty({0}, out.options()).set_(out.storage());
      window_attention_out(x.query, x.key, x.value, x.logit_scale, x.bias, x.options, out);
      EXPECT_TRUE(torch::equal(out, attended(x))) << c;
      out.fill_(-7);
      EXPECT_TRUE((whole == -7).all().item<bool>()) << c;
    }
  }
}

TEST(WindowAttentionOut, TakesOneChannelOfAnyStride) {
  torch::manual_seed(40);
  const auto x =
      attention_inputs({{2, 2}, {2, 2}, {2, 2}, {0, 0}, {0, 0}, 1, 2, 1}, torch::kFloat32);
  auto out = torch::empty({1, 4, 4, 2, 3}).slice(4, 0, 3, 3);
  window_attention_out(x.query, x.key, x.value, x.logit_scale, x.bias, x.options, out);
  EXPECT_TRUE(torch::equal(out, attended(x)));
}

}  // namespace
}  // namespace vcisr::ops
