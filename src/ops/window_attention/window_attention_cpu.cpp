// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <type_traits>
#include <vector>

#include <ATen/Parallel.h>
#include <torch/library.h>

#include "ops/window_attention/cpu_kernels.h"
#include "ops/window_attention/window_attention_ops.h"

namespace vcisr::ops {
namespace {

using detail::Bfloat16Bits;
using detail::TokenRows;
using detail::WindowAttentionArguments;
using detail::WindowedMap;

template <class Element>
using RealOf = std::conditional_t<std::is_same_v<Element, double>, double, float>;

template <class Element>
const auto& kernels_of() {
  const auto& kernels = detail::window_attention_kernels();
  if constexpr (std::is_same_v<Element, float>) {
    return kernels.f32;
  } else if constexpr (std::is_same_v<Element, double>) {
    return kernels.f64;
  } else {
    return kernels.bf16;
  }
}

/// A tensor [B, H, W, N, D] (or without D) seen as rows of channels, one window and head at a time.
template <class Element>
class TokenMap {
 public:
  TokenMap(const torch::Tensor& x, const WindowedMap& map)
      : data_(static_cast<Element*>(const_cast<void*>(x.const_data_ptr()))),
        batch_(x.stride(0)),
        row_(x.stride(1)),
        column_(x.stride(2)),
        head_(x.stride(3)),
        map_(map) {}

  TokenRows<Element> rows(std::int64_t b, std::int64_t head, std::int64_t window,
                          std::vector<std::int64_t>& offsets) const {
    offsets.resize(static_cast<std::size_t>(detail::tokens_per_window(map_)));
    auto* out = offsets.data();
    for (std::int64_t r = 0; r < map_.window_rows; ++r) {
      // Divisions once a row; along it the position wraps at most once.
      auto at = detail::token_position(map_, window, r * map_.window_columns);
      for (std::int64_t c = 0; c < map_.window_columns; ++c) {
        *out++ = at.row * row_ + at.column * column_;
        if (++at.column == map_.columns) at.column = 0;
      }
    }
    return {data_ + b * batch_ + head * head_, offsets.data()};
  }

 private:
  Element* data_;
  std::int64_t batch_, row_, column_, head_;
  WindowedMap map_;
};

/// Labels of a window's tokens. Returns false where they are all alike and need no mask.
class WindowLabels {
 public:
  WindowLabels(const std::optional<torch::Tensor>& regions, const WindowedMap& map) : map_(map) {
    if (regions) regions_ = regions->contiguous();
  }

  const std::uint8_t* of(std::int64_t window, std::vector<std::uint8_t>& labels) const {
    if (!regions_.defined()) return nullptr;
    const auto* all = regions_.const_data_ptr<std::uint8_t>();
    labels.clear();
    for (std::int64_t t = 0; t < detail::tokens_per_window(map_); ++t) {
      const auto at = detail::token_position(map_, window, t);
      labels.push_back(all[at.row * map_.columns + at.column]);
    }
    return labels.data();
  }

 private:
  torch::Tensor regions_;
  WindowedMap map_;
};

bool are_all_equal(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
  const auto differs = [&](std::uint8_t label) { return label != a.front(); };
  return std::none_of(a.begin(), a.end(), differs) && std::none_of(b.begin(), b.end(), differs);
}

/// Each row of each head's table back to front. By hand: the operator is called for small pieces of
/// a picture too, where LibTorch's flip would cost as much as several windows.
template <class Real>
std::vector<Real> with_reversed_columns(const torch::Tensor& any_bias) {
  const auto bias = any_bias.contiguous();
  const auto* from = bias.const_data_ptr<Real>();
  const std::int64_t columns = bias.size(2);
  std::vector<Real> reversed(static_cast<std::size_t>(bias.numel()));
  for (std::int64_t row = 0; row < bias.numel(); row += columns) {
    std::reverse_copy(from + row, from + row + columns, reversed.begin() + row);
  }
  return reversed;
}

/// The call's arguments in the form that the kernels take, and what a thread needs beside them.
template <class Element>
struct Call {
  using Real = RealOf<Element>;

