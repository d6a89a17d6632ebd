// SPDX-License-Identifier: Apache-2.0
// The loops of ops/picture_comparison.h, compiled once per instruction set and chosen at run time.
// No torch.
#pragma once

#include <cstdint>

namespace vcisr::ops::detail {

inline constexpr std::int64_t kGaussianTaps = 11;
inline constexpr std::int64_t kUniformTaps = 7;
/// FFmpeg's SSIM sums blocks of four by four, and windows of two by two blocks.
inline constexpr std::int64_t kBlockPx = 4;

/// Two planes of one size; rows are `pitch` samples apart.
template <class T>
struct PlanePair {
  const T* a;
  const T* b;
  std::int64_t a_pitch, b_pitch;
  std::int64_t width, height;
};

struct GaussianSsimParams {
  double peak;
  bool is_contrast_clamped;           ///< At 0.
  float taps[kGaussianTaps / 2 + 1];  ///< Half of the window, the centre first; sum exactly 1.
};

/// Sums of 1 - value over all windows: what is small is summed, so that little is rounded away.
struct SsimLosses {
  double ssim = 0;
  double contrast_structure = 0;
};

/// One kernel for each type of sample. Results do not depend on pitches.
struct ComparisonKernels {
  std::uint64_t (*squares_8)(const PlanePair<std::uint8_t>&);
  std::uint64_t (*squares_16)(const PlanePair<std::uint16_t>&);
  double (*squares_float)(const PlanePair<float>&);
  SsimLosses (*gaussian_8)(const PlanePair<std::uint8_t>&, const GaussianSsimParams&);
  SsimLosses (*gaussian_16)(const PlanePair<std::uint16_t>&, const GaussianSsimParams&);
  SsimLosses (*gaussian_float)(const PlanePair<float>&, const GaussianSsimParams&);
  double (*uniform_8)(const PlanePair<std::uint8_t>&, double peak);        ///< Sum of 1 - SSIM.
  double (*uniform_16)(const PlanePair<std::uint16_t>&, double peak);      ///< Sum of 1 - SSIM.
  double (*block_8)(const PlanePair<std::uint8_t>&, std::int64_t peak);    ///< Sum of SSIM.
  double (*block_16)(const PlanePair<std::uint16_t>&, std::int64_t peak);  ///< Sum of SSIM.
};

/// The kernels of active_instruction_set(). Sums of integers are the same in all; the others round
/// each in its own way.
[[nodiscard]] const ComparisonKernels& comparison_kernels();

}  // namespace vcisr::ops::detail
