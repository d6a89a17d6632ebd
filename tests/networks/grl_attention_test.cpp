// SPDX-License-Identifier: Apache-2.0
// The mixed attention against the published sequence of operations: roll, partition, normalise,
// multiply, add bias and mask, softmax, multiply, merge, roll back.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "networks/grl/attention.h"
#include "support/hash_rule.h"

namespace vcisr::networks::grl {
namespace {

using Pair = std::array<std::int64_t, 2>;

torch::Tensor roll(const torch::Tensor& x, const Pair& shift, std::int64_t sign) {
  return at::roll(x, {sign * shift[0], sign * shift[1]}, {1, 2});
}

/// [B, H, W, ...] to [B, windows, tokens, ...].
torch::Tensor partition(const torch::Tensor& x, const Pair& window) {
  return x.unflatten(1, {-1, window[0]})
      .unflatten(3, {-1, window[1]})
      .transpose(2, 3)
      .flatten(3, 4)
      .flatten(1, 2)
      .contiguous();
}

torch::Tensor merge(const torch::Tensor& x, const Pair& window, const Pair& map) {
  return x.unflatten(1, {map[0] / window[0], map[1] / window[1]})
      .unflatten(3, {window[0], window[1]})
      .transpose(2, 3)
      .flatten(3, 4)
      .flatten(1, 2);
}

/// Labels of the rolled grid, [windows, tokens].
torch::Tensor labels(const Pair& map, const Pair& window, const Pair& shift) {
  const auto axis = [&](std::size_t a) {
    auto reg = torch::zeros({map[a]}, torch::kInt64);
    reg.slice(0, map[a] - window[a]).fill_(1);
    reg.slice(0, shift[a] == 0 ? 0 : map[a] - shift[a]).fill_(2);
    return reg;
  };
  const auto grid = 3 * axis(0).unsqueeze(1) + axis(1).unsqueeze(0);
  return partition(grid.unsqueeze(0), window)[0];
}

torch::Tensor mask(const torch::Tensor& query, const torch::Tensor& key) {
  return (query.unsqueeze(2) != key.unsqueeze(1)).to(torch::kFloat64) * -100;
}

/// [N, queries, keys].
torch::Tensor bias(const torch::Tensor& table, const Pair& query, const Pair& key) {
  std::vector<std::int64_t> index;
  for (std::int64_t i = 0; i < query[0] * query[1]; ++i) {
    for (std::int64_t j = 0; j < key[0] * key[1]; ++j) {
      index.push_back((i / query[1] - j / key[1] + key[0] - 1) * (query[1] + key[1] - 1) +
                      i % query[1] - j % key[1] + key[1] - 1);
    }
  }
  return table
      .index_select(0, torch::tensor(index))  // [queries * keys, N]
      .t()
      .reshape({table.size(1), query[0] * query[1], key[0] * key[1]});
}

class Published {
 public:
  Published(MixedAttention& attention, const GrlOptions& options, std::int64_t block)
      : parameters_(attention.named_parameters()), o_(options), block_(block) {}

  torch::Tensor attend(const torch::Tensor& x) const {
    const Pair map = {x.size(1), x.size(2)};
    const std::int64_t df = o_.anchor_window_down_factor;
    const auto halves = linear(x, "qkv.body").chunk(2, -1);
    const auto pooled = at::avg_pool2d(x.permute({0, 3, 1, 2}), {df, df}).permute({0, 2, 3, 1});
    const auto anchors = linear(pooled, "anchor.body.0.reduction");
    return at::cat({windows(halves[0], map), stripes(halves[1], anchors, map)}, -1);
  }

 private:
  [[nodiscard]] torch::Tensor linear(const torch::Tensor& x, const std::string& name) const {
    return at::linear(x, parameters_[name + ".weight"], parameters_[name + ".bias"]);
  }

  /// Of one transform: softmax(cosines * scale + bias + mask) values.
  torch::Tensor weigh(const std::string& name, torch::Tensor query, torch::Tensor key,
                      const torch::Tensor& value, const Pair& query_window, const Pair& key_window,
                      const Pair& window, std::int64_t df, const torch::Tensor& added) const {
    const auto scale = parameters_[name + ".logit_scale"];
    const std::int64_t heads = scale.size(0);
    const auto split = [heads](const torch::Tensor& x) {
      return x.unflatten(-1, {heads, -1}).transpose(2, 3);  // [B, windows, N, tokens, D]
    };
    query = split(query);
    key = split(key);
    const auto unit = [](const torch::Tensor& x) {
      return x / x.norm(2, -1, true).clamp_min(1e-12);
    };
    auto table = coordinate_table({window[0], window[1]}, df, torch::kCPU).to(torch::kFloat64);
    table = at::linear(at::relu(linear(table, name + ".cpb_mlp.0")),
                       parameters_[name + ".cpb_mlp.2.weight"]);
    auto logits = at::matmul(unit(query), unit(key).transpose(-2, -1)) *
                  scale.clamp_max(std::log(100.0)).exp();
    logits = logits + bias(16 * at::sigmoid(table), query_window, key_window);
    if (added.defined()) logits = logits + added.unsqueeze(1);
    return at::matmul(logits.softmax(-1), split(value)).transpose(2, 3).flatten(3);
  }