  explicit Call(const WindowAttentionArguments& a)
      : query(detail::with_dense_channels(a.query)),
        key(detail::with_dense_channels(a.key)),
        value(detail::with_dense_channels(a.value)),
        maps(detail::windowed_maps(a.query, a.key, a.geometry)),
        scale(a.logit_scale.contiguous()),
        bias(with_reversed_columns<Real>(a.bias)),
        query_labels(a.query_regions, maps.query),
        key_labels(a.key_regions, maps.key),
        batch(a.query.size(0)),
        heads(a.query.size(3)),
        head_dim(a.query.size(4)),
        windows(detail::windows_down(maps.query) * detail::windows_across(maps.query)),
        bias_size(a.bias.size(1) * a.bias.size(2)) {}

  torch::Tensor query, key, value;
  detail::WindowedMaps maps;
  torch::Tensor scale;
  std::vector<Real> bias;
  WindowLabels query_labels, key_labels;
  std::int64_t batch, heads, head_dim, windows, bias_size;
};

/// One thread's view: fills the common part of a job for any window and head.
template <class Element>
class Cursor {
 public:
  using Real = RealOf<Element>;

  explicit Cursor(const Call<Element>& call)
      : call_(call),
        query_(call.query, call.maps.query),
        key_(call.key, call.maps.key),
        value_(call.value, call.maps.key) {}

  /// unit: picture * windows + window.
  detail::WindowHead<Element, Real> at(std::int64_t unit, std::int64_t head) {
    const std::int64_t b = unit / call_.windows;
    const std::int64_t window = unit % call_.windows;
    detail::WindowHead<Element, Real> in{};
    in.query_map = call_.maps.query;
    in.key_map = call_.maps.key;
    in.head_dim = call_.head_dim;
    in.query = query_.rows(b, head, window, query_offsets_);
    in.key = key_.rows(b, head, window, key_offsets_);
    in.value = value_.rows(b, head, window, value_offsets_);
    in.logit_scale = call_.scale.template const_data_ptr<Real>()[head];
    in.bias = call_.bias.data() + head * call_.bias_size;
    in.query_labels = call_.query_labels.of(window, query_region_);
    in.key_labels = call_.key_labels.of(window, key_region_);
    if (in.query_labels != nullptr && are_all_equal(query_region_, key_region_)) {
      in.query_labels = in.key_labels = nullptr;
    }
    return in;
  }

