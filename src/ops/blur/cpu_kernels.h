// SPDX-License-Identifier: Apache-2.0
// The inner loop of ops::filter2d, compiled once per instruction set and chosen at run time.
// No torch.
#pragma once

#include <cstdint>

namespace vcisr::ops::detail {

/// Output rows that share each load of the image.
inline constexpr std::int64_t kBlurRows = 4;

/// What rows are padded to, so that whole vectors can be read at the end of each.
inline constexpr std::int64_t kBlurPadding = 16;

/// kBlurRows neighbouring output rows of one plane.
struct BlurGroup {
  /// kBlurRows + kernel_height - 1 rows, each readable for width, rounded up to kBlurPadding, and
  /// kernel_width - 1 more. What lies beyond width + kernel_width - 1 is read and dropped.
  const float* const* rows;
  const float* weights;  ///< [kernel_height][kernel_width]
  std::int64_t kernel_height, kernel_width, width;
  float* out[kBlurRows];  ///< [width] each; null where a row is not wanted.
};

using BlurKernel = void (*)(const BlurGroup& group);

/// The kernel of active_instruction_set(). Each sum is taken row by row, left to right, whatever
/// the position of the pixel.
[[nodiscard]] BlurKernel blur_kernel();

}  // namespace vcisr::ops::detail
