// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <optional>
#include <tuple>
#include <type_traits>

#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <torch/library.h>

#include "ops/window_attention/window_attention_launch.h"
#include "ops/window_attention/window_attention_ops.h"

namespace vcisr::ops {
namespace {

using detail::Accumulator;
using detail::WindowAttentionArguments;
using Regions = std::optional<torch::Tensor>;

// The kernels name 16-bit types as CUDA does: the pointers are taken without a type.
template <class T>
detail::DeviceTokens<T> token_rows(const torch::Tensor& x) {
  T* data = nullptr;
  if constexpr (std::is_const_v<T>) {
    data = static_cast<T*>(x.const_data_ptr());
  } else {
    data = static_cast<T*>(x.mutable_data_ptr());
  }
  return {data, x.stride(0), x.stride(1), x.stride(2), x.stride(3)};
}

// The inputs in the form that the kernels take; holds what had to be copied for it.
struct DenseInputs {
  torch::Tensor query, key, value, logit_scale, bias;
  Regions query_regions, key_regions;
  detail::WindowedMaps maps;
};

Regions dense(const Regions& regions) {
  return regions ? Regions(regions->contiguous()) : std::nullopt;
}

DenseInputs dense_inputs(const WindowAttentionArguments& a) {
  return {detail::with_dense_channels(a.query),
          detail::with_dense_channels(a.key),
          detail::with_dense_channels(a.value),
          a.logit_scale.contiguous(),
          a.bias.contiguous(),
          dense(a.query_regions),
          dense(a.key_regions),
          detail::windowed_maps(a.query, a.key, a.geometry)};
}

template <class T>
detail::WindowAttention<T> kernel_inputs(const DenseInputs& x) {
  return {x.maps.query,
          x.maps.key,
          x.query.size(0),
          x.query.size(3),
          x.query.size(4),
          token_rows<const T>(x.query),
          token_rows<const T>(x.key),
          token_rows<const T>(x.value),
          x.logit_scale.const_data_ptr<Accumulator<T>>(),
          x.bias.const_data_ptr<Accumulator<T>>(),
          x.query_regions ? x.query_regions->const_data_ptr<std::uint8_t>() : nullptr,
          x.key_regions ? x.key_regions->const_data_ptr<std::uint8_t>() : nullptr};
}

void* current_stream(const torch::Tensor& x) {
  return c10::cuda::getCurrentCUDAStream(x.get_device()).stream();
}

// Calls function with the element type's identity.
template <class Function>
auto with_element(torch::ScalarType type, const Function& function) {
  if (type == torch::kFloat64) return function(std::type_identity<double>());
  if (type == torch::kHalf) return function(std::type_identity<__half>());
  if (type == torch::kBFloat16) return function(std::type_identity<__nv_bfloat16>());
  return function(std::type_identity<float>());
}

void check_head_dim(const torch::Tensor& query) {
  TORCH_CHECK(query.size(4) <= detail::kMostHeadDim, "window_attention: the CUDA kernels take at ",
              "most ", detail::kMostHeadDim, " channels per head, but query has ", query.size(4));
}

// log_sum_exp may be undefined.
void forward_into(const WindowAttentionArguments& a, const torch::Tensor& out,
                  const torch::Tensor& log_sum_exp) {
  check_head_dim(a.query);
  if (out.numel() == 0) return;
  const c10::cuda::CUDAGuard guard(a.query.device());
  const DenseInputs inputs = dense_inputs(a);
  with_element(a.query.scalar_type(), [&](auto element) {
    using T = typename decltype(element)::type;
    using A = Accumulator<T>;
    const detail::WindowAttentionForward<T> p{
        kernel_inputs<T>(inputs), token_rows<T>(out),
        log_sum_exp.defined() ? log_sum_exp.mutable_data_ptr<A>() : nullptr};
    const int error = detail::launch_window_attention(p, current_stream(a.query));
    C10_CUDA_CHECK(static_cast<cudaError_t>(error));
  });
}

// How many slices the windows are dealt out to: enough blocks to fill any GPU, and no more than
// 64 MiB of partial sums where that can be.
std::int64_t slice_count(std::int64_t windows, std::int64_t blocks_per_slice,
                         std::int64_t bytes_per_slice) {
  constexpr std::int64_t kBlocks = 4096;
  constexpr std::int64_t kBytes = std::int64_t{64} << 20;
  const std::int64_t most = std::max<std::int64_t>(
      1, std::min({windows, kBlocks / blocks_per_slice, kBytes / bytes_per_slice}));
  const std::int64_t windows_each = (windows + most - 1) / most;
  return (windows + windows_each - 1) / windows_each;
}

struct SavedTensors {
  torch::Tensor grad, out, log_sum_exp;
};

template <class T>
detail::Gradients backward_of(const DenseInputs& x, const SavedTensors& saved) {
  using A = Accumulator<T>;
  detail::WindowAttentionBackward<T> p{};
  p.in = kernel_inputs<T>(x);
  const std::int64_t heads = p.in.heads;
  const std::int64_t tiles = detail::query_tiles(p.in);
  const std::int64_t windows = p.in.batch * detail::windows_of(p.in.query_map);
  const std::int64_t part_bytes = x.bias.numel() * tiles * x.bias.element_size();
  p.slices = slice_count(windows, heads * tiles, part_bytes);
  const torch::Tensor grad_query = torch::empty(x.query.sizes(), x.query.options());
  const torch::Tensor grad_key = torch::empty(x.key.sizes(), x.key.options());
  const torch::Tensor grad_value = torch::empty(x.value.sizes(), x.value.options());
  const torch::Tensor delta = torch::empty_like(saved.log_sum_exp);
  const torch::Tensor scale_parts = torch::empty({p.slices, heads, tiles}, x.bias.options());
  const torch::Tensor bias_parts =
      torch::zeros({p.slices, heads, tiles, x.bias.size(1), x.bias.size(2)}, x.bias.options());
  p.grad = token_rows<const T>(saved.grad);
  p.out = token_rows<const T>(saved.out);
  p.log_sum_exp = saved.log_sum_exp.const_data_ptr<A>();
  p.delta = delta.mutable_data_ptr<A>();
  p.grad_query = token_rows<T>(grad_query);
  p.grad_key = token_rows<T>(grad_key);
  p.grad_value = token_rows<T>(grad_value);
  p.scale_parts = scale_parts.mutable_data_ptr<A>();
  p.bias_parts = bias_parts.mutable_data_ptr<A>();
  const int error = detail::launch_window_attention_backward(p, current_stream(x.query));
  C10_CUDA_CHECK(static_cast<cudaError_t>(error));
  constexpr std::int64_t kParts[] = {0, 2};
  return {grad_query, grad_key, grad_value, scale_parts.sum(kParts), bias_parts.sum(kParts)};
}

std::tuple<torch::Tensor, torch::Tensor> forward_cuda(
    const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
    const torch::Tensor& logit_scale, const torch::Tensor& bias, at::IntArrayRef geometry,
    const Regions& query_regions, const Regions& key_regions) {
  const WindowAttentionArguments a{query, key,      value,         logit_scale,
                                   bias,  geometry, query_regions, key_regions};
  detail::check_window_attention(a);
  auto out = torch::empty(query.sizes(), query.options());
  auto log_sum_exp = torch::empty(query.sizes().slice(0, 4), bias.options());
  forward_into(a, out, log_sum_exp);
  return {out, log_sum_exp};
}

void out_cuda(const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
              const torch::Tensor& logit_scale, const torch::Tensor& bias, at::IntArrayRef geometry,
              const Regions& query_regions, const Regions& key_regions, const torch::Tensor& out) {
  const WindowAttentionArguments a{query, key,      value,         logit_scale,
                                   bias,  geometry, query_regions, key_regions};
  detail::check_window_attention_out(a, out);
  forward_into(a, out, torch::Tensor());
}

detail::Gradients backward_cuda(const torch::Tensor& grad, const torch::Tensor& query,
                                const torch::Tensor& key, const torch::Tensor& value,
                                const torch::Tensor& logit_scale, const torch::Tensor& bias,
                                at::IntArrayRef geometry, const Regions& query_regions,
                                const Regions& key_regions, const torch::Tensor& out,
                                const torch::Tensor& log_sum_exp) {
  const WindowAttentionArguments a{query, key,      value,         logit_scale,
                                   bias,  geometry, query_regions, key_regions};
  detail::check_window_attention_out(a, out);
  TORCH_CHECK(grad.sizes() == query.sizes() && grad.scalar_type() == query.scalar_type() &&
                  grad.device() == query.device(),
              "window_attention_backward: grad must be ", query.scalar_type(), " ", query.sizes(),
              " on ", query.device(), ", but is ", grad.scalar_type(), " ", grad.sizes(), " on ",
              grad.device());
  TORCH_CHECK(log_sum_exp.sizes() == query.sizes().slice(0, 4) &&
                  log_sum_exp.scalar_type() == bias.scalar_type() &&
                  log_sum_exp.device() == query.device(),
              "window_attention_backward: log_sum_exp must be ", bias.scalar_type(), " ",
              query.sizes().slice(0, 4), " on ", query.device(), ", but is ",
              log_sum_exp.scalar_type(), " ", log_sum_exp.sizes(), " on ", log_sum_exp.device());
  check_head_dim(query);
  if (query.numel() == 0) {
    return {torch::empty(query.sizes(), query.options()), torch::empty(key.sizes(), key.options()),
            torch::empty(value.sizes(), value.options()),
            torch::zeros(logit_scale.sizes(), logit_scale.options()),
            torch::zeros(bias.sizes(), bias.options())};
  }
  const c10::cuda::CUDAGuard guard(query.device());
  const DenseInputs inputs = dense_inputs(a);
  const SavedTensors saved{detail::with_dense_channels(grad), detail::with_dense_channels(out),
                           log_sum_exp.contiguous()};
  return with_element(query.scalar_type(), [&](auto element) {
    return backward_of<typename decltype(element)::type>(inputs, saved);
  });
}

TORCH_LIBRARY_IMPL(vcisr, CUDA, m) {
  m.impl("window_attention", &forward_cuda);
  m.impl("window_attention_backward", &backward_cuda);
  m.impl("window_attention_out", &out_cuda);
}

}  // namespace
}  // namespace vcisr::ops
