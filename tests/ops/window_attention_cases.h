// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <ostream>
#include <vector>

#include <torch/types.h>

#include "ops/window_attention/window_attention_ops.h"
#include "vcisr/ops/window_attention.h"

namespace vcisr::tests {

/// Sizes of one call of ops::window_attention.
struct AttentionCase {
  ops::TokenExtent windows;  ///< Down and across.
  ops::TokenExtent query_window, key_window, query_shift, key_shift;
  std::int64_t batch, heads, channels;
  bool has_regions = false;
};

inline std::ostream& operator<<(std::ostream& os, const AttentionCase& c) {
  return os << c.batch << " x " << c.windows.rows << "x" << c.windows.columns << " windows of "
            << c.query_window.rows << "x" << c.query_window.columns << " and " << c.key_window.rows
            << "x" << c.key_window.columns << ", " << c.heads << " heads of " << c.channels;
}

struct AttentionInputs {
  torch::Tensor query, key, value, logit_scale, bias;
  ops::WindowAttentionOptions options;
};

inline torch::Dtype real_type(torch::Dtype element) {
  return element == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
}

/// Random numbers; logit scales from 1 to 11, three labels where there are regions.
inline AttentionInputs attention_inputs(const AttentionCase& c, torch::Dtype type) {
  const ops::TokenExtent query{c.windows.rows * c.query_window.rows,
                               c.windows.columns * c.query_window.columns};
  const ops::TokenExtent key{c.windows.rows * c.key_window.rows,
                             c.windows.columns * c.key_window.columns};
  const auto map = [&](const ops::TokenExtent& size) {
    return torch::randn({c.batch, size.rows, size.columns, c.heads, c.channels}, torch::kFloat64)
        .to(type);
  };
  AttentionInputs x{map(query),
                    map(key),
                    map(key),
                    torch::rand({c.heads}, real_type(type)) * 10 + 1,
                    torch::randn({c.heads, c.query_window.rows + c.key_window.rows - 1,
                                  c.query_window.columns + c.key_window.columns - 1},
                                 real_type(type)),
                    {c.query_window, c.key_window, c.query_shift, c.key_shift}};
  if (c.has_regions) {
    x.options.query_regions = torch::randint(3, {query.rows, query.columns}, torch::kUInt8);
    x.options.key_regions = torch::randint(3, {key.rows, key.columns}, torch::kUInt8);
  }
  return x;
}

inline torch::Tensor attended(const AttentionInputs& x) {
  return ops::window_attention(x.query, x.key, x.value, x.logit_scale, x.bias, x.options);
}

inline std::vector<std::int64_t> geometry_numbers(const ops::WindowAttentionOptions& o) {
  return {o.query_window.rows, o.query_window.columns, o.key_window.rows, o.key_window.columns,
          o.query_shift.rows,  o.query_shift.columns,  o.key_shift.rows,  o.key_shift.columns};
}

/// By the obvious loops, in float64.
inline torch::Tensor expected_attention(const AttentionInputs& x) {
  const auto geometry = geometry_numbers(x.options);
  return ops::detail::window_attention_reference({x.query, x.key, x.value, x.logit_scale, x.bias,
                                                  geometry, x.options.query_regions,
                                                  x.options.key_regions});
}

/// The values of x inside a larger tensor that holds `around` everywhere else.
inline torch::Tensor surrounded(const torch::Tensor& x,
                                double around = std::numeric_limits<double>::quiet_NaN()) {
  const auto sizes = x.sizes();
  const auto whole = torch::full(
      {sizes[0] + 2, sizes[1] + 2, sizes[2] + 3, sizes[3] + 1, sizes[4] + 5}, around, x.options());
  auto inside = whole.narrow(0, 1, sizes[0])
                    .narrow(1, 1, sizes[1])
                    .narrow(2, 2, sizes[2])
                    .narrow(3, 0, sizes[3])
                    .narrow(4, 3, sizes[4]);
  inside.copy_(x);
  return inside;
}

inline double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  if (a.numel() == 0) return 0;
  return (a.to(torch::kFloat64) - b.to(torch::kFloat64)).abs().max().item<double>();
}

}  // namespace vcisr::tests
