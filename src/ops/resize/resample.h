// SPDX-License-Identifier: Apache-2.0
// Resampling of one plane on the CPU, over raw pointers.
#pragma once

#include <cstdint>

#include "ops/resize/taps.h"

namespace vcisr::ops::detail {

/// Rows of samples: `stride` samples from one row to the next, columns dense.
template <class T>
struct PlaneView {
  T* data;
  std::int64_t rows;
  std::int64_t cols;
  std::int64_t stride;
};

/// The definition: plain sums over the taps, rows first. Slow; float64 runs on it, and the tests
/// hold everything else against it. Writes output rows first_row .. last_row - 1.
template <class T>
void resample_reference(const PlaneView<const T>& in, const PlaneView<T>& out,
                        const AxisTaps& vertical, const AxisTaps& horizontal,
                        std::int64_t first_row, std::int64_t last_row);

/// The same result up to float rounding, by the row kernels of this CPU (ops/row_kernels).
/// Each output row depends on nothing but the input: any split into row ranges gives the same bits.
void resample_rows(const PlaneView<const float>& in, const PlaneView<float>& out,
                   const AxisTaps& vertical, const AxisTaps& horizontal, std::int64_t first_row,
                   std::int64_t last_row);

}  // namespace vcisr::ops::detail
