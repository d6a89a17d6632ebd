// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/types.h>

namespace vcisr::metrics {

/// Two planes as the operators take them: on the CPU, samples of a row side by side, rows any
/// distance apart.
struct Planes {
  torch::Tensor a;
  torch::Tensor b;

  [[nodiscard]] std::int64_t height() const { return a.size(0); }
  [[nodiscard]] std::int64_t width() const { return a.size(1); }
};

/// What of `x` is neither on the CPU nor laid out so is copied; 16-bit floats become float32.
[[nodiscard]] torch::Tensor with_dense_rows(const torch::Tensor& x);

/// Errors  c10::Error naming the metric: types that differ or are none of ours, shapes that
///         differ, fewer than `least_dims` dimensions, nothing in them.
void check_pair(const char* metric, const torch::Tensor& a, const torch::Tensor& b,
                std::int64_t least_dims);

/// Errors  c10::Error naming the metric: as above with exactly two dimensions, and a side below
///         `smallest_side_px`.
[[nodiscard]] Planes compared_planes(const char* metric, const torch::Tensor& a,
                                     const torch::Tensor& b, std::int64_t smallest_side_px);

/// The number itself, or c10::Error naming the metric where NaN or infinity was compared.
[[nodiscard]] double finite(const char* metric, double value);

}  // namespace vcisr::metrics
