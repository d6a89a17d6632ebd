// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include "networks/grl/block.h"

namespace vcisr::networks::grl {

/// True where forward_in_pieces() takes the block and tokens x: on the CPU, in float32 or bfloat16,
/// without drop path, with stripes shifted by whole anchors, so that each holds its own. It records
/// no gradient.
[[nodiscard]] bool runs_in_pieces(const Block& block, const torch::Tensor& x);

/// The tokens that a stage's blocks pass on, and memory that they share.
struct TokenStream {
  /// A copy of `start` [B, H, W, C] float32, for weights of `type`.
  TokenStream(const torch::Tensor& start, torch::Dtype type);

  torch::Tensor x;       ///< [B, H, W, C] float32, contiguous.
  torch::Tensor narrow;  ///< x in the weights' type: x itself where that is float32.
  torch::Tensor halves;  ///< [B, H, W, C] of the weights' type, between a block's two passes.
};

/// Block::forward, but some hundred tokens at a time through all its layers, so that what lies
/// between them stays in a core's cache: layer by layer the passes over the token map cost about as
/// much as the arithmetic (docs/performance.md). `stream` holds the block's input, then its output.
void forward_in_pieces(Block& block, TokenStream& stream);

}  // namespace vcisr::networks::grl
