// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

#include <torch/types.h>

namespace vcisr::metrics {

/// A picture's detail by scale and orientation, after Portilla and Simoncelli (2000).
struct SteerablePyramid {
  static constexpr std::size_t kLevels = 2;
  static constexpr std::size_t kOrientations = 6;

  torch::Tensor high_pass;                                                ///< [H, W]
  std::array<std::array<torch::Tensor, kOrientations>, kLevels> bands{};  ///< [H >> l, W >> l]
};

/// The real parts of the complex pyramid: filters of order kOrientations - 1, at multiples of 30
/// degrees. The low-pass is not made.
///
/// Shape   plane: float64 [H, W] on the CPU, H, W >= 32. Out: float64, contiguous; odd sizes round
///         up.
/// Border  the picture repeats itself.
[[nodiscard]] SteerablePyramid steerable_pyramid(const torch::Tensor& plane);

}  // namespace vcisr::metrics
