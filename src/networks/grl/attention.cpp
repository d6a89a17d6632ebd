// SPDX-License-Identifier: Apache-2.0
#include "networks/grl/attention.h"

#include "networks/grl/init.h"

namespace vcisr::networks::grl {
namespace {

/// Published names nest; the modules between hold nothing of their own.
template <class Child>
std::shared_ptr<torch::nn::Module> nested(const std::string& name, const Child& child) {
  auto holder = std::make_shared<torch::nn::Module>(name);
  holder->register_module(name, child);
  return holder;
}

/// Part `index` of three in the last dimension, split into heads: [B, H, W, N, D].
torch::Tensor heads_of(const torch::Tensor& x, std::int64_t index, std::int64_t num_heads) {
  const std::int64_t width = x.size(-1) / 3;
  return x.narrow(-1, index * width, width).unflatten(-1, {num_heads, -1});
}

}  // namespace

MixedAttention::MixedAttention(const GrlOptions& options, std::size_t stage, std::int64_t block)
    : options_(options),
      block_(block),
      window_heads_(options.num_heads_window[stage]),
      stripe_heads_(options.num_heads_stripe[stage]) {
  const std::int64_t channels = options.embed_dim;
  qkv_ = linear(channels, 3 * channels);
  register_module("qkv", nested("body", qkv_));
  anchor_ = linear(channels, channels / 2);
  register_module("anchor", nested("body", nested("0", nested("reduction", anchor_))));
  window_transform_ = std::make_shared<LogitTransform>(window_heads_);
  register_module("window_attn", nested("attn_transform", window_transform_));
  anchors_to_tokens_ = std::make_shared<LogitTransform>(stripe_heads_);
  tokens_to_anchors_ = std::make_shared<LogitTransform>(stripe_heads_);
  const auto stripe = nested("attn_transform1", anchors_to_tokens_);
  stripe->register_module("attn_transform2", tokens_to_anchors_);
  register_module("stripe_attn", stripe);
  proj_ = register_module("proj", linear(channels, channels));
}

BlockLogitTerms MixedAttention::logit_terms(const TokenExtent& map) {
  const auto stripe = stripes(map).window;
  return {window_transform_->forward(windows().window, 1),
          anchors_to_tokens_->forward(stripe, anchor_factor()),
          tokens_to_anchors_->forward(stripe, anchor_factor())};
}

torch::Tensor MixedAttention::attend(const torch::Tensor& any_x) {
  const auto x = any_x.to(qkv_->weight.scalar_type());
  const TokenExtent map{x.size(1), x.size(2)};
  const TokenExtent anchor_map{map.rows / anchor_factor(), map.columns / anchor_factor()};
  const auto terms = logit_terms(map);
  const std::int64_t width = x.size(3) / 2;
  const auto qkv = qkv_(x);  // [B, H, W, 3 C]
  const auto in_windows = qkv.narrow(-1, 0, 3 * width);
  const auto in_stripes = qkv.narrow(-1, 3 * width, 3 * width);
  const auto anchors = anchor_(pool_anchors(x, anchor_factor())).unflatten(-1, {stripe_heads_, -1});

  const auto window_half = ops::window_attention(
      heads_of(in_windows, 0, window_heads_), heads_of(in_windows, 1, window_heads_),
      heads_of(in_windows, 2, window_heads_), terms.window.scale, terms.window.bias,
      attention_options(map, windows(), map, windows(), x.device()));  // [B, H, W, N, D]

  const auto tokens = stripes(map);
  const auto at_anchors = tokens.at_anchors(anchor_factor());
  const auto summary = ops::window_attention(
      anchors, heads_of(in_stripes, 1, stripe_heads_), heads_of(in_stripes, 2, stripe_heads_),
      terms.anchors_to_tokens.scale, terms.anchors_to_tokens.bias,
      attention_options(anchor_map, at_anchors, map, tokens, x.device()));
  const auto stripe_half = ops::window_attention(
      heads_of(in_stripes, 0, stripe_heads_), anchors, summary, terms.tokens_to_anchors.scale,
      terms.tokens_to_anchors.bias,
      attention_options(map, tokens, anchor_map, at_anchors, x.device()));  // [B, H, W, N, D]
  return at::cat({window_half.flatten(3), stripe_half.flatten(3)}, -1);     // [B, H, W, C]
}

torch::Tensor MixedAttention::forward(const torch::Tensor& x) { return proj_(attend(x)); }

torch::Tensor pool_anchors(const torch::Tensor& x, std::int64_t factor) {
  return at::avg_pool2d(x.permute({0, 3, 1, 2}), factor).permute({0, 2, 3, 1});
}

ops::WindowAttentionOptions attention_options(const TokenExtent& query_map, const Tiling& query,
                                              const TokenExtent& key_map, const Tiling& key,
                                              const torch::Device& device) {
  ops::WindowAttentionOptions options{.query_window = query.window,
                                      .key_window = key.window,
                                      .query_shift = query.shift,
                                      .key_shift = key.shift};
  // Tokens may be shifted by less than one anchor, which then are not.
  if (query.is_shifted() || key.is_shifted()) {
    options.query_regions = regions(query_map, query, device);
    options.key_regions = regions(key_map, key, device);
  }
  return options;
}

}  // namespace vcisr::networks::grl
