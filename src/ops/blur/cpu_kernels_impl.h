// SPDX-License-Identifier: Apache-2.0
// The code behind blur_kernel(), included by one source per instruction set. Everything here has
// internal linkage, so that no object's code can stand in for another's.
#pragma once

#include "ops/blur/cpu_kernels.h"
#include "ops/vector_types.h"

namespace vcisr::ops::detail {
namespace {

using std::int64_t;

/// Neighbouring vectors of a row that share each load of a weight. With kBlurRows of them, sums
/// and loads fill 16 registers, or make the most of 32.
constexpr int kBlurVectors = VCISR_VECTOR_BYTES == 64 ? 4 : 3;

template <int kVectors>
struct BlurSums {
  Vector<float> rows[kBlurRows][kVectors] = {};
};

/// One row of the image for one row of the output.
template <int kRow, int kVectors>
inline void add_row(BlurSums<kVectors>& sums, const BlurGroup& group, int64_t row, int64_t x) {
  const int64_t dy = row - kRow;
  if (dy < 0 || dy >= group.kernel_height) return;
  const float* source = group.rows[row] + x;
  const float* weights = group.weights + dy * group.kernel_width;
  for (int64_t dx = 0; dx < group.kernel_width; ++dx) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      sums.rows[kRow][v] += load<float>(source + dx + v * kLanes<float>) * weights[dx];
    }
  }
}

/// One row of the image for all rows of the output.
template <int kVectors>
inline void add_shared_row(BlurSums<kVectors>& sums, const BlurGroup& group, int64_t row,
                           int64_t x) {
  const int64_t pitch = group.kernel_width;
  const float* source = group.rows[row] + x;
  const float* weights = group.weights + (row - kBlurRows + 1) * pitch;
  for (int64_t dx = 0; dx < pitch; ++dx) {
    Vector<float> pixels[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) pixels[v] = load<float>(source + dx + v * kLanes<float>);
#pragma GCC unroll 4
    for (int r = 0; r < kBlurRows; ++r) {
      const float weight = weights[(kBlurRows - 1 - r) * pitch + dx];
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sums.rows[r][v] += pixels[v] * weight;
    }
  }
}

template <int kVectors>
inline void add_edge_row(BlurSums<kVectors>& sums, const BlurGroup& group, int64_t row, int64_t x) {
  static_assert(kBlurRows == 4);
  add_row<0>(sums, group, row, x);
  add_row<1>(sums, group, row, x);
  add_row<2>(sums, group, row, x);
  add_row<3>(sums, group, row, x);
}

template <int kVectors>
inline void blur_columns(const BlurGroup& group, int64_t x) {
  BlurSums<kVectors> sums;
  const int64_t rows = kBlurRows - 1 + group.kernel_height;
  int64_t row = 0;
  for (; row < rows && row < kBlurRows - 1; ++row) add_edge_row(sums, group, row, x);
  for (; row < group.kernel_height; ++row) add_shared_row(sums, group, row, x);
  for (; row < rows; ++row) add_edge_row(sums, group, row, x);
  constexpr int64_t kColumns = kVectors * kLanes<float>;
  const int64_t wanted = group.width - x < kColumns ? group.width - x : kColumns;
  for (int r = 0; r < kBlurRows; ++r) {
    if (group.out[r] == nullptr) continue;
    if (wanted == kColumns) {
      std::memcpy(group.out[r] + x, sums.rows[r], sizeof(sums.rows[r]));
    } else {
      std::memcpy(group.out[r] + x, sums.rows[r], static_cast<std::size_t>(wanted) * sizeof(float));
    }
  }
}

void blur_group(const BlurGroup& group) {
  constexpr int64_t kColumns = kBlurVectors * kLanes<float>;
  int64_t x = 0;
  for (; x + kColumns <= group.width; x += kColumns) blur_columns<kBlurVectors>(group, x);
  const int64_t rest = (group.width - x + kLanes<float> - 1) / kLanes<float>;
  static_assert(kBlurVectors <= 4);
  switch (rest) {
    case 0:
      return;
    case 1:
      return blur_columns<1>(group, x);
    case 2:
      return blur_columns<2>(group, x);
    case 3:
      return blur_columns<3>(group, x);
    default:
      return blur_columns<4>(group, x);
  }
}

}  // namespace

extern const BlurKernel VCISR_BLUR_KERNEL;
const BlurKernel VCISR_BLUR_KERNEL = &blur_group;

}  // namespace vcisr::ops::detail