  [[nodiscard]] torch::Tensor windows(const torch::Tensor& qkv, const Pair& map) const {
    const Pair window = {o_.window_size, o_.window_size};
    const bool is_shifted = block_ % 2 == 0;
    const Pair shift = {o_.window_size / 2, o_.window_size / 2};
    const auto parts = partition(is_shifted ? roll(qkv, shift, -1) : qkv, window).chunk(3, -1);
    torch::Tensor added;
    if (is_shifted) added = mask(labels(map, window, shift), labels(map, window, shift));
    const auto out = merge(weigh("window_attn.attn_transform", parts[0], parts[1], parts[2], window,
                                 window, window, 1, added),
                           window, map);
    return is_shifted ? roll(out, shift, 1) : out;
  }

  [[nodiscard]] torch::Tensor stripes(const torch::Tensor& qkv, const torch::Tensor& anchor_map,
                                      const Pair& map) const {
    const std::int64_t df = o_.anchor_window_down_factor;
    auto sizes = o_.stripe_size, groups = o_.stripe_groups;
    if (block_ % 2 == 1) {
      std::reverse(sizes.begin(), sizes.end());
      std::reverse(groups.begin(), groups.end());
    }
    Pair stripe{}, shift{}, few{}, few_shift{}, few_map{};
    for (std::size_t a = 0; a < 2; ++a) {
      stripe[a] = groups[a] == 0 ? sizes[a] : map[a] / groups[a];
      shift[a] = groups[a] == 0 ? sizes[a] / 2 : groups[a] == 1 ? 0 : map[a] / (2 * groups[a]);
      few[a] = stripe[a] / df;
      few_shift[a] = shift[a] / df;
      few_map[a] = map[a] / df;
    }
    const bool is_shifted = o_.stripe_shift && block_ % 4 >= 2;
    const auto parts = partition(is_shifted ? roll(qkv, shift, -1) : qkv, stripe).chunk(3, -1);
    const auto anchors = partition(is_shifted ? roll(anchor_map, few_shift, -1) : anchor_map, few);
    torch::Tensor to_tokens, to_anchors;
    if (is_shifted) {
      const auto of_tokens = labels(map, stripe, shift);
      const auto of_anchors = labels(few_map, few, few_shift);
      to_tokens = mask(of_anchors, of_tokens);
      to_anchors = mask(of_tokens, of_anchors);
    }
    const auto summary = weigh("stripe_attn.attn_transform1", anchors, parts[1], parts[2], few,
                               stripe, stripe, df, to_tokens);
    const auto out = merge(weigh("stripe_attn.attn_transform2", parts[0], anchors, summary, stripe,
                                 few, stripe, df, to_anchors),
                           stripe, map);
    return is_shifted ? roll(out, shift, 1) : out;
  }

  torch::OrderedDict<std::string, torch::Tensor> parameters_;
  const GrlOptions& o_;
  std::int64_t block_;
};

struct Case {
  const char* name;
  std::int64_t height, width;
  std::int64_t window;
  Pair stripe, groups;
  std::int64_t factor;
};

class GrlMixedAttention : public ::testing::TestWithParam<Case> {};

TEST_P(GrlMixedAttention, IsThePublishedSequenceOfOperations) {
  const auto& c = GetParam();
  const torch::NoGradGuard no_grad;
  GrlOptions o;
  o.embed_dim = 24;
  o.depths = {4};
  o.num_heads_window = {3};
  o.num_heads_stripe = {2};
  o.window_size = c.window;
  o.stripe_size = c.stripe;
  o.stripe_groups = c.groups;
  o.anchor_window_down_factor = c.factor;
  const auto x = (4 * tests::hash_image("tokens", {2, c.height, c.width, 24}) - 2);
  for (const bool is_shifted : {false, true}) {
    o.stripe_shift = is_shifted;
    for (std::int64_t block = 0; block < 4; ++block) {
      MixedAttention attention(o, 0, block);
      tests::fill_by_hash_rule(attention);
      attention.to(torch::kFloat64);
      const auto wide = x.to(torch::kFloat64);
      const auto expected = Published(attention, o, block).attend(wide);
      const auto actual = attention.attend(wide);
      ASSERT_EQ(actual.sizes(), expected.sizes());
      EXPECT_LT((actual - expected).abs().max().item<double>(), 1e-10)
          << "block " << block << ", stripe_shift " << is_shifted;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Geometries, GrlMixedAttention,
    ::testing::Values(Case{"Vcisr", 24, 16, 8, {8, 8}, {0, 0}, 2},
                      Case{"OneWindow", 8, 8, 8, {8, 8}, {0, 0}, 2},
                      Case{"Stripes", 32, 16, 8, {8, 16}, {0, 0}, 4},
                      Case{"OddWindows", 20, 20, 5, {10, 4}, {0, 0}, 1},
                      Case{"Groups", 16, 32, 8, {8, 0}, {0, 4}, 2},
                      // Half a stripe is no whole number of anchors: theirs is rounded down.
                      Case{"ShiftBetweenAnchors", 48, 16, 8, {8, 0}, {0, 4}, 4},
                      Case{"OneGroup", 16, 24, 8, {8, 0}, {0, 1}, 2},
                      // The tokens are shifted, by less than an anchor.
                      Case{"ShiftOfNoAnchor", 16, 16, 8, {0, 0}, {4, 4}, 4}),
    [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace vcisr::networks::grl
