// SPDX-License-Identifier: Apache-2.0
// What the sources of this operator share: its arguments as the dispatcher passes them.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>

#include <torch/types.h>

#include "ops/window_attention/window_geometry.h"

namespace vcisr::ops::detail {

/// geometry: query window, key window, query shift, key shift, each rows then columns.
inline constexpr std::size_t kGeometryNumbers = 8;

struct WindowedMaps {
  WindowedMap query, key;
};

/// Reads the numbers against the maps' sizes; call after check_window_attention.
[[nodiscard]] WindowedMaps windowed_maps(const torch::Tensor& query, const torch::Tensor& key,
                                         at::IntArrayRef geometry);

struct WindowAttentionArguments {
  const torch::Tensor& query;
  const torch::Tensor& key;
  const torch::Tensor& value;
  const torch::Tensor& logit_scale;
  const torch::Tensor& bias;
  at::IntArrayRef geometry;
  const std::optional<torch::Tensor>& query_regions;
  const std::optional<torch::Tensor>& key_regions;
};

/// All checks of the operator, once. Throws c10::Error.
void check_window_attention(const WindowAttentionArguments& arguments);
void check_window_attention_out(const WindowAttentionArguments& arguments,
                                const torch::Tensor& out);

/// x, or a copy with stride 1 along the last dimension.
[[nodiscard]] torch::Tensor with_dense_channels(const torch::Tensor& x);

/// The obvious loops, in float64 whatever the inputs; what the kernels are tested against.
[[nodiscard]] torch::Tensor window_attention_reference(const WindowAttentionArguments& arguments);

// Schemas (dispatcher keys CPU, CUDA, Meta, Autograd):
//   window_attention(query, key, value, logit_scale, bias, int[] geometry, Tensor? query_regions,
//     Tensor? key_regions) -> (Tensor out, Tensor log_sum_exp)
//   window_attention_backward(grad, <the same arguments>, out, log_sum_exp)
//     -> (grad_query, grad_key, grad_value, grad_logit_scale, grad_bias)
//   window_attention_out(<the same arguments>, Tensor(a!) out) -> ()
// log_sum_exp is [B, Hq, Wq, N], contiguous, float32 (float64 for float64).
using ForwardSignature = std::tuple<torch::Tensor, torch::Tensor>(
    const torch::Tensor&, const torch::Tensor&, const torch::Tensor&, const torch::Tensor&,
    const torch::Tensor&, at::IntArrayRef, const std::optional<torch::Tensor>&,
    const std::optional<torch::Tensor>&);
using Gradients =
    std::tuple<torch::Tensor, torch::Tensor, torch::Tensor, torch::Tensor, torch::Tensor>;
using BackwardSignature = Gradients(const torch::Tensor& grad, const torch::Tensor&,
                                    const torch::Tensor&, const torch::Tensor&,
                                    const torch::Tensor&, const torch::Tensor&, at::IntArrayRef,
                                    const std::optional<torch::Tensor>&,
                                    const std::optional<torch::Tensor>&, const torch::Tensor& out,
                                    const torch::Tensor& log_sum_exp);
using OutSignature = void(const torch::Tensor&, const torch::Tensor&, const torch::Tensor&,
                          const torch::Tensor&, const torch::Tensor&, at::IntArrayRef,
                          const std::optional<torch::Tensor>&, const std::optional<torch::Tensor>&,
                          const torch::Tensor& out);

}  // namespace vcisr::ops::detail
