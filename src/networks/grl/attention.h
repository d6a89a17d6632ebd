// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include <torch/nn/modules/linear.h>
#include <torch/types.h>

#include "networks/grl/geometry.h"
#include "networks/grl/position_bias.h"

namespace vcisr::networks::grl {

/// The logit terms of a block's three attention maps for one size of windows and stripes.
struct BlockLogitTerms {
  LogitTerms window;             ///< Window tokens to window tokens.
  LogitTerms anchors_to_tokens;  ///< Anchors look at their stripe's tokens.
  LogitTerms tokens_to_anchors;  ///< Tokens look at their stripe's anchors.
};

/// GRL's efficient mixed attention (its published code's form): half of the channels attend inside
/// windows, half through anchors inside stripes.
///
///   q, k, v of both = Linear(x);  anchors = Linear(average of factor x factor tokens)
///   Z = softmax(cos(anchors, k) s1 + b1) v;  stripe half = softmax(cos(q, anchors) s2 + b2) Z
///   returns Linear([window half, stripe half])
class MixedAttention final : public torch::nn::Module {
 public:
  MixedAttention(const GrlOptions& options, std::size_t stage, std::int64_t block);

  /// x: [B, H, W, C], H and W multiples of the options' pad_multiple(). Returns [B, H, W, C] in the
  /// type of the linears' weights.
  torch::Tensor forward(const torch::Tensor& x);

  /// The two halves' outputs side by side, before the last linear.
  torch::Tensor attend(const torch::Tensor& x);

  // For the cache-blocked pass (block_inference.cpp), which does the same piece by piece.
  [[nodiscard]] Tiling windows() const { return window_tiling(options_, block_); }
  [[nodiscard]] Tiling stripes(const TokenExtent& map) const {
    return stripe_tiling(options_, block_, map);
  }
  [[nodiscard]] BlockLogitTerms logit_terms(const TokenExtent& map);
  [[nodiscard]] std::int64_t anchor_factor() const { return options_.anchor_window_down_factor; }
  [[nodiscard]] std::int64_t window_heads() const { return window_heads_; }
  [[nodiscard]] std::int64_t stripe_heads() const { return stripe_heads_; }
  [[nodiscard]] const torch::nn::Linear& qkv() const { return qkv_; }
  [[nodiscard]] const torch::nn::Linear& anchor() const { return anchor_; }
  [[nodiscard]] const torch::nn::Linear& proj() const { return proj_; }

 private:
  GrlOptions options_;
  std::int64_t block_;
  std::int64_t window_heads_, stripe_heads_;
  torch::nn::Linear qkv_{nullptr}, anchor_{nullptr}, proj_{nullptr};
  std::shared_ptr<LogitTransform> window_transform_, anchors_to_tokens_, tokens_to_anchors_;
};

/// Anchors of a token map: x [B, H, W, C] to averages [B, H / factor, W / factor, C].
[[nodiscard]] torch::Tensor pool_anchors(const torch::Tensor& x, std::int64_t factor);

/// ops::window_attention's options for a query map of `map` tokens cut as `query`, and keys.
[[nodiscard]] ops::WindowAttentionOptions attention_options(const TokenExtent& query_map,
                                                            const Tiling& query,
                                                            const TokenExtent& key_map,
                                                            const Tiling& key,
                                                            const torch::Device& device);

}  // namespace vcisr::networks::grl
