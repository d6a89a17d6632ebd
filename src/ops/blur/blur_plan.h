// SPDX-License-Identifier: Apache-2.0
// How a kernel is run on the CPU. No torch.
#pragma once

#include <cstdint>
#include <vector>

namespace vcisr::ops::detail {

/// Share of sum |kernel| that may be left out at the kernel's border.
inline constexpr double kBlurTrimmedShare = 1.0 / (1 << 30);
/// Share of sum |kernel| by which a kernel may differ from an outer product: what rounding its
/// values to float32 makes of one (up to three roundings of 2^-24 each), and little more.
inline constexpr double kBlurSeparableShare = 1.0 / (1 << 22);

/// Rows first, where `across` is not empty; then `weights`.
struct BlurPlan {
  std::vector<float> across;   ///< Taps along a row, odd in number, or none.
  std::vector<float> weights;  ///< [height][width], both odd; width is 1 after `across`.
  std::int64_t height = 1, width = 1;
};

/// The plan for a kernel [size][size], `size` odd.
[[nodiscard]] BlurPlan make_blur_plan(const std::vector<double>& kernel, std::int64_t size);

/// The plan for two lists of taps of odd length.
[[nodiscard]] BlurPlan make_blur_plan(const std::vector<double>& row_taps,
                                      const std::vector<double>& column_taps);

}  // namespace vcisr::ops::detail