 private:
  const Call<Element>& call_;
  TokenMap<const Element> query_, key_, value_;
  std::vector<std::int64_t> query_offsets_, key_offsets_, value_offsets_;
  std::vector<std::uint8_t> query_region_, key_region_;
};

/// Memory for one call, not cleared.
template <class Real>
std::unique_ptr<Real[]> scratch(std::int64_t size) {
  return std::make_unique_for_overwrite<Real[]>(static_cast<std::size_t>(size));
}

template <class Element>
void forward_into(const WindowAttentionArguments& a, const torch::Tensor& out,
                  const torch::Tensor& log_sum_exp) {
  using Real = RealOf<Element>;
  // Above this a head's expanded bias would leave the second-level cache.
  constexpr std::int64_t kMostExpanded = 64 * 1024;
  const Call<Element> call(a);
  const auto& kernels = kernels_of<Element>();
  const auto& [query_map, key_map] = call.maps;
  const std::int64_t expanded_size = kernels.expanded_size(query_map, key_map);
  const std::int64_t units = call.batch * call.windows;
  // Heads outside, so that a thread expands each bias once.
  at::parallel_for(0, units * call.heads, 1, [&](std::int64_t begin, std::int64_t end) {
    Cursor<Element> cursor(call);
    const TokenMap<Element> out_map(out, query_map);
    std::vector<std::int64_t> out_offsets, sum_offsets;
    const auto memory = scratch<Real>(kernels.forward_scratch(query_map, key_map, call.head_dim));
    const bool is_expanded = expanded_size <= kMostExpanded;
    const auto expanded = scratch<Real>(is_expanded ? expanded_size : 0);
    std::int64_t expanded_head = -1;
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t head = i / units;
      const std::int64_t unit = i % units;
      detail::ForwardJob<Element, Real> job{};
      job.in = cursor.at(unit, head);
      if (is_expanded && head != expanded_head) {
        kernels.expand_bias(query_map, key_map, job.in.bias, expanded.get());
        expanded_head = head;
      }
      job.expanded_bias = is_expanded ? expanded.get() : nullptr;
      job.out = out_map.rows(unit / call.windows, head, unit % call.windows, out_offsets);
      if (log_sum_exp.defined()) {
        job.log_sum_exp = TokenMap<Real>(log_sum_exp, query_map)
                              .rows(unit / call.windows, head, unit % call.windows, sum_offsets);
      }
      job.scratch = memory.get();
      kernels.forward(job);
    }
  });
}

/// Gradients of bias and scale are summed in this many parts per head, whatever the number of
/// threads, so that the bits do not depend on it.
constexpr std::int64_t kParts = 8;

template <class Element>
struct Sums {
  std::vector<RealOf<Element>> bias;
  RealOf<Element> scale = 0;
};

template <class Element>
struct BackwardTensors {
  torch::Tensor grad_out, out, log_sum_exp;
  torch::Tensor grad_query, grad_key, grad_value;
};

template <class Element>
void backward_part(const Call<Element>& call, const BackwardTensors<Element>& t, std::int64_t head,
                   std::int64_t first, std::int64_t last, Sums<Element>& sums) {
  using Real = RealOf<Element>;
  const auto& kernels = kernels_of<Element>();
  const auto& [query_map, key_map] = call.maps;
  Cursor<Element> cursor(call);
  const auto memory = scratch<Real>(kernels.backward_scratch(query_map, key_map, call.head_dim));
  const TokenMap<const Element> out(t.out, query_map), grad_out(t.grad_out, query_map);
  const TokenMap<const Real> log_sum_exp(t.log_sum_exp, query_map);
  const TokenMap<Element> grad_query(t.grad_query, query_map);
  const TokenMap<Element> grad_key(t.grad_key, key_map), grad_value(t.grad_value, key_map);
  std::vector<std::int64_t> offsets[6];
  for (std::int64_t unit = first; unit < last; ++unit) {
    const std::int64_t b = unit / call.windows;
    const std::int64_t window = unit % call.windows;
    detail::BackwardJob<Element, Real> job{};
    job.in = cursor.at(unit, head);
    job.out = out.rows(b, head, window, offsets[0]);
    job.grad_out = grad_out.rows(b, head, window, offsets[1]);
    job.log_sum_exp = log_sum_exp.rows(b, head, window, offsets[2]);
    job.grad_query = grad_query.rows(b, head, window, offsets[3]);
    job.grad_key = grad_key.rows(b, head, window, offsets[4]);
    job.grad_value = grad_value.rows(b, head, window, offsets[5]);
    job.grad_bias = sums.bias.data();
    job.grad_logit_scale = &sums.scale;
    job.scratch = memory.get();
    kernels.backward(job);
  }
}

template <class Element>
detail::Gradients backward_of(const WindowAttentionArguments& a, const torch::Tensor& grad,
                              const torch::Tensor& out, const torch::Tensor& log_sum_exp) {
  using Real = RealOf<Element>;
  const Call<Element> call(a);
  const BackwardTensors<Element> t{detail::with_dense_channels(grad),
                                   detail::with_dense_channels(out),
                                   log_sum_exp,
                                   torch::empty(a.query.sizes(), a.query.options()),
                                   torch::empty(a.key.sizes(), a.key.options()),
                                   torch::empty(a.value.sizes(), a.value.options())};
  const std::int64_t units = call.batch * call.windows;
  std::vector<Sums<Element>> sums(static_cast<std::size_t>(call.heads * kParts));
  at::parallel_for(0, call.heads * kParts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      auto& part_sums = sums[static_cast<std::size_t>(i)];
      part_sums.bias.assign(static_cast<std::size_t>(call.bias_size), Real{0});
      const std::int64_t part = i % kParts;
      backward_part(call, t, i / kParts, units * part / kParts, units * (part + 1) / kParts,
                    part_sums);
    }
  });
  torch::Tensor grad_scale = torch::zeros({call.heads}, a.logit_scale.options());
  torch::Tensor grad_bias = torch::zeros(a.bias.sizes(), a.bias.options());
  for (std::int64_t i = 0; i < call.heads * kParts; ++i) {
    const auto& part_sums = sums[static_cast<std::size_t>(i)];
    auto* bias = grad_bias.mutable_data_ptr<Real>() + i / kParts * call.bias_size;
    for (const Real value : part_sums.bias) *bias++ += value;
    grad_scale.mutable_data_ptr<Real>()[i / kParts] += part_sums.scale;
  }
  return {t.grad_query, t.grad_key, t.grad_value, grad_scale, grad_bias.flip({2})};
}

