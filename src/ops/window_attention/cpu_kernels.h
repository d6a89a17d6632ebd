// SPDX-License-Identifier: Apache-2.0
// The work of one window and one head, compiled once per instruction set and chosen at run time.
// No torch, no std.
#pragma once

#include <cstdint>

#include "ops/bfloat16_bits.h"
#include "ops/window_attention/window_geometry.h"

namespace vcisr::ops::detail {

/// One tensor of a window and head: token t's channels start at data[offsets[t]].
template <class Element>
struct TokenRows {
  Element* data;
  const std::int64_t* offsets;
};

/// What forward and backward share. Numbers (Real) are float32, for float64 elements float64.
///
/// bias  [Rq + Rk - 1][Cq + Ck - 1] of this head with its columns reversed: what one query takes
///       from one row of keys then lies in one piece, in the keys' order.
/// query_labels, key_labels  of the window's tokens, or both null where all are equal.
template <class Element, class Real>
struct WindowHead {
  WindowedMap query_map, key_map;
  std::int64_t head_dim;
  TokenRows<const Element> query, key, value;
  Real logit_scale;
  const Real* bias;
  const std::uint8_t* query_labels;
  const std::uint8_t* key_labels;
};

template <class Element, class Real>
struct ForwardJob {
  WindowHead<Element, Real> in;
  const Real* expanded_bias;  ///< From expand_bias(), or null: then rows are expanded on the way.
  TokenRows<Element> out;
  TokenRows<Real> log_sum_exp;  ///< data null: not wanted.
  Real* scratch;                ///< forward_scratch() numbers.
};

template <class Element, class Real>
struct BackwardJob {
  WindowHead<Element, Real> in;
  TokenRows<const Element> out, grad_out;
  TokenRows<const Real> log_sum_exp;
  TokenRows<Element> grad_query, grad_key, grad_value;
  Real* grad_bias;         ///< As `bias`; added to.
  Real* grad_logit_scale;  ///< Added to.
  Real* scratch;           ///< backward_scratch() numbers.
};

template <class Element, class Real>
struct WindowKernels {
  std::int64_t (*forward_scratch)(const WindowedMap& query, const WindowedMap& key,
                                  std::int64_t head_dim);
  std::int64_t (*backward_scratch)(const WindowedMap& query, const WindowedMap& key,
                                   std::int64_t head_dim);
  /// Numbers of expand_bias()'s output.
  std::int64_t (*expanded_size)(const WindowedMap& query, const WindowedMap& key);
  void (*expand_bias)(const WindowedMap& query, const WindowedMap& key, const Real* bias,
                      Real* expanded);
  void (*forward)(const ForwardJob<Element, Real>& job);
  void (*backward)(const BackwardJob<Element, Real>& job);
};

struct WindowAttentionKernels {
  WindowKernels<float, float> f32;
  WindowKernels<Bfloat16Bits, float> bf16;
  WindowKernels<double, double> f64;
};

/// The kernels of active_instruction_set().
[[nodiscard]] const WindowAttentionKernels& window_attention_kernels();

}  // namespace vcisr::ops::detail
