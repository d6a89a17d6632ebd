// SPDX-License-Identifier: Apache-2.0
// Inner loops over rows of samples. They are compiled once per instruction set and chosen at run
// time; all of them give the same bits, because they round after each operation (no fused
// multiply-add) in an order that does not depend on the vector's length. No torch, no std.
#pragma once

#include <cstdint>

#include "ops/color/color_math.h"
#include "ops/instruction_set.h"

namespace vcisr::ops::detail {

/// Longest sum of interpolate2.
inline constexpr int kInterpolateTaps = 4;

/// Rows never overlap. n: number of output samples, unless told.
struct RowKernels {
  /// out[i] = sum over k of weights[k] * rows[k][i].
  void (*weighted_sum)(const float* const* rows, const float* weights, int taps, std::int64_t n,
                       float* out);
  void (*weighted_sum_u8)(const std::uint8_t* const* rows, const float* weights, int taps,
                          std::int64_t n, float* out);
  void (*weighted_sum_u16)(const std::uint16_t* const* rows, const float* weights, int taps,
                           std::int64_t n, float* out);

  /// out[2 i] = sum of even_weights[k] * even[i + k], out[2 i + 1] the same of odd, k < 4;
  /// i < pairs.
  void (*interpolate2)(const float* even, const float* even_weights, const float* odd,
                       const float* odd_weights, std::int64_t pairs, float* out);

  /// out[j][i] = in[count * i + j], and back; count <= 8.
  void (*deinterleave)(const float* in, int count, std::int64_t n, float* const* out);
  void (*interleave)(const float* const* in, int count, std::int64_t n, float* out);

  /// 16 rows side by side, out[16 i + j] = rows[j][i], and back for the first `count` of them.
  void (*columns_of_16)(const float* const* rows, std::int64_t n, float* out);
  void (*rows_of_16)(const float* in, std::int64_t n, std::int64_t count, float* const* rows);

  /// out[16 i + j] = sum over k of weights[k] * in[16 (first[i] + k) + j]: 16 rows side by side,
  /// taps consecutive, begin[i] .. begin[i + 1] - 1 the weights of sum i; i < n.
  void (*tap_sums_16)(const float* in, const std::int32_t* first, const std::int64_t* begin,
                      const float* weights, std::int64_t n, float* out);

  /// Luma samples and filtered chroma samples to R, G, B.
  void (*yuv_to_rgb_u8)(const ColorCoefficients<float>& k, const std::uint8_t* y, const float* cb,
                        const float* cr, std::int64_t n, float* r, float* g, float* b);
  void (*yuv_to_rgb_u16)(const ColorCoefficients<float>& k, const std::uint16_t* y, const float* cb,
                         const float* cr, std::int64_t n, float* r, float* g, float* b);

  /// The way back, chroma less its offset; cb and cr may be null together (gray).
  void (*rgb_to_yuv_u8)(const ColorCoefficients<float>& k, const float* r, const float* g,
                        const float* b, std::int64_t n, std::uint8_t* y, float* cb, float* cr);
  void (*rgb_to_yuv_u16)(const ColorCoefficients<float>& k, const float* r, const float* g,
                         const float* b, std::int64_t n, std::uint16_t* y, float* cb, float* cr);

  /// out = (in - offset) * scale.
  void (*to_float_u8)(const std::uint8_t* in, float offset, float scale, std::int64_t n,
                      float* out);
  void (*to_float_u16)(const std::uint16_t* in, float offset, float scale, std::int64_t n,
                       float* out);

  /// out = quantized(in * scale + offset, most).
  void (*quantize_u8)(const float* in, float scale, float offset, float most, std::int64_t n,
                      std::uint8_t* out);
  void (*quantize_u16)(const float* in, float scale, float offset, float most, std::int64_t n,
                       std::uint16_t* out);

  /// channels 1 .. 4: planes[c][i] = in[channels * i + c] * scale, and back by quantized().
  void (*split_u8)(const std::uint8_t* in, int channels, float scale, std::int64_t n,
                   float* const* planes);
  void (*split_u16)(const std::uint16_t* in, int channels, float scale, std::int64_t n,
                    float* const* planes);
  void (*merge_u8)(const float* const* planes, int channels, float most, std::int64_t n,
                   std::uint8_t* out);
  void (*merge_u16)(const float* const* planes, int channels, float most, std::int64_t n,
                    std::uint16_t* out);
};

/// The kernels of active_instruction_set().
[[nodiscard]] const RowKernels& row_kernels();

}  // namespace vcisr::ops::detail
