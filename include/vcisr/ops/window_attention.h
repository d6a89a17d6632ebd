// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include <torch/types.h>

namespace vcisr::ops {

/// Rows and columns, in tokens.
struct TokenExtent {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
};

struct WindowAttentionOptions {
  TokenExtent
      query_window;  ///< Divides the query map. Tiles the map as key_window tiles the keys'.
  TokenExtent key_window;
  TokenExtent query_shift;  ///< The map is rolled up and left by this first, and the result back.
  TokenExtent key_shift;
  /// Labels of the tokens, uint8 [Hq, Wq] and [Hk, Wk], before the roll. Where a query's and a
  /// key's label differ, 100 is taken from the logit: windows that a roll put together from
  /// opposite borders. Both or none.
  std::optional<torch::Tensor> query_regions{};
  std::optional<torch::Tensor> key_regions{};
};

/// Scaled cosine attention inside windows: each query token of a window attends to all key tokens
/// of the window in the same place of the key map (Swin V2; GRL's window and anchored stripe
/// attention).
///
///   query        [B, Hq, Wq, N, D]   batch, rows, columns, heads, channels per head
///   key, value   [B, Hk, Wk, N, D]
///   logit_scale  [N]                 multiplies the cosine of query and key
///   bias         [N, Rq + Rk - 1, Cq + Ck - 1]   by relative position, R x C being the windows:
///                query token (r, c) and key token (r', c') take [r - r' + Rk - 1, c - c' + Ck - 1]
///   returns      [B, Hq, Wq, N, D]   dtype and device of `query`
///   logits       logit_scale * (q / |q|) . (k / |k|) + bias - 100 * (labels differ)
///
/// Norms are at least 1e-12. Both maps hold the same number of windows down and across.
/// Shape    Any strides but that of D, which is 1 (else a copy is made). CUDA: D at most 128.
/// Dtypes   float32, float64, bfloat16; CUDA also float16. 16-bit inputs are normalised,
///          multiplied and summed in float32. logit_scale and bias: float64 with float64, else
///          float32.
/// Grad     For query, key, value, logit_scale and bias. First order only; a second backward
///          throws.
/// Threads  at::parallel_for over windows and heads; the bits do not depend on the number of
///          threads, but on the CPU's instruction set. CUDA: the current stream; the same bits each
///          time.
/// Memory   Saves one number per query token and head (log-sum-exp); never stores the logits of
///          more than a few rows.
/// Errors   c10::Error naming the argument and its actual shape.
[[nodiscard]] torch::Tensor window_attention(const torch::Tensor& query, const torch::Tensor& key,
                                             const torch::Tensor& value,
                                             const torch::Tensor& logit_scale,
                                             const torch::Tensor& bias,
                                             const WindowAttentionOptions& options);

/// window_attention() into a tensor that is there already: out [B, Hq, Wq, N, D], dtype and device
/// of query, stride 1 along D, any other strides; it shares no memory with the inputs.
///
/// Grad     None: nothing may require grad while gradients are recorded.
void window_attention_out(const torch::Tensor& query, const torch::Tensor& key,
                          const torch::Tensor& value, const torch::Tensor& logit_scale,
                          const torch::Tensor& bias, const WindowAttentionOptions& options,
                          torch::Tensor& out);

}  // namespace vcisr::ops
