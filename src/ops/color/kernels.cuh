// SPDX-License-Identifier: Apache-2.0
// Device code of the colour conversions, over raw pointers. No torch: nvcc and a C++ compiler take
// it (ops/device_macros.h). One thread per output sample, blocks of kTileCols x kTileRows.
#pragma once

#include <cstdint>

#include "ops/color/color_math.h"
#include "ops/tile_index.h"

namespace vcisr::ops::detail {

/// Longest windows, for chroma steps of up to 8.
inline constexpr int kMostPhases = 8;
inline constexpr int kUpTaps = 4;
inline constexpr int kDownTaps = 33;

template <class S>
struct DevicePlane {
  S* data;
  std::int64_t rows;
  std::int64_t cols;
  std::int64_t stride;
};

/// Neighbouring chroma samples first[phase] .. first[phase] + kUpTaps - 1 of each phase.
struct UpAxis {
  int shift;
  int first[kMostPhases];
  float weight[kMostPhases][kUpTaps];
};

/// Luma samples first .. first + count - 1 of each chroma sample.
struct DownAxis {
  int shift;
  int first;
  int count;
  float weight[kDownTaps];
};

template <class S>
struct PlanarToRgb {
  ColorCoefficients<float> k;
  DevicePlane<const S> luma, cb, cr;
  UpAxis x, y;
  float* rgb;  // [3, rows, cols] of luma.
};

/// Chroma that a tile needs: its own samples, two before and two after.
inline constexpr int kChromaMargin = 2;
inline constexpr int kChromaTileCols = kTileCols + 2 * kChromaMargin + 1;
inline constexpr int kChromaTileRows = kTileRows + 2 * kChromaMargin + 1;

template <class S>
VCISR_KERNEL void planar_to_rgb_kernel(PlanarToRgb<S> p) {
  VCISR_SHARED float cb[kChromaTileRows][kChromaTileCols];
  VCISR_SHARED float cr[kChromaTileRows][kChromaTileCols];
  const TileOrigin origin = tile_origin(VCISR_BLOCK_INDEX.x, p.luma.cols);
  const int tx = static_cast<int>(VCISR_THREAD_INDEX.x);
  const int ty = static_cast<int>(VCISR_THREAD_INDEX.y);
  const std::int64_t base_x = (origin.col >> p.x.shift) - kChromaMargin;
  const std::int64_t base_y = (origin.row >> p.y.shift) - kChromaMargin;
  for (int i = ty; i < kChromaTileRows; i += kTileRows) {
    const std::int64_t row = clamped(base_y + i, p.cb.rows);
    for (int j = tx; j < kChromaTileCols; j += kTileCols) {
      const std::int64_t col = clamped(base_x + j, p.cb.cols);
      cb[i][j] = static_cast<float>(p.cb.data[row * p.cb.stride + col]) - p.k.chroma_offset;
      cr[i][j] = static_cast<float>(p.cr.data[row * p.cr.stride + col]) - p.k.chroma_offset;
    }
  }
  VCISR_SYNC_THREADS();
  const std::int64_t x = origin.col + tx;
  const std::int64_t y = origin.row + ty;
  if (x >= p.luma.cols || y >= p.luma.rows) return;
  const int phase_x = static_cast<int>(x & ((1 << p.x.shift) - 1));
  const int phase_y = static_cast<int>(y & ((1 << p.y.shift) - 1));
  const int left = static_cast<int>((x >> p.x.shift) - base_x) + p.x.first[phase_x];
  const int top = static_cast<int>((y >> p.y.shift) - base_y) + p.y.first[phase_y];
  float cb_sum = 0;
  float cr_sum = 0;
  for (int i = 0; i < kUpTaps; ++i) {
    for (int j = 0; j < kUpTaps; ++j) {
      const float weight = p.y.weight[phase_y][i] * p.x.weight[phase_x][j];
      cb_sum += weight * cb[top + i][left + j];
      cr_sum += weight * cr[top + i][left + j];
    }
  }
  const float luma = static_cast<float>(p.luma.data[y * p.luma.stride + x]);
  const Pixel<float> pixel = rgb_of_yuv(p.k, luma, cb_sum, cr_sum);
  const std::int64_t area = p.luma.rows * p.luma.cols;
  float* const out = p.rgb + y * p.luma.cols + x;
  out[0] = pixel.a;
  out[area] = pixel.b;
  out[2 * area] = pixel.c;
}

template <class S>
struct RgbToPlanar {
  ColorCoefficients<float> k;
  const float* rgb;  // [3, rows, cols] of luma.
  DevicePlane<S> luma, cb, cr;
  DownAxis x, y;
};

/// Most luma columns and rows under a tile of chroma samples.
inline constexpr int kSpanCols = kTileCols * kMostPhases + kDownTaps;
inline constexpr int kSpanRows = kTileRows * kMostPhases + kDownTaps;

/// Luma samples from the first one under a tile to the last one that it reads or owns.
VCISR_HOST_DEVICE inline int span_of(const DownAxis& axis, int tile) {
  const int own = tile << axis.shift;
  const int read = ((tile - 1) << axis.shift) + axis.first + axis.count;
  return own > read ? own : read;
}

/// One block makes a tile of both chroma planes and the luma under it. Each warp takes a row of the
/// picture at a time: chroma of the row, filtered along the row, kept; at last between the rows.
template <class S>
VCISR_KERNEL void rgb_to_planar_kernel(RgbToPlanar<S> p) {
  VCISR_SHARED float cb_span[kTileRows][kSpanCols];
  VCISR_SHARED float cr_span[kTileRows][kSpanCols];
  VCISR_SHARED float cb_sums[kSpanRows][kTileCols];
  VCISR_SHARED float cr_sums[kSpanRows][kTileCols];
  const TileOrigin origin = tile_origin(VCISR_BLOCK_INDEX.x, p.cb.cols);
  const int tx = static_cast<int>(VCISR_THREAD_INDEX.x);
  const int ty = static_cast<int>(VCISR_THREAD_INDEX.y);
  const std::int64_t area = p.luma.rows * p.luma.cols;
  const std::int64_t own_x = origin.col << p.x.shift;
  const std::int64_t own_y = origin.row << p.y.shift;
  const std::int64_t end_x = at_most(p.luma.cols, own_x + (kTileCols << p.x.shift));
  const std::int64_t end_y = at_most(p.luma.rows, own_y + (kTileRows << p.y.shift));
  const int before_x = p.x.first < 0 ? -p.x.first : 0;
  const int before_y = p.y.first < 0 ? -p.y.first : 0;
  const int cols = before_x + span_of(p.x, kTileCols);
  const int rows = before_y + span_of(p.y, kTileRows);
  for (int first = 0; first < rows; first += kTileRows) {
    const std::int64_t y = own_y - before_y + first + ty;
    if (first + ty < rows) {
      const float* const row = p.rgb + clamped(y, p.luma.rows) * p.luma.cols;
      for (int j = tx; j < cols; j += kTileCols) {
        const std::int64_t x = own_x - before_x + j;
        const float* const at = row + clamped(x, p.luma.cols);
        const Pixel<float> yuv = yuv_of_rgb(p.k, at[0], at[area], at[2 * area]);
        cb_span[ty][j] = yuv.b;
        cr_span[ty][j] = yuv.c;
        if (x >= own_x && x < end_x && y >= own_y && y < end_y) {
          p.luma.data[y * p.luma.stride + x] = static_cast<S>(quantized(yuv.a, p.k.max_sample));
        }
      }
    }
    VCISR_SYNC_THREADS();
    if (first + ty < rows) {
      const int left = before_x + (tx << p.x.shift) + p.x.first;
      float cb_sum = 0;
      float cr_sum = 0;
      for (int j = 0; j < p.x.count; ++j) {
        cb_sum += p.x.weight[j] * cb_span[ty][left + j];
        cr_sum += p.x.weight[j] * cr_span[ty][left + j];
      }
      cb_sums[first + ty][tx] = cb_sum;
      cr_sums[first + ty][tx] = cr_sum;
    }
    VCISR_SYNC_THREADS();
  }
  const std::int64_t x = origin.col + tx;
  const std::int64_t y = origin.row + ty;
  if (x >= p.cb.cols || y >= p.cb.rows) return;
  const int top = before_y + (ty << p.y.shift) + p.y.first;
  float cb_sum = 0;
  float cr_sum = 0;
  for (int i = 0; i < p.y.count; ++i) {
    cb_sum += p.y.weight[i] * cb_sums[top + i][tx];
    cr_sum += p.y.weight[i] * cr_sums[top + i][tx];
  }
  p.cb.data[y * p.cb.stride + x] =
      static_cast<S>(quantized(cb_sum + p.k.chroma_offset, p.k.max_sample));
  p.cr.data[y * p.cr.stride + x] =
      static_cast<S>(quantized(cr_sum + p.k.chroma_offset, p.k.max_sample));
}

/// Gray (planes[0] thrice) or R, G, B: no neighbours. The grid's y is the channel.
template <class S>
struct PlanesAndRgb {
  ColorCoefficients<float> k;
  DevicePlane<S> planes[3];
  int plane_count;
};

template <class S>
VCISR_KERNEL void planes_to_rgb_kernel(PlanesAndRgb<const S> p, float* rgb) {
  const int channel = static_cast<int>(VCISR_BLOCK_INDEX.y);
  const DevicePlane<const S> plane = p.planes[p.plane_count == 1 ? 0 : channel];
  const TileOrigin origin = tile_origin(VCISR_BLOCK_INDEX.x, plane.cols);
  const std::int64_t x = origin.col + VCISR_THREAD_INDEX.x;
  const std::int64_t y = origin.row + VCISR_THREAD_INDEX.y;
  if (x >= plane.cols || y >= plane.rows) return;
  const float sample = static_cast<float>(plane.data[y * plane.stride + x]);
  rgb[(channel * plane.rows + y) * plane.cols + x] = (sample - p.k.luma_offset) * p.k.luma_to_unit;
}

template <class S>
VCISR_KERNEL void rgb_to_planes_kernel(PlanesAndRgb<S> p, const float* rgb) {
  const int channel = static_cast<int>(VCISR_BLOCK_INDEX.y);
  const DevicePlane<S> plane = p.planes[channel];
  const TileOrigin origin = tile_origin(VCISR_BLOCK_INDEX.x, plane.cols);
  const std::int64_t x = origin.col + VCISR_THREAD_INDEX.x;
  const std::int64_t y = origin.row + VCISR_THREAD_INDEX.y;
  if (x >= plane.cols || y >= plane.rows) return;
  const std::int64_t area = plane.rows * plane.cols;
  const float* const at = rgb + y * plane.cols + x;
  const float sample = p.plane_count == 1 ? yuv_of_rgb(p.k, at[0], at[area], at[2 * area]).a
                                          : at[channel * area] * p.k.unit_to_luma + p.k.luma_offset;
  plane.data[y * plane.stride + x] = static_cast<S>(quantized(sample, p.k.max_sample));
}

/// samples [rows, stride] of cols * channels, beside planar [channels, rows, cols].
template <class S>
struct Interleaved {
  S* samples;
  std::int64_t rows, cols, stride;
  int channels;
  float most;
};

template <class S>
VCISR_KERNEL void interleaved_to_float_kernel(Interleaved<const S> p, float* planar) {
  const TileOrigin origin = tile_origin(VCISR_BLOCK_INDEX.x, p.cols);
  const std::int64_t x = origin.col + VCISR_THREAD_INDEX.x;
  const std::int64_t y = origin.row + VCISR_THREAD_INDEX.y;
  if (x >= p.cols || y >= p.rows) return;
  const float scale = 1.0f / p.most;
  const S* const at = p.samples + y * p.stride + x * p.channels;
  for (int c = 0; c < p.channels; ++c) {
    planar[(c * p.rows + y) * p.cols + x] = static_cast<float>(at[c]) * scale;
  }
}

template <class S>
VCISR_KERNEL void float_to_interleaved_kernel(const float* planar, Interleaved<S> p) {
  const TileOrigin origin = tile_origin(VCISR_BLOCK_INDEX.x, p.cols);
  const std::int64_t x = origin.col + VCISR_THREAD_INDEX.x;
  const std::int64_t y = origin.row + VCISR_THREAD_INDEX.y;
  if (x >= p.cols || y >= p.rows) return;
  S* const at = p.samples + y * p.stride + x * p.channels;
  for (int c = 0; c < p.channels; ++c) {
    at[c] = static_cast<S>(quantized(planar[(c * p.rows + y) * p.cols + x] * p.most, p.most));
  }
}

}  // namespace vcisr::ops::detail
