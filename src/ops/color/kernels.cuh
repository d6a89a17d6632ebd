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

/// Where a tile of chroma samples and the luma under it lie.
struct ChromaTile {
  std::int64_t own_x, own_y;  ///< First luma sample under the tile, and past the last.
  std::int64_t end_x, end_y;
  int before_x, before_y;  ///< Luma read to the left and above.
  int cols, rows;          ///< Luma read, all in all.
};

template <class S>
VCISR_HOST_DEVICE inline ChromaTile chroma_tile(const RgbToPlanar<S>& p, TileOrigin origin) {
  ChromaTile tile{};
  tile.own_x = origin.col << p.x.shift;
  tile.own_y = origin.row << p.y.shift;
  tile.end_x = at_most(p.luma.cols, tile.own_x + (kTileCols << p.x.shift));
  tile.end_y = at_most(p.luma.rows, tile.own_y + (kTileRows << p.y.shift));
  tile.before_x = p.x.first < 0 ? -p.x.first : 0;
  tile.before_y = p.y.first < 0 ? -p.y.first : 0;
  tile.cols = tile.before_x + span_of(p.x, kTileCols);
  tile.rows = tile.before_y + span_of(p.y, kTileRows);
  return tile;
}

/// Chroma of row `y` under the tile, by the threads `tx` of a warp; luma goes out where it is the
/// tile's own.
template <class S>
VCISR_HOST_DEVICE inline void convert_span(const RgbToPlanar<S>& p, const ChromaTile& tile,
                                           std::int64_t y, int tx, float* cb, float* cr) {
  const std::int64_t area = p.luma.rows * p.luma.cols;
  const float* const row = p.rgb + clamped(y, p.luma.rows) * p.luma.cols;
  const bool is_own_row = y >= tile.own_y && y < tile.end_y;
  for (int j = tx; j < tile.cols; j += kTileCols) {
    const std::int64_t x = tile.own_x - tile.before_x + j;
    const float* const at = row + clamped(x, p.luma.cols);
    const Pixel<float> yuv = yuv_of_rgb(p.k, at[0], at[area], at[2 * area]);
    cb[j] = yuv.b;
    cr[j] = yuv.c;
    if (is_own_row && x >= tile.own_x && x < tile.end_x) {
      p.luma.data[y * p.luma.stride + x] = static_cast<S>(quantized(yuv.a, p.k.max_sample));
    }
  }
}

VCISR_HOST_DEVICE inline float down_sum(const DownAxis& axis, const float* samples, int step) {
  float sum = 0;
  for (int i = 0; i < axis.count; ++i) sum += axis.weight[i] * samples[i * step];
  return sum;
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
  const ChromaTile tile = chroma_tile(p, origin);
  const int tx = static_cast<int>(VCISR_THREAD_INDEX.x);
  const int ty = static_cast<int>(VCISR_THREAD_INDEX.y);
  for (int first = 0; first < tile.rows; first += kTileRows) {
    const int row = first + ty;
    if (row < tile.rows) {
      convert_span(p, tile, tile.own_y - tile.before_y + row, tx, cb_span[ty], cr_span[ty]);
    }
    VCISR_SYNC_THREADS();
    if (row < tile.rows) {
      const int left = tile.before_x + (tx << p.x.shift) + p.x.first;
      cb_sums[row][tx] = down_sum(p.x, cb_span[ty] + left, 1);
      cr_sums[row][tx] = down_sum(p.x, cr_span[ty] + left, 1);
    }
    VCISR_SYNC_THREADS();
  }
  const std::int64_t x = origin.col + tx;
  const std::int64_t y = origin.row + ty;
  if (x >= p.cb.cols || y >= p.cb.rows) return;
  const int top = tile.before_y + (ty << p.y.shift) + p.y.first;
  const float cb = down_sum(p.y, &cb_sums[top][tx], kTileCols) + p.k.chroma_offset;
  const float cr = down_sum(p.y, &cr_sums[top][tx], kTileCols) + p.k.chroma_offset;
  p.cb.data[y * p.cb.stride + x] = static_cast<S>(quantized(cb, p.k.max_sample));
  p.cr.data[y * p.cr.stride + x] = static_cast<S>(quantized(cr, p.k.max_sample));
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
