// SPDX-License-Identifier: Apache-2.0
// The loops behind RowKernels, included by one source per instruction set. Everything here has
// internal linkage, so that no object's code can stand in for another's; the compiler vectorises.
#pragma once

#include "ops/row_kernels/row_kernels.h"
#include "ops/transpose_4x4.h"
#include "ops/vector_types.h"

namespace vcisr::ops::detail {
namespace {

using Coefficients = ColorCoefficients<float>;
using std::int64_t;

inline int to_sample(float x, float most) {  // quantized(), where the loops inline it for sure.
  const float shifted = x + 0.5f;
  const float floored = shifted > 0.0f ? shifted : 0.0f;
  return static_cast<int>(floored < most ? floored : most);
}

template <int kTaps, class S>
void sum_of(const S* const* rows, const float* weights, int64_t n, float* __restrict out) {
  const S* r[kTaps];
  float w[kTaps];
  for (int k = 0; k < kTaps; ++k) {
    r[k] = rows[k];
    w[k] = weights[k];
  }
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    float sum = w[0] * static_cast<float>(r[0][i]);
#pragma GCC unroll 8
    for (int k = 1; k < kTaps; ++k) sum += w[k] * static_cast<float>(r[k][i]);
    out[i] = sum;
  }
}

// out += the sum of up to kTaps more rows, in the same order as one long sum.
template <int kTaps, class S>
void add_to(const S* const* rows, const float* weights, int64_t n, float* __restrict out) {
  const S* r[kTaps];
  float w[kTaps];
  for (int k = 0; k < kTaps; ++k) {
    r[k] = rows[k];
    w[k] = weights[k];
  }
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    float sum = out[i];
#pragma GCC unroll 8
    for (int k = 0; k < kTaps; ++k) sum += w[k] * static_cast<float>(r[k][i]);
    out[i] = sum;
  }
}

template <class S>
void weighted_sum_short(const S* const* rows, const float* weights, int taps, int64_t n,
                        float* out) {
  switch (taps) {
    case 1:
      return sum_of<1>(rows, weights, n, out);
    case 2:
      return sum_of<2>(rows, weights, n, out);
    case 3:
      return sum_of<3>(rows, weights, n, out);
    case 4:
      return sum_of<4>(rows, weights, n, out);
    case 5:
      return sum_of<5>(rows, weights, n, out);
    case 6:
      return sum_of<6>(rows, weights, n, out);
    case 7:
      return sum_of<7>(rows, weights, n, out);
    default:
      return sum_of<8>(rows, weights, n, out);
  }
}

template <class S>
void weighted_sum(const S* const* rows, const float* weights, int taps, int64_t n, float* out) {
  if (taps == 0) {  // A transposed resampling may leave an input sample unused.
    for (int64_t i = 0; i < n; ++i) out[i] = 0;
    return;
  }
  weighted_sum_short(rows, weights, taps < 8 ? taps : 8, n, out);
  int k = 8;
  for (; k + 4 <= taps; k += 4) add_to<4>(rows + k, weights + k, n, out);
  for (; k < taps; ++k) add_to<1>(rows + k, weights + k, n, out);
}

void interpolate2(const float* __restrict even, const float* even_weights,
                  const float* __restrict odd, const float* odd_weights, int64_t pairs,
                  float* __restrict out) {
  const float a0 = even_weights[0], a1 = even_weights[1], a2 = even_weights[2],
              a3 = even_weights[3];
  const float b0 = odd_weights[0], b1 = odd_weights[1], b2 = odd_weights[2], b3 = odd_weights[3];
#pragma GCC ivdep
  for (int64_t i = 0; i < pairs; ++i) {
    const float x = a0 * even[i] + a1 * even[i + 1] + a2 * even[i + 2] + a3 * even[i + 3];
    const float y = b0 * odd[i] + b1 * odd[i + 1] + b2 * odd[i + 2] + b3 * odd[i + 3];
    out[2 * i] = x;
    out[2 * i + 1] = y;
  }
}

void deinterleave2(const float* __restrict in, int64_t n, float* __restrict even,
                   float* __restrict odd) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    even[i] = in[2 * i];
    odd[i] = in[2 * i + 1];
  }
}

void deinterleave(const float* __restrict in, int count, int64_t n, float* const* out) {
  if (count == 2) return deinterleave2(in, n, out[0], out[1]);
  for (int j = 0; j < count; ++j) {
    float* __restrict target = out[j];
    for (int64_t i = 0; i < n; ++i) target[i] = in[count * i + j];
  }
}

template <int kCount>
void interleave_of(const float* const* in, int64_t n, float* __restrict out) {
  const float* r[kCount];
  for (int j = 0; j < kCount; ++j) r[j] = in[j];
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
#pragma GCC unroll 8
    for (int j = 0; j < kCount; ++j) out[kCount * i + j] = r[j][i];
  }
}

void interleave(const float* const* in, int count, int64_t n, float* __restrict out) {
  if (count == 2) return interleave_of<2>(in, n, out);
  if (count == 3) return interleave_of<3>(in, n, out);
  if (count == 4) return interleave_of<4>(in, n, out);
  for (int64_t i = 0; i < n; ++i) {
    for (int j = 0; j < count; ++j) out[count * i + j] = in[j][i];
  }
}

