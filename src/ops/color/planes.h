// SPDX-License-Identifier: Apache-2.0
// Planes as the CPU's row loops see them, and the row kernels by sample type.
#pragma once

#include <cstdint>
#include <type_traits>

#include <torch/types.h>

#include "ops/row_kernels/row_kernels.h"

namespace vcisr::ops::detail {

template <class S>
struct SamplePlane {
  S* data;
  std::int64_t rows;
  std::int64_t cols;
  std::int64_t stride;

  [[nodiscard]] S* row(std::int64_t y) const { return data + y * stride; }
};

template <class S>
[[nodiscard]] SamplePlane<const S> source_plane(const torch::Tensor& x) {
  return {x.const_data_ptr<S>(), x.size(0), x.size(1), x.stride(0)};
}

template <class S>
[[nodiscard]] SamplePlane<S> target_plane(const torch::Tensor& x) {
  return {x.mutable_data_ptr<S>(), x.size(0), x.size(1), x.stride(0)};
}

/// The member of RowKernels for samples of S: for_samples<S>(k.split_u8, k.split_u16).
template <class S, class A, class B>
[[nodiscard]] constexpr auto for_samples(A for_u8, B for_u16) {
  if constexpr (std::is_same_v<S, std::uint8_t>) {
    return for_u8;
  } else {
    return for_u16;
  }
}

/// Rows that are worth a thread of their own.
[[nodiscard]] constexpr std::int64_t rows_per_task(std::int64_t cols) {
  return cols >= 32768 ? 1 : 32768 / cols;
}

}  // namespace vcisr::ops::detail
