// SPDX-License-Identifier: Apache-2.0
// The code behind NarrowConvKernels, included by one source per instruction set. Everything here
// has internal linkage, so that no object's code can stand in for another's.
#pragma once

#include "ops/narrow_conv/cpu_kernels.h"
#include "ops/vector_types.h"

namespace vcisr::ops::detail {
namespace {

using std::int64_t;

/// Output pixels that share each load of the weights.
constexpr int kPixels = 4;

/// kCount neighbouring output pixels. A lane sums its own channels; lanes meet at the end.
template <class Element, int kOut, int kCount>
inline void pixels(const NarrowConvRow<Element>& row, int64_t first) {
  constexpr int64_t kStep = kLanes<float>;
  const int64_t whole = row.channels / kStep * kStep;
  Vector<float> sums[kCount][kOut] = {};
  float rest[kCount][kOut] = {};
  for (int dy = 0; dy < 3; ++dy) {
    if (row.rows[dy] == nullptr) continue;
    for (int dx = 0; dx < 3; ++dx) {
      const float* weight = row.weight + (dy * 3 + dx) * kOut * row.channels;
      const int64_t column = first + dx - 1;
      const Element* source = row.rows[dy] + column * row.channels;
      // Only the outermost pixels look beyond the row, and they come one at a time.
      if (column < 0 || column + kCount > row.width) continue;
      for (int64_t c = 0; c < whole; c += kStep) {
        Vector<float> w[kOut];
#pragma GCC unroll 4
        for (int k = 0; k < kOut; ++k) w[k] = load<float>(weight + k * row.channels + c);
#pragma GCC unroll 4
        for (int p = 0; p < kCount; ++p) {
          const auto x = load_wide(source + p * row.channels + c);
#pragma GCC unroll 4
          for (int k = 0; k < kOut; ++k) sums[p][k] += x * w[k];
        }
      }
      for (int64_t c = whole; c < row.channels; ++c) {
        for (int p = 0; p < kCount; ++p) {
          for (int k = 0; k < kOut; ++k) {
            rest[p][k] += widened(source[p * row.channels + c]) * weight[k * row.channels + c];
          }
        }
      }
    }
  }
  for (int p = 0; p < kCount; ++p) {
    for (int k = 0; k < kOut; ++k) {
      row.out[k][first + p] = sum_of_lanes<float>(sums[p][k]) + rest[p][k] + row.bias[k];
    }
  }
}

template <class Element, int kOut>
void convolve_row(const NarrowConvRow<Element>& row) {
  int64_t x = 0;
  pixels<Element, kOut, 1>(row, x++);
  for (; x + kPixels < row.width; x += kPixels) pixels<Element, kOut, kPixels>(row, x);
  for (; x < row.width; ++x) pixels<Element, kOut, 1>(row, x);
}

template <class Element>
void narrow_conv(const NarrowConvRow<Element>& row, int out_channels) {
  switch (out_channels) {
    case 1:
      return convolve_row<Element, 1>(row);
    case 2:
      return convolve_row<Element, 2>(row);
    case 3:
      return convolve_row<Element, 3>(row);
    default:
      return convolve_row<Element, 4>(row);
  }
}

}  // namespace

extern const NarrowConvKernels VCISR_NARROW_CONV_KERNELS;
const NarrowConvKernels VCISR_NARROW_CONV_KERNELS = {&narrow_conv<float>,
                                                     &narrow_conv<Bfloat16Bits>};

}  // namespace vcisr::ops::detail
