// SPDX-License-Identifier: Apache-2.0
// Device code of the resampling, over raw pointers. No torch: nvcc and a C++ compiler take it.
#pragma once

#include <cstdint>

#include "ops/tile_index.h"

namespace vcisr::ops::detail {

/// AxisTaps on the device: output o sums weight[k] * input[index[k]], begin[o] <= k < begin[o + 1].
template <class T>
struct DeviceTaps {
  const std::int64_t* begin;
  const std::int32_t* index;
  const T* weight;
};

template <class T>
struct Resample {
  const T* in;
  T* out;
  std::int64_t channels, planes;  // planes = N * C.
  std::int64_t in_rows, in_cols, out_rows, out_cols;
  std::int64_t in_stride_n, in_stride_c, in_stride_row;
  std::int64_t out_stride_n, out_stride_c, out_stride_row;
  DeviceTaps<T> vertical, horizontal;
};

/// Input columns that a block holds at a time.
inline constexpr int kResampleSpan = 128;

template <class T>
VCISR_HOST_DEVICE inline T tap_sum(const DeviceTaps<T>& taps, std::int64_t output, const T* samples,
                                   std::int64_t step) {
  T sum = 0;
  for (std::int64_t k = taps.begin[output]; k < taps.begin[output + 1]; ++k) {
    sum += taps.weight[k] * samples[taps.index[k] * step];
  }
  return sum;
}

/// Input columns from .. to - 1 that an output reads.
struct ColumnRange {
  std::int64_t from;
  std::int64_t to;
};

template <class T>
VCISR_HOST_DEVICE inline ColumnRange columns_read(const DeviceTaps<T>& taps, std::int64_t output) {
  ColumnRange range{taps.index[taps.begin[output]], 0};
  for (std::int64_t k = taps.begin[output]; k < taps.begin[output + 1]; ++k) {
    const std::int64_t i = taps.index[k];
    range.from = at_most(i, range.from);
    range.to = i >= range.to ? i + 1 : range.to;
  }
  return range;
}

/// One block makes a tile of one plane at a time, thread (x, y) the output (x, y) of it: the rows
/// are summed into shared memory, a span of input columns after the other, and from there the
/// columns. The grid's y runs over planes.
template <class T>
VCISR_KERNEL void resample_kernel(Resample<T> p) {
  VCISR_SHARED T rows[kTileRows][kResampleSpan];
  VCISR_SHARED ColumnRange ranges[kTileCols];
  const TileOrigin origin = tile_origin(VCISR_BLOCK_INDEX.x, p.out_cols);
  const int tx = static_cast<int>(VCISR_THREAD_INDEX.x);
  const int ty = static_cast<int>(VCISR_THREAD_INDEX.y);
  const std::int64_t x = origin.col + tx;
  const std::int64_t y = origin.row + ty;
  const bool is_inside = x < p.out_cols && y < p.out_rows;
  if (ty == 0) {
    ranges[tx] = {p.in_cols, 0};
    if (x < p.out_cols && p.horizontal.begin[x] < p.horizontal.begin[x + 1]) {
      ranges[tx] = columns_read(p.horizontal, x);
    }
  }
  VCISR_SYNC_THREADS();
  ColumnRange range{p.in_cols, 0};
  for (int i = 0; i < kTileCols; ++i) {
    range.from = at_most(ranges[i].from, range.from);
    range.to = ranges[i].to > range.to ? ranges[i].to : range.to;
  }
  for (std::int64_t plane = VCISR_BLOCK_INDEX.y; plane < p.planes; plane += VCISR_GRID_SIZE.y) {
    const std::int64_t n = plane / p.channels;
    const std::int64_t c = plane % p.channels;
    const T* const in = p.in + n * p.in_stride_n + c * p.in_stride_c;
    T sum = 0;
    for (std::int64_t from = range.from; from < range.to; from += kResampleSpan) {
      const std::int64_t to = at_most(range.to, from + kResampleSpan);
      if (y < p.out_rows) {
        for (std::int64_t col = from + tx; col < to; col += kTileCols) {
          rows[ty][col - from] = tap_sum(p.vertical, y, in + col, p.in_stride_row);
        }
      }
      VCISR_SYNC_THREADS();
      if (is_inside) {
        for (std::int64_t k = p.horizontal.begin[x]; k < p.horizontal.begin[x + 1]; ++k) {
          const std::int64_t col = p.horizontal.index[k];
          if (col >= from && col < to) sum += p.horizontal.weight[k] * rows[ty][col - from];
        }
      }
      VCISR_SYNC_THREADS();
    }
    if (is_inside) p.out[n * p.out_stride_n + c * p.out_stride_c + y * p.out_stride_row + x] = sum;
  }
}

}  // namespace vcisr::ops::detail
