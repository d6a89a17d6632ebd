// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/window_attention.h"

#include <array>

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

#include "ops/window_attention/window_attention_ops.h"
#include "vcisr/ops/device.h"

namespace vcisr::ops {
namespace detail {
namespace {

torch::Dtype real_type(torch::Dtype element) {
  return element == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
}

void check_map(const char* name, const WindowedMap& map) {
  TORCH_CHECK(map.window_rows >= 1 && map.window_columns >= 1 && map.rows >= 1 &&
                  map.columns >= 1 && map.rows % map.window_rows == 0 &&
                  map.columns % map.window_columns == 0,
              "window_attention: windows of ", map.window_rows, " x ", map.window_columns,
              " tokens do not divide the ", name, " map of ", map.rows, " x ", map.columns);
  TORCH_CHECK(map.shift_rows >= 0 && map.shift_rows < map.rows && map.shift_columns >= 0 &&
                  map.shift_columns < map.columns,
              "window_attention: the ", name, " shift ", map.shift_rows, " x ", map.shift_columns,
              " is not within its map of ", map.rows, " x ", map.columns);
}

void check_regions(const char* name, const torch::Tensor& regions, const WindowedMap& map,
                   const torch::Device& device) {
  TORCH_CHECK(regions.defined(), "window_attention: ", name, " is an undefined tensor");
  TORCH_CHECK(
      regions.scalar_type() == torch::kUInt8 && regions.dim() == 2 && regions.size(0) == map.rows &&
          regions.size(1) == map.columns && regions.device() == device,
      "window_attention: ", name, " must be uint8 [", map.rows, ", ", map.columns, "] on ", device,
      ", but is ", regions.scalar_type(), " ", regions.sizes(), " on ", regions.device());
}

void check_maps(const WindowAttentionArguments& a) {
  TORCH_CHECK(a.query.dim() == 5 && a.key.dim() == 5,
              "window_attention: query and key must be [B, H, W, N, D], but their sizes are ",
              a.query.sizes(), " and ", a.key.sizes());
  TORCH_CHECK(a.key.sizes() == a.value.sizes(), "window_attention: value has sizes ",
              a.value.sizes(), ", but key has ", a.key.sizes());
  TORCH_CHECK(a.query.size(0) == a.key.size(0) && a.query.size(3) == a.key.size(3) &&
                  a.query.size(4) == a.key.size(4) && a.query.size(3) >= 1 && a.query.size(4) >= 1,
              "window_attention: query's sizes ", a.query.sizes(), " do not fit key's ",
              a.key.sizes());
  TORCH_CHECK(a.geometry.size() == kGeometryNumbers,
              "window_attention: geometry must be 8 numbers, but is ", a.geometry.size());
}

void check_types(const WindowAttentionArguments& a) {
  const auto type = a.query.scalar_type();
  const bool is_known = type == torch::kFloat32 || type == torch::kFloat64 ||
                        type == torch::kBFloat16 || (type == torch::kHalf && !a.query.is_cpu());
  TORCH_CHECK(is_known, "window_attention: ", type, " is not supported on ", a.query.device());
  for (const auto* other : {&a.key, &a.value}) {
    TORCH_CHECK(other->scalar_type() == type && other->device() == a.query.device(),
                "window_attention: query, key and value must share dtype and device, but are ",
                type, " on ", a.query.device(), " and ", other->scalar_type(), " on ",
                other->device());
  }
  for (const auto* other : {&a.logit_scale, &a.bias}) {
    TORCH_CHECK(other->scalar_type() == real_type(type) && other->device() == a.query.device(),
                "window_attention: logit_scale and bias must be ", real_type(type), " on ",
                a.query.device(), ", but one is ", other->scalar_type(), " on ", other->device());
  }
  TORCH_CHECK(!a.query.is_cuda() || has_cuda_kernels(), "window_attention: query is on ",
              a.query.device(), ", but this build has no CUDA kernels");
}

}  // namespace

WindowedMaps windowed_maps(const torch::Tensor& query, const torch::Tensor& key,
                           at::IntArrayRef g) {
  return {{query.size(1), query.size(2), g[0], g[1], g[4], g[5]},
          {key.size(1), key.size(2), g[2], g[3], g[6], g[7]}};
}

void check_window_attention(const WindowAttentionArguments& a) {
  check_maps(a);
  const auto [query, key] = windowed_maps(a.query, a.key, a.geometry);
  check_map("query", query);
  check_map("key", key);
  TORCH_CHECK(
      windows_down(query) == windows_down(key) && windows_across(query) == windows_across(key),
      "window_attention: the query map has ", windows_down(query), " x ", windows_across(query),
      " windows, but the key map has ", windows_down(key), " x ", windows_across(key));
  const std::int64_t heads = a.query.size(3);
  TORCH_CHECK(a.logit_scale.dim() == 1 && a.logit_scale.size(0) == heads,
              "window_attention: logit_scale must be [", heads, "], but is ",
              a.logit_scale.sizes());
  const BiasExtent extent = bias_extent(query, key);
  TORCH_CHECK(a.bias.dim() == 3 && a.bias.size(0) == heads && a.bias.size(1) == extent.rows &&
                  a.bias.size(2) == extent.columns,
              "window_attention: bias must be [", heads, ", ", extent.rows, ", ", extent.columns,
              "], but is ", a.bias.sizes());
  check_types(a);
  TORCH_CHECK(a.query_regions.has_value() == a.key_regions.has_value(),
              "window_attention: query_regions and key_regions must be given together");
  if (a.query_regions) {
    check_regions("query_regions", *a.query_regions, query, a.query.device());
    check_regions("key_regions", *a.key_regions, key, a.query.device());
  }
}

void check_window_attention_out(const WindowAttentionArguments& a, const torch::Tensor& out) {
  check_window_attention(a);
  TORCH_CHECK(out.sizes() == a.query.sizes() && out.scalar_type() == a.query.scalar_type() &&
                  out.device() == a.query.device(),
              "window_attention_out: out must be ", a.query.scalar_type(), " ", a.query.sizes(),
              " on ", a.query.device(), ", but is ", out.scalar_type(), " ", out.sizes(), " on ",
              out.device());
  TORCH_CHECK(out.size(4) == 1 || out.stride(4) == 1,
              "window_attention_out: out must have stride 1 along its last dimension, not ",
              out.stride(4));
}

torch::Tensor with_dense_channels(const torch::Tensor& x) {
  return x.stride(-1) == 1 || x.size(-1) == 1 ? x : x.contiguous();
}

}  // namespace detail

namespace {

using detail::WindowAttentionArguments;

std::array<std::int64_t, detail::kGeometryNumbers> numbers(const WindowAttentionOptions& o) {
  return {o.query_window.rows, o.query_window.columns, o.key_window.rows, o.key_window.columns,
          o.query_shift.rows,  o.query_shift.columns,  o.key_shift.rows,  o.key_shift.columns};
}

std::tuple<torch::Tensor, torch::Tensor> forward_meta(
    const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
    const torch::Tensor& logit_scale, const torch::Tensor& bias, at::IntArrayRef geometry,
    const std::optional<torch::Tensor>& query_regions,
    const std::optional<torch::Tensor>& key_regions) {
  detail::check_window_attention(
      {query, key, value, logit_scale, bias, geometry, query_regions, key_regions});
  return {torch::empty(query.sizes(), query.options()),
          torch::empty(query.sizes().slice(0, 4), bias.options())};
}

detail::Gradients backward_meta(const torch::Tensor& grad, const torch::Tensor& query,
                                const torch::Tensor& key, const torch::Tensor& value,
                                const torch::Tensor& logit_scale, const torch::Tensor& bias,
                                at::IntArrayRef, const std::optional<torch::Tensor>&,
                                const std::optional<torch::Tensor>&, const torch::Tensor&,
                                const torch::Tensor&) {
  TORCH_CHECK(grad.sizes() == query.sizes(), "window_attention_backward: grad has sizes ",
              grad.sizes(), ", but query has ", query.sizes());
  const auto like = [](const torch::Tensor& x) { return torch::empty(x.sizes(), x.options()); };
  return {like(query), like(key), like(value), like(logit_scale), like(bias)};
}

void out_meta(const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
              const torch::Tensor& logit_scale, const torch::Tensor& bias, at::IntArrayRef geometry,
              const std::optional<torch::Tensor>& query_regions,
              const std::optional<torch::Tensor>& key_regions, const torch::Tensor& out) {
  detail::check_window_attention_out(
      {query, key, value, logit_scale, bias, geometry, query_regions, key_regions}, out);
}

TORCH_LIBRARY_FRAGMENT(vcisr, m) {
  m.def(
      "window_attention(Tensor query, Tensor key, Tensor value, Tensor logit_scale, Tensor bias, "
      "int[] geometry, Tensor? query_regions=None, Tensor? key_regions=None) "
      "-> (Tensor out, Tensor log_sum_exp)");
  m.def(
      "window_attention_backward(Tensor grad, Tensor query, Tensor key, Tensor value, "
      "Tensor logit_scale, Tensor bias, int[] geometry, Tensor? query_regions, "
      "Tensor? key_regions, Tensor out, Tensor log_sum_exp) "
      "-> (Tensor, Tensor, Tensor, Tensor, Tensor)");
  m.def(
      "window_attention_out(Tensor query, Tensor key, Tensor value, Tensor logit_scale, "
      "Tensor bias, int[] geometry, Tensor? query_regions, Tensor? key_regions, Tensor(a!) out) "
      "-> ()");
}

TORCH_LIBRARY_IMPL(vcisr, Meta, m) {
  m.impl("window_attention", &forward_meta);
  m.impl("window_attention_backward", &backward_meta);
  m.impl("window_attention_out", &out_meta);
}

}  // namespace

torch::Tensor window_attention(const torch::Tensor& query, const torch::Tensor& key,
                               const torch::Tensor& value, const torch::Tensor& logit_scale,
                               const torch::Tensor& bias, const WindowAttentionOptions& options) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("vcisr::window_attention", "")
                             .typed<detail::ForwardSignature>();
  return std::get<0>(op.call(query, key, value, logit_scale, bias, numbers(options),
                             options.query_regions, options.key_regions));
}

void window_attention_out(const torch::Tensor& query, const torch::Tensor& key,
                          const torch::Tensor& value, const torch::Tensor& logit_scale,
                          const torch::Tensor& bias, const WindowAttentionOptions& options,
                          torch::Tensor& out) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("vcisr::window_attention_out", "")
                             .typed<detail::OutSignature>();
  op.call(query, key, value, logit_scale, bias, numbers(options), options.query_regions,
          options.key_regions, out);
}

}  // namespace vcisr::ops