void tap_sums_16(const float* __restrict in, const std::int32_t* first, const int64_t* begin,
                 const float* weights, int64_t n, float* __restrict out) {
  constexpr int64_t kVectors = 16 / kLanes<float>;
  for (int64_t i = 0; i < n; ++i) {
    const float* source = in + 16 * static_cast<int64_t>(first[i]);
    Vector<float> sum[kVectors] = {};
    for (int64_t k = begin[i]; k < begin[i + 1]; ++k, source += 16) {
#pragma GCC unroll 4
      for (int64_t v = 0; v < kVectors; ++v) {
        sum[v] += load<float>(source + v * kLanes<float>) * weights[k];
      }
    }
#pragma GCC unroll 4
    for (int64_t v = 0; v < kVectors; ++v) {
      store<float>(out + 16 * i + v * kLanes<float>, sum[v]);
    }
  }
}

template <class S>
void yuv_to_rgb(const Coefficients& coefficients, const S* __restrict y, const float* __restrict cb,
                const float* __restrict cr, int64_t n, float* __restrict r, float* __restrict g,
                float* __restrict b) {
  const Coefficients k = coefficients;
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    const float luma = (static_cast<float>(y[i]) - k.luma_offset) * k.luma_to_unit;
    const float u = cb[i] - k.chroma_offset;
    const float v = cr[i] - k.chroma_offset;
    r[i] = luma + k.red_cr * v;
    g[i] = luma - k.green_cb * u - k.green_cr * v;
    b[i] = luma + k.blue_cb * u;
  }
}

template <class S>
void rgb_to_yuv(const Coefficients& coefficients, const float* __restrict r,
                const float* __restrict g, const float* __restrict b, int64_t n, S* __restrict y,
                float* __restrict cb, float* __restrict cr) {
  const Coefficients k = coefficients;
  if (cb == nullptr) {
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) {
      const float luma = k.kr * r[i] + k.kg * g[i] + k.kb * b[i];
      y[i] = static_cast<S>(to_sample(luma * k.unit_to_luma + k.luma_offset, k.max_sample));
    }
    return;
  }
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    const float luma = k.kr * r[i] + k.kg * g[i] + k.kb * b[i];
    y[i] = static_cast<S>(to_sample(luma * k.unit_to_luma + k.luma_offset, k.max_sample));
    cb[i] = (b[i] - luma) * k.blue_to_cb;
    cr[i] = (r[i] - luma) * k.red_to_cr;
  }
}

template <class S>
void samples_to_float(const S* __restrict in, float offset, float scale, int64_t n,
                      float* __restrict out) {
  for (int64_t i = 0; i < n; ++i) out[i] = (static_cast<float>(in[i]) - offset) * scale;
}

template <class S>
void quantize(const float* __restrict in, float scale, float offset, float most, int64_t n,
              S* __restrict out) {
  for (int64_t i = 0; i < n; ++i) out[i] = static_cast<S>(to_sample(in[i] * scale + offset, most));
}

template <int kChannels, class S>
void split_of(const S* __restrict in, float scale, int64_t n, float* const* planes) {
  float* p[kChannels];
  for (int c = 0; c < kChannels; ++c) p[c] = planes[c];
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
#pragma GCC unroll 4
    for (int c = 0; c < kChannels; ++c) {
      p[c][i] = static_cast<float>(in[kChannels * i + c]) * scale;
    }
  }
}

template <int kChannels, class S>
void merge_of(const float* const* planes, float most, int64_t n, S* __restrict out) {
  const float* p[kChannels];
  for (int c = 0; c < kChannels; ++c) p[c] = planes[c];
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
#pragma GCC unroll 4
    for (int c = 0; c < kChannels; ++c) {
      out[kChannels * i + c] = static_cast<S>(to_sample(p[c][i] * most, most));
    }
  }
}

template <class S>
void split(const S* in, int channels, float scale, int64_t n, float* const* planes) {
  if (channels == 1) return split_of<1>(in, scale, n, planes);
  if (channels == 2) return split_of<2>(in, scale, n, planes);
  if (channels == 3) return split_of<3>(in, scale, n, planes);
  return split_of<4>(in, scale, n, planes);
}

template <class S>
void merge(const float* const* planes, int channels, float most, int64_t n, S* out) {
  if (channels == 1) return merge_of<1>(planes, most, n, out);
  if (channels == 2) return merge_of<2>(planes, most, n, out);
  if (channels == 3) return merge_of<3>(planes, most, n, out);
  return merge_of<4>(planes, most, n, out);
}

}  // namespace

extern const RowKernels VCISR_ROW_KERNELS;
const RowKernels VCISR_ROW_KERNELS = {
    weighted_sum<float>,
    weighted_sum<std::uint8_t>,
    weighted_sum<std::uint16_t>,
    interpolate2,
    deinterleave,
    interleave,
    columns_of_16,
    rows_of_16,
    tap_sums_16,
    yuv_to_rgb<std::uint8_t>,
    yuv_to_rgb<std::uint16_t>,
    rgb_to_yuv<std::uint8_t>,
    rgb_to_yuv<std::uint16_t>,
    samples_to_float<std::uint8_t>,
    samples_to_float<std::uint16_t>,
    quantize<std::uint8_t>,
    quantize<std::uint16_t>,
    split<std::uint8_t>,
    split<std::uint16_t>,
    merge<std::uint8_t>,
    merge<std::uint16_t>,
};

}  // namespace vcisr::ops::detail
