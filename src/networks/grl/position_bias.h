// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <mutex>
#include <vector>

#include <torch/nn/modules/container/sequential.h>
#include <torch/types.h>

#include "networks/grl/geometry.h"

namespace vcisr::networks::grl {

/// What ops::window_attention adds to and multiplies the cosines with.
struct LogitTerms {
  torch::Tensor scale;  ///< [N]
  torch::Tensor bias;   ///< [N, rows, columns] by relative position.
};

/// Continuous position bias and logit scale of one attention map (Swin V2; GRL's published code):
///
///   bias   16 * sigmoid(MLP(coordinates)), MLP: 2 -> 512 -> heads
///   scale  exp(min(logit_scale, ln 100)) per head
///
/// Published key: `attn_transform`. Stays in float32 (or float64), whatever the network's weights.
/// Without gradients the terms of the last few sizes are kept until the parameters change; changes
/// that LibTorch does not count (through data(), or to tensors made in inference mode) go unseen.
class LogitTransform final : public torch::nn::Module {
 public:
  explicit LogitTransform(std::int64_t num_heads);

  /// For windows of tokens and their anchors, one for every factor x factor (1: tokens themselves).
  LogitTerms forward(const TokenExtent& window, std::int64_t factor);

 private:
  using Key = std::vector<std::int64_t>;

  [[nodiscard]] LogitTerms evaluate(const TokenExtent& window, std::int64_t factor);
  [[nodiscard]] Key key(const TokenExtent& window, std::int64_t factor) const;

  struct Known {
    Key key;
    LogitTerms terms;
    std::vector<torch::Tensor> parameters;  // Held, so that no other gets their address.
  };

  torch::Tensor logit_scale_;  // [N, 1, 1]
  torch::nn::Sequential mlp_{nullptr};
  std::mutex mutex_;
  std::list<Known> known_;  // Most recently used first.
};

}  // namespace vcisr::networks::grl