/// Calls the template's instance for the element type.
template <class Function>
auto for_element(torch::Dtype type, const Function& function) {
  if (type == torch::kFloat64) return function(double{});
  if (type == torch::kBFloat16) return function(Bfloat16Bits{});
  return function(float{});
}

std::tuple<torch::Tensor, torch::Tensor> forward_cpu(
    const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
    const torch::Tensor& logit_scale, const torch::Tensor& bias, at::IntArrayRef geometry,
    const std::optional<torch::Tensor>& query_regions,
    const std::optional<torch::Tensor>& key_regions) {
  const WindowAttentionArguments a{query, key,      value,         logit_scale,
                                   bias,  geometry, query_regions, key_regions};
  detail::check_window_attention(a);
  auto out = torch::empty(query.sizes(), query.options());
  auto log_sum_exp = torch::empty(query.sizes().slice(0, 4), bias.options());
  for_element(query.scalar_type(),
              [&](auto element) { forward_into<decltype(element)>(a, out, log_sum_exp); });
  return {out, log_sum_exp};
}

detail::Gradients backward_cpu(const torch::Tensor& grad, const torch::Tensor& query,
                               const torch::Tensor& key, const torch::Tensor& value,
                               const torch::Tensor& logit_scale, const torch::Tensor& bias,
                               at::IntArrayRef geometry,
                               const std::optional<torch::Tensor>& query_regions,
                               const std::optional<torch::Tensor>& key_regions,
                               const torch::Tensor& out, const torch::Tensor& log_sum_exp) {
  const WindowAttentionArguments a{query, key,      value,         logit_scale,
                                   bias,  geometry, query_regions, key_regions};
  detail::check_window_attention_out(a, out);
  TORCH_CHECK(grad.sizes() == query.sizes() && grad.scalar_type() == query.scalar_type(),
              "window_attention_backward: grad must be ", query.scalar_type(), " ", query.sizes(),
              ", but is ", grad.scalar_type(), " ", grad.sizes());
  TORCH_CHECK(log_sum_exp.sizes() == query.sizes().slice(0, 4) &&
                  log_sum_exp.scalar_type() == bias.scalar_type(),
              "window_attention_backward: log_sum_exp must be ", bias.scalar_type(), " ",
              query.sizes().slice(0, 4), ", but is ", log_sum_exp.scalar_type(), " ",
              log_sum_exp.sizes());
  return for_element(query.scalar_type(), [&](auto element) {
    return backward_of<decltype(element)>(a, grad, out, log_sum_exp);
  });
}

void out_cpu(const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
             const torch::Tensor& logit_scale, const torch::Tensor& bias, at::IntArrayRef geometry,
             const std::optional<torch::Tensor>& query_regions,
             const std::optional<torch::Tensor>& key_regions, const torch::Tensor& out) {
  const WindowAttentionArguments a{query, key,      value,         logit_scale,
                                   bias,  geometry, query_regions, key_regions};
  detail::check_window_attention_out(a, out);
  for_element(query.scalar_type(),
              [&](auto element) { forward_into<decltype(element)>(a, out, torch::Tensor()); });
}

TORCH_LIBRARY_IMPL(vcisr, CPU, m) {
  m.impl("window_attention", &forward_cpu);
  m.impl("window_attention_backward", &backward_cpu);
  m.impl("window_attention_out", &out_cpu);
}

}  // namespace
}  // namespace vcisr::ops
