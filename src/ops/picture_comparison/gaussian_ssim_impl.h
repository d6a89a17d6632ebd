// SPDX-License-Identifier: Apache-2.0
// Part of cpu_kernels_impl.h.
//
// With s = a + b and d = a - b the terms of SSIM are 1 - l and 1 - c, where
//   l = E[d]^2 / ((E[s]^2 + E[d]^2) / 2 + C1),  c = var d / ((var s + var d) / 2 + C2).
// l and c are summed: for pictures that are alike they are small, and so is what float32 rounds
// away. s is taken less the peak (variances do not mind), which halves what cancels in var s.
//
// A plane is filtered in strips of columns. Of a strip the latest rows of s and d stay in the
// first-level cache; two rows of windows are filtered down at a time, then along.
#pragma once

#include "ops/picture_comparison/cpu_kernels.h"
#include "ops/vector_types.h"

namespace vcisr::ops::detail {
namespace {

using std::int64_t;

constexpr int64_t kStripColumns = 128;                  // Of windows.
constexpr int64_t kLoadedColumns = kStripColumns + 16;  // Whole vectors, at least ten more.
constexpr int64_t kRingRows = 16;
constexpr int kWindowRows = 2;
static_assert(kLoadedColumns >= kStripColumns + kGaussianTaps - 1);
static_assert(kRingRows >= kGaussianTaps - 1 + kWindowRows);

struct alignas(64) LoadedRow {
  float sum[kLoadedColumns];
  float difference[kLoadedColumns];
};

/// Rows of windows after the vertical filter: means, and means of squares.
struct alignas(64) FilteredRow {
  float sum[kLoadedColumns];
  float difference[kLoadedColumns];
  float sum_square[kLoadedColumns];
  float difference_square[kLoadedColumns];
};

struct GaussianStrip {
  LoadedRow ring[kRingRows];
  FilteredRow filtered[kWindowRows];
};

template <class T>
inline void load_strip_row(const T* __restrict a, const T* __restrict b, int64_t columns,
                           float half_peak, LoadedRow& row) {
  float* __restrict sum = row.sum;
  float* __restrict difference = row.difference;
  for (int64_t x = 0; x < columns; ++x) {
    const float left = static_cast<float>(a[x]) - half_peak;
    const float right = static_cast<float>(b[x]) - half_peak;
    sum[x] = left + right;
    difference[x] = left - right;
  }
}

/// The windows that begin at rows first .. first + kWindowRows - 1 of the plane.
inline void filter_down(GaussianStrip& strip, int64_t first, const float* taps) {
  constexpr int kRows = kGaussianTaps - 1 + kWindowRows;
  constexpr int kRadius = kGaussianTaps / 2;
  const LoadedRow* rows[kRows];
  for (int i = 0; i < kRows; ++i) rows[i] = &strip.ring[(first + i) % kRingRows];
  for (int64_t x = 0; x < kLoadedColumns; x += kLanes<float>) {
    Vector<float> sum[kWindowRows] = {}, sum_square[kWindowRows] = {};
    Vector<float> difference[kWindowRows] = {}, difference_square[kWindowRows] = {};
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const Vector<float> s = load<float>(rows[i]->sum + x);
      const Vector<float> d = load<float>(rows[i]->difference + x);
      const Vector<float> ss = s * s;
      const Vector<float> dd = d * d;
#pragma GCC unroll 4
      for (int r = 0; r < kWindowRows; ++r) {
        const int tap = i - r;
        if (tap < 0 || tap >= kGaussianTaps) continue;
        const float weight = taps[tap < kRadius ? kRadius - tap : tap - kRadius];
        sum[r] += s * weight;
        difference[r] += d * weight;
        sum_square[r] += ss * weight;
        difference_square[r] += dd * weight;
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < kWindowRows; ++r) {
      store<float>(strip.filtered[r].sum + x, sum[r]);
      store<float>(strip.filtered[r].difference + x, difference[r]);
      store<float>(strip.filtered[r].sum_square + x, sum_square[r]);
      store<float>(strip.filtered[r].difference_square + x, difference_square[r]);
    }
  }
}

inline Vector<float> filter_along(const float* row, const float* taps) {
  constexpr int kRadius = kGaussianTaps / 2;
  Vector<float> result = load<float>(row + kRadius) * taps[0];
#pragma GCC unroll 8
  for (int i = 1; i <= kRadius; ++i) {
    result += (load<float>(row + kRadius - i) + load<float>(row + kRadius + i)) * taps[i];
  }
  return result;
}

/// One row of `columns` windows.
template <bool kIsContrastClamped>
inline void add_losses(const FilteredRow& row, int64_t columns, const GaussianSsimParams& params,
                       SsimLosses& losses) {
  const auto peak = static_cast<float>(params.peak);
  const auto c1 = static_cast<float>(0.0001 * params.peak * params.peak);
  const auto c2 = static_cast<float>(0.0009 * params.peak * params.peak);
  Vector<float> ssim_sum = {};
  Vector<float> contrast_sum = {};
  Vector<float> column = {};
  for (int64_t i = 0; i < kLanes<float>; ++i) column[i] = static_cast<float>(i);
  for (int64_t x = 0; x < columns; x += kLanes<float>) {
    const Vector<float> s = filter_along(row.sum + x, params.taps);
    const Vector<float> d = filter_along(row.difference + x, params.taps);
    const Vector<float> ss = filter_along(row.sum_square + x, params.taps);
    const Vector<float> dd = filter_along(row.difference_square + x, params.taps);
    const Vector<float> mean_sum = s + peak;
    const Vector<float> variance_d = dd - d * d;
    const Vector<float> variance_s = ss - s * s;
    const Vector<float> luminance = d * d / ((mean_sum * mean_sum + d * d) * 0.5f + c1);
    Vector<float> contrast = variance_d / ((variance_s + variance_d) * 0.5f + c2);
    // NaN stays NaN.
    if (kIsContrastClamped) contrast = contrast > 1.0f ? Vector<float>{} + 1.0f : contrast;
    const Vector<float> loss = luminance + contrast - luminance * contrast;
    const auto is_window = column < static_cast<float>(columns - x);
    ssim_sum += is_window ? loss : Vector<float>{};
    contrast_sum += is_window ? contrast : Vector<float>{};
  }
  losses.ssim += static_cast<double>(sum_of_lanes<float>(ssim_sum));
  losses.contrast_structure += static_cast<double>(sum_of_lanes<float>(contrast_sum));
}

template <class T>
SsimLosses gaussian_losses(const PlanePair<T>& planes, const GaussianSsimParams& params) {
  const auto half_peak = static_cast<float>(params.peak / 2.0);
  const int64_t columns = planes.width - (kGaussianTaps - 1);
  const int64_t rows = planes.height - (kGaussianTaps - 1);
  GaussianStrip strip = {};
  SsimLosses losses;
  for (int64_t left = 0; left < columns; left += kStripColumns) {
    const int64_t windows = columns - left < kStripColumns ? columns - left : kStripColumns;
    int64_t loaded = 0;
    for (int64_t top = 0; top < rows; top += kWindowRows) {
      const int64_t bottom = top + kGaussianTaps - 1 + kWindowRows;
      for (; loaded < bottom && loaded < planes.height; ++loaded) {
        load_strip_row(planes.a + loaded * planes.a_pitch + left,
                       planes.b + loaded * planes.b_pitch + left, windows + kGaussianTaps - 1,
                       half_peak, strip.ring[loaded % kRingRows]);
      }
      filter_down(strip, top, params.taps);
      for (int r = 0; r < kWindowRows && top + r < rows; ++r) {
        if (params.is_contrast_clamped) {
          add_losses<true>(strip.filtered[r], windows, params, losses);
        } else {
          add_losses<false>(strip.filtered[r], windows, params, losses);
        }
      }
    }
  }
  return losses;
}

}  // namespace
}  // namespace vcisr::ops::detail
