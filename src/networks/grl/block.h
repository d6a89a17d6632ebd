// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/types.h>

#include "networks/grl/attention.h"
#include "networks/packed_weight.h"

namespace vcisr::networks::grl {

/// Channel attention block: two 3x3 convolutions, then each channel times a gate that the average
/// over the picture decides (published key `conv`).
class ChannelAttentionBlock final : public torch::nn::Module {
 public:
  explicit ChannelAttentionBlock(std::int64_t channels);
  torch::Tensor forward(const torch::Tensor& x);  ///< [B, C, H, W]

 private:
  torch::nn::Conv2d squeeze_{nullptr}, expand_{nullptr};     // 3x3: C -> C/4 -> C
  torch::nn::Conv2d gate_down_{nullptr}, gate_up_{nullptr};  // 1x1: C -> C/18 -> C
};

/// The linears of a block as forward_in_pieces() multiplies with them.
struct PackedBlock {
  PackedWeight window_qkv, stripe_qkv, anchor, proj, fc1, fc2;
};

/// One transformer block, normalising what its branches give (as Swin V2 does):
///
///   x1 = x + s DropPath(LN(MixedAttention(x))) [+ CAB(x)]
///   x2 = x1 + s DropPath(LN(MLP(x1)))
///
/// The token stream and the norms stay in the input's type, whatever the type of the weights.
class Block final : public torch::nn::Module {
 public:
  /// drop_path: chance of a sample to skip a branch in training.
  Block(const GrlOptions& options, std::size_t stage, std::int64_t block, double drop_path);

  torch::Tensor forward(const torch::Tensor& x);  ///< [B, H, W, C]

  // For the cache-blocked pass (block_inference.cpp).
  [[nodiscard]] MixedAttention& attention() const { return *attention_; }
  [[nodiscard]] ChannelAttentionBlock* local() const { return local_.get(); }
  [[nodiscard]] const torch::nn::LayerNorm& norm1() const { return norm1_; }
  [[nodiscard]] const torch::nn::LayerNorm& norm2() const { return norm2_; }
  [[nodiscard]] const torch::nn::Linear& fc1() const { return fc1_; }
  [[nodiscard]] const torch::nn::Linear& fc2() const { return fc2_; }
  [[nodiscard]] PackedBlock& packed() { return packed_; }
  [[nodiscard]] double residual_scale() const { return residual_scale_; }

 private:
  [[nodiscard]] torch::Tensor mlp(const torch::Tensor& x);
  /// s DropPath(branch).
  [[nodiscard]] torch::Tensor weighted(torch::Tensor branch) const;

  double residual_scale_, drop_path_;
  std::shared_ptr<MixedAttention> attention_;
  std::shared_ptr<ChannelAttentionBlock> local_;
  torch::nn::LayerNorm norm1_{nullptr}, norm2_{nullptr};
  torch::nn::Linear fc1_{nullptr}, fc2_{nullptr};
  PackedBlock packed_;
};

}  // namespace vcisr::networks::grl
