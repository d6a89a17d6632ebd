// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <tuple>
#include <vector>

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "ops/window_attention/window_attention_ops.h"

namespace vcisr::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using Regions = std::optional<torch::Tensor>;

template <class Signature>
auto typed_op(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Signature>();
}

/// Takes no gradient of its own: log_sum_exp is for the backward only.
class WindowAttention : public torch::autograd::Function<WindowAttention> {
 public:
  static variable_list forward(AutogradContext* context, const torch::Tensor& query,
                               const torch::Tensor& key, const torch::Tensor& value,
                               const torch::Tensor& logit_scale, const torch::Tensor& bias,
                               const std::vector<std::int64_t>& geometry,
                               const Regions& query_regions, const Regions& key_regions) {
    static const auto op = typed_op<detail::ForwardSignature>("vcisr::window_attention");
    const at::AutoDispatchBelowADInplaceOrView below;
    auto [out, log_sum_exp] =
        op.call(query, key, value, logit_scale, bias, geometry, query_regions, key_regions);
    context->save_for_backward({query, key, value, logit_scale, bias,
                                query_regions.value_or(torch::Tensor()),
                                key_regions.value_or(torch::Tensor()), out, log_sum_exp});
    context->saved_data["geometry"] = geometry;
    context->mark_non_differentiable({log_sum_exp});
    return {out, log_sum_exp};
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    static const auto op = typed_op<detail::BackwardSignature>("vcisr::window_attention_backward");
    const auto saved = context->get_saved_variables();
    const auto regions = [&](std::size_t i) {
      return saved[i].defined() ? Regions(saved[i]) : std::nullopt;
    };
    auto [query, key, value, logit_scale, bias] = op.call(
        grads[0], saved[0], saved[1], saved[2], saved[3], saved[4],
        context->saved_data["geometry"].toIntVector(), regions(5), regions(6), saved[7], saved[8]);
    return {query, key, value, logit_scale, bias, {}, {}, {}};
  }
};

std::tuple<torch::Tensor, torch::Tensor> forward_autograd(
    const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
    const torch::Tensor& logit_scale, const torch::Tensor& bias, at::IntArrayRef geometry,
    const Regions& query_regions, const Regions& key_regions) {
  detail::check_window_attention(
      {query, key, value, logit_scale, bias, geometry, query_regions, key_regions});
  const auto results = WindowAttention::apply(query, key, value, logit_scale, bias, geometry.vec(),
                                              query_regions, key_regions);
  return {results[0], results[1]};
}

/// The gradients have no gradient of their own; whoever asks for one is told.
class WindowAttentionBackward : public torch::autograd::Function<WindowAttentionBackward> {
 public:
  static variable_list forward(AutogradContext*, const torch::Tensor& grad,
                               const torch::Tensor& query, const torch::Tensor& key,
                               const torch::Tensor& value, const torch::Tensor& logit_scale,
                               const torch::Tensor& bias, const std::vector<std::int64_t>& geometry,
                               const Regions& query_regions, const Regions& key_regions,
                               const torch::Tensor& out, const torch::Tensor& log_sum_exp) {
    static const auto op = typed_op<detail::BackwardSignature>("vcisr::window_attention_backward");
    const at::AutoDispatchBelowADInplaceOrView below;
    auto [q, k, v, scale, b] = op.call(grad, query, key, value, logit_scale, bias, geometry,
                                       query_regions, key_regions, out, log_sum_exp);
    return {q, k, v, scale, b};
  }

  static variable_list backward(AutogradContext*, const variable_list&) {
    TORCH_CHECK(false, "window_attention: its gradient cannot be differentiated a second time");
  }
};

detail::Gradients backward_autograd(const torch::Tensor& grad, const torch::Tensor& query,
                                    const torch::Tensor& key, const torch::Tensor& value,
                                    const torch::Tensor& logit_scale, const torch::Tensor& bias,
                                    at::IntArrayRef geometry, const Regions& query_regions,
                                    const Regions& key_regions, const torch::Tensor& out,
                                    const torch::Tensor& log_sum_exp) {
  const auto g =
      WindowAttentionBackward::apply(grad, query, key, value, logit_scale, bias, geometry.vec(),
                                     query_regions, key_regions, out, log_sum_exp);
  return {g[0], g[1], g[2], g[3], g[4]};
}

void out_autograd(const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
                  const torch::Tensor& logit_scale, const torch::Tensor& bias,
                  at::IntArrayRef geometry, const Regions& query_regions,
                  const Regions& key_regions, const torch::Tensor& out) {
  bool wants_gradient = false;
  for (const auto* x : {&query, &key, &value, &logit_scale, &bias, &out}) {
    wants_gradient = wants_gradient || x->requires_grad();
  }
  TORCH_CHECK(!(at::GradMode::is_enabled() && wants_gradient),
              "window_attention_out records no gradient: call window_attention, or switch "
              "gradients off");
  static const auto op = typed_op<detail::OutSignature>("vcisr::window_attention_out");
  const at::AutoDispatchBelowADInplaceOrView below;
  op.call(query, key, value, logit_scale, bias, geometry, query_regions, key_regions, out);
}

TORCH_LIBRARY_IMPL(vcisr, Autograd, m) {
  m.impl("window_attention", &forward_autograd);
  m.impl("window_attention_backward", &backward_autograd);
  m.impl("window_attention_out", &out_autograd);
}

}  // namespace
}  // namespace vcisr::ops
