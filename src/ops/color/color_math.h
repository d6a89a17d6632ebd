// SPDX-License-Identifier: Apache-2.0
// One pixel between samples and float RGB: the only place of these formulas, for the CPU's row
// kernels, the CUDA kernels and the reference. No torch, no std.
#pragma once

#include "ops/device_macros.h"

namespace vcisr::ops::detail {

/// Samples to [0, 1] and back, for one format. Computed in double (color_params.cpp).
template <class T>
struct ColorCoefficients {
  T luma_offset, luma_to_unit;  ///< unit = (sample - offset) * to_unit.
  T chroma_offset;
  T red_cr, green_cb, green_cr, blue_cb;  ///< Chroma sample units to RGB.
  T kr, kg, kb;
  T unit_to_luma;
  T blue_to_cb, red_to_cr;  ///< (B - Y), (R - Y) to chroma sample units.
  T max_sample;
};

template <class T>
struct Pixel {
  T a, b, c;
};

/// y: luma sample; cb, cr: chroma samples less the offset.
template <class T>
VCISR_HOST_DEVICE inline Pixel<T> rgb_of_yuv(const ColorCoefficients<T>& k, T y, T cb, T cr) {
  const T luma = (y - k.luma_offset) * k.luma_to_unit;
  return {luma + k.red_cr * cr, luma - k.green_cb * cb - k.green_cr * cr, luma + k.blue_cb * cb};
}

/// a: luma sample, not rounded; b, c: chroma samples less the offset.
template <class T>
VCISR_HOST_DEVICE inline Pixel<T> yuv_of_rgb(const ColorCoefficients<T>& k, T r, T g, T b) {
  const T luma = k.kr * r + k.kg * g + k.kb * b;
  return {luma * k.unit_to_luma + k.luma_offset, (b - luma) * k.blue_to_cb,
          (r - luma) * k.red_to_cr};
}

/// Nearest sample, halves up; out of range and NaN go to the range's ends and 0.
template <class T>
VCISR_HOST_DEVICE inline int quantized(T x, T max_sample) {
  const T shifted = x + static_cast<T>(0.5);
  const T floored = shifted > 0 ? shifted : static_cast<T>(0);
  return static_cast<int>(floored < max_sample ? floored : max_sample);
}

}  // namespace vcisr::ops::detail
