// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include <torch/types.h>

namespace vcisr::bench {

/// Rows and columns, in tokens.
struct GrlGrid {
  std::int64_t rows, columns;
};

/// The defaults are VCISR's (`vcisr_small_x4`). No channel attention branch, no stripe groups, no
/// tails but pixel shuffles.
struct GrlGeometry {
  std::vector<std::int64_t> depths{4, 4, 4, 4};
  std::int64_t num_heads = 2;  ///< Of each of the two branches.
  std::int64_t window = 8;     ///< Even blocks are shifted by half of it.
  GrlGrid stripe{8, 8};        ///< Reversed in odd blocks.
  std::int64_t anchor_factor = 2;
  bool is_stripe_shifted = false;  ///< In the blocks 2 and 3 of every four.
  std::int64_t scale = 4;          ///< A power of two.
};

using GrlWeights = std::unordered_map<std::string, torch::Tensor>;

/// GRL as the published program computes it, operation by operation, in plain LibTorch calls: what
/// a straightforward port is, to measure ours against and to check it by.
///
/// What depends only on sizes (tables, indices, masks) is kept from call to call; the position
/// biases are computed from them anew by each forward, as published. In bf16, what CUDA's autocast
/// does: linears, convolutions and products in bf16; token stream, LayerNorm, norms, logits and
/// softmax in float32.
class GrlEager {
 public:
  /// Takes the weights by their keys in the published files, in float32 or float64.
  GrlEager(GrlGeometry geometry, const GrlWeights& weights, torch::Dtype dtype);

  /// lq: float32 [B, 3, h, w] on the weights' device. Returns [B, 3, s*h, s*w].
  /// Errors  c10::Error naming a weight that is missing.
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& lq);

 private:
  /// How one side of an attention map is cut.
  struct Windows {
    GrlGrid map;     ///< All tokens or anchors.
    GrlGrid window;  ///< Divides the map.
    GrlGrid shift;   ///< Rolled up and left by this first; none: no mask.
  };
  struct RelativePosition {
    torch::Tensor table;  ///< [positions, 2].
    torch::Tensor index;  ///< [query tokens * key tokens], rows of the table.
  };

  [[nodiscard]] const torch::Tensor& weight(const std::string& key) const;
  [[nodiscard]] torch::Tensor linear(const std::string& key, const torch::Tensor& x) const;
  [[nodiscard]] torch::Tensor convolution(const std::string& key, const torch::Tensor& x) const;
  [[nodiscard]] torch::Tensor norm(const std::string& key, const torch::Tensor& x) const;

  [[nodiscard]] torch::Tensor block(const std::string& key, std::int64_t index,
                                    const torch::Tensor& x, GrlGrid map);
  [[nodiscard]] torch::Tensor mixed_attention(const std::string& key, std::int64_t index,
                                              const torch::Tensor& x, GrlGrid map);
  [[nodiscard]] torch::Tensor window_attention(const std::string& key, bool is_shifted,
                                               const torch::Tensor& qkv, GrlGrid map);
  [[nodiscard]] torch::Tensor stripe_attention(const std::string& key, std::int64_t index,
                                               const torch::Tensor& qkv,
                                               const torch::Tensor& anchor, GrlGrid map);
  /// Softmax of the logits of q and k, both [windows, heads, tokens, channels].
  [[nodiscard]] torch::Tensor attention_map(const std::string& key, const torch::Tensor& q,
                                            const torch::Tensor& k, const Windows& query,
                                            const Windows& key_side);
  [[nodiscard]] torch::Tensor position_bias(const std::string& key, GrlGrid query,
                                            GrlGrid key_side);
  [[nodiscard]] const RelativePosition& relative_position(GrlGrid query, GrlGrid key);
  [[nodiscard]] const torch::Tensor& mask(const Windows& query, const Windows& key);
  [[nodiscard]] torch::Tensor tail(torch::Tensor x) const;

  GrlGeometry geometry_;
  torch::Dtype dtype_;   ///< Of linears, convolutions and products.
  torch::Dtype stream_;  ///< Of all else.
  GrlWeights weights_;
  torch::Tensor mean_;  ///< [1, 3, 1, 1].
  std::map<std::vector<std::int64_t>, RelativePosition> relative_positions_;
  std::map<std::vector<std::int64_t>, torch::Tensor> masks_;
};

}  // namespace vcisr::bench
