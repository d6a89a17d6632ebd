// SPDX-License-Identifier: Apache-2.0
// PlanarFormat in the numbers that the CPU and CUDA code work with.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/color/color_math.h"
#include "vcisr/ops/color.h"

namespace vcisr::ops::detail {

/// Luma weights and ranges of a format, for gray, YUV or RGB planes (of which only the luma members
/// mean anything).
[[nodiscard]] ColorCoefficients<double> color_coefficients(const PlanarFormat& format);
[[nodiscard]] ColorCoefficients<float> to_float(const ColorCoefficients<double>& k);

struct Tap {
  std::int64_t offset;
  double weight;
};

/// Sums of weighted neighbours along one axis, for sample `i` relative to a base that the owner of
/// the taps defines. Zero weights are left out; weights sum to 1.
using Taps = std::vector<Tap>;

/// Distance of chroma sample 0 from luma sample 0, in luma samples.
[[nodiscard]] double chroma_offset_x(ChromaSiting siting, int shift);
[[nodiscard]] double chroma_offset_y(ChromaSiting siting, int shift);

/// Chroma at luma position 2^shift * i + phase, one Taps per phase; offsets count from chroma
/// sample i. Catmull-Rom.
[[nodiscard]] std::vector<Taps> chroma_up_taps(double offset, int shift);

/// Chroma sample i from full-size chroma; offsets count from luma sample 2^shift * i. The
/// least-squares inverse of chroma_up_taps, cut to 13 or 14 taps for shift 1.
[[nodiscard]] Taps chroma_down_taps(double offset, int shift);

/// Size of a chroma axis.
[[nodiscard]] inline std::int64_t chroma_size(std::int64_t luma_size, int shift) {
  return (luma_size + (std::int64_t{1} << shift) - 1) >> shift;
}

}  // namespace vcisr::ops::detail
