// SPDX-License-Identifier: Apache-2.0
// Numbers of the JPEG model. No torch.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace vcisr::ops::detail {

inline constexpr std::int64_t kJpegBlock = 8;         ///< Side of what is transformed.
inline constexpr std::int64_t kJpegMacroblock = 16;   ///< Side of what one chroma block covers.
inline constexpr std::size_t kJpegCoefficients = 64;  ///< By rows: 8 u + v, u counting downwards.

/// Annex K's luma table, by rows. The model uses it transposed.
inline constexpr std::array<double, kJpegCoefficients> kAnnexKLuma = {
    16, 11, 10, 16, 24,  40,  51,  61,   //
    12, 12, 14, 19, 26,  58,  60,  55,   //
    14, 13, 16, 24, 40,  57,  69,  56,   //
    14, 17, 22, 29, 51,  87,  80,  62,   //
    18, 22, 37, 56, 68,  109, 103, 77,   //
    24, 35, 55, 64, 81,  104, 113, 92,   //
    49, 64, 78, 87, 103, 121, 120, 101,  //
    72, 92, 95, 98, 112, 100, 103, 99};

/// Quantiser steps of one quality.
struct JpegSteps {
  std::array<double, kJpegCoefficients> luma;
  std::array<double, kJpegCoefficients> chroma;
};

/// 1 <= quality < 100.
inline JpegSteps jpeg_steps(double quality) {
  constexpr std::array<double, 16> kChromaCorner = {17, 18, 24, 47, 18, 21, 26, 66,
                                                    24, 26, 56, 99, 47, 66, 99, 99};
  const double factor = (quality < 50 ? 5000 / quality : 200 - 2 * quality) / 100;
  JpegSteps steps{};
  for (std::size_t u = 0; u < 8; ++u) {
    for (std::size_t v = 0; v < 8; ++v) {
      steps.luma[8 * u + v] = factor * kAnnexKLuma[8 * v + u];
      steps.chroma[8 * u + v] = factor * (u < 4 && v < 4 ? kChromaCorner[4 * u + v] : 99);
    }
  }
  return steps;
}

}  // namespace vcisr::ops::detail
