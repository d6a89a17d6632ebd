// SPDX-License-Identifier: Apache-2.0
// Rows first, so that no intermediate picture is needed: the input rows under one output row are
// summed into a row of scratch, which is resampled along its length while it is in the cache.
#include <algorithm>
#include <array>
#include <vector>

#include "ops/resize/resample.h"
#include "ops/row_kernels/line_filter.h"
#include "ops/row_kernels/row_kernels.h"
#include "ops/row_kernels/scratch.h"

namespace vcisr::ops::detail {
namespace {

using ConstPlane = PlaneView<const float>;
using Plane = PlaneView<float>;

constexpr std::int64_t kBlock = 16;  // Rows side by side in tap_sums_16.

void vertical_sum(const RowKernels& kernels, const ConstPlane& in, const AxisTaps& vertical,
                  std::int64_t y, float* row) {
  thread_local std::vector<const float*> rows;
  const auto begin = vertical.begin[static_cast<std::size_t>(y)];
  const auto end = vertical.begin[static_cast<std::size_t>(y) + 1];
  rows.clear();
  for (auto k = begin; k < end; ++k) {
    rows.push_back(in.data + vertical.index[static_cast<std::size_t>(k)] * in.stride);
  }
  kernels.weighted_sum(rows.data(), vertical.weight_f32.data() + begin,
                       static_cast<int>(end - begin), in.cols, row);
}

void resample_periodic(const RowKernels& kernels, const ConstPlane& in, const Plane& out,
                       const AxisTaps& vertical, const PeriodicLine& line, std::int64_t first_row,
                       std::int64_t last_row) {
  Scratch scratch(in.cols + 2 * line.pad + line.scratch_floats(), 2);
  float* const row = scratch.take(in.cols + 2 * line.pad) + line.pad;
  float* const work = scratch.take(line.scratch_floats());
  for (std::int64_t y = first_row; y < last_row; ++y) {
    vertical_sum(kernels, in, vertical, y, row);
    mirror_edges(row, in.cols, line.pad);
    filter_line(kernels, line, row, work, out.data + y * out.stride);
  }
}

// No short period: 16 rows at a time, so that the vector runs across rows.
void resample_runs(const RowKernels& kernels, const ConstPlane& in, const Plane& out,
                   const AxisTaps& vertical, const AxisTaps::Runs& runs, std::int64_t first_row,
                   std::int64_t last_row) {
  const std::int64_t padded = in.cols + 2 * runs.pad;
  Scratch scratch(kBlock * padded + kBlock * padded + kBlock * out.cols, 3);
  float* const rows = scratch.take(kBlock * padded);
  float* const side_by_side = scratch.take(kBlock * padded);
  float* const sums = scratch.take(kBlock * out.cols);
  std::array<const float*, kBlock> row_of;
  std::array<float*, kBlock> targets;
  for (std::int64_t y = first_row; y < last_row; y += kBlock) {
    const std::int64_t count = std::min(kBlock, last_row - y);
    for (std::int64_t j = 0; j < kBlock; ++j) {
      float* const row = rows + j * padded;
      row_of[static_cast<std::size_t>(j)] = row;
      if (j >= count) continue;  // Leftovers of an earlier block: computed, not stored.
      vertical_sum(kernels, in, vertical, y + j, row + runs.pad);
      mirror_edges(row + runs.pad, in.cols, runs.pad);
    }
    kernels.columns_of_16(row_of.data(), padded, side_by_side);
    kernels.tap_sums_16(side_by_side, runs.first.data(), runs.begin.data(), runs.weight.data(),
                        out.cols, sums);
    for (std::int64_t j = 0; j < count; ++j) {
      targets[static_cast<std::size_t>(j)] = out.data + (y + j) * out.stride;
    }
    kernels.rows_of_16(sums, out.cols, count, targets.data());
  }
}

// Transposed taps: any input samples, in no pattern.
void resample_sparse(const RowKernels& kernels, const ConstPlane& in, const Plane& out,
                     const AxisTaps& vertical, const AxisTaps& horizontal, std::int64_t first_row,
                     std::int64_t last_row) {
  Scratch scratch(in.cols, 1);
  float* const row = scratch.take(in.cols);
  for (std::int64_t y = first_row; y < last_row; ++y) {
    vertical_sum(kernels, in, vertical, y, row);
    for (std::int64_t x = 0; x < out.cols; ++x) {
      float sum = 0;
      for (auto k = static_cast<std::size_t>(horizontal.begin[static_cast<std::size_t>(x)]);
           k < static_cast<std::size_t>(horizontal.begin[static_cast<std::size_t>(x) + 1]); ++k) {
        sum += horizontal.weight_f32[k] * row[horizontal.index[k]];
      }
      out.data[y * out.stride + x] = sum;
    }
  }
}

}  // namespace

void resample_rows(const ConstPlane& in, const Plane& out, const AxisTaps& vertical,
                   const AxisTaps& horizontal, std::int64_t first_row, std::int64_t last_row) {
  const RowKernels& kernels = row_kernels();
  if (horizontal.line) {
    resample_periodic(kernels, in, out, vertical, *horizontal.line, first_row, last_row);
  } else if (horizontal.runs) {
    resample_runs(kernels, in, out, vertical, *horizontal.runs, first_row, last_row);
  } else {
    resample_sparse(kernels, in, out, vertical, horizontal, first_row, last_row);
  }
}

}  // namespace vcisr::ops::detail
