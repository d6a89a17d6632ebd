// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/types.h>

#include "vcisr/metrics/comparison.h"

namespace vcisr::metrics {

/// Peak signal-to-noise ratio of two 8-bit pictures, as BasicSR's calculate_psnr has it: one mean
/// squared error over all compared samples, peak 255.
///
/// Shape    restored, hq: uint8 [3, H, W], RGB, equal sizes, any device.
/// Units    decibels; identical pictures give infinity.
/// Border   options.crop_border_px pixels of each side do not count.
/// Threads  safe from any thread.
/// Errors   c10::Error for other types or shapes, different sizes, a border that leaves nothing.
[[nodiscard]] double psnr_db(const torch::Tensor& restored, const torch::Tensor& hq,
                             const ComparisonOptions& options = {});

/// A sum of squared differences and how many there are: what protocols pool over planes, frames or
/// patches.
struct SquaredError {
  double sum = 0;  ///< Of integers exact up to 2^53.
  std::int64_t count = 0;

  /// NaN where nothing was counted.
  [[nodiscard]] double mse() const { return sum / static_cast<double>(count); }
  SquaredError& operator+=(const SquaredError& other) {
    sum += other.sum;
    count += other.count;
    return *this;
  }
};

/// The squared differences of two planes, pictures or frames.
///
/// Shape    a, b: [..., H, W], equal shapes, not empty; both uint8, both uint16 (summed in 64-bit
///          integers) or both of one floating-point type (summed in double). Any device; on the CPU
///          nothing is copied where samples of a row lie side by side.
/// Threads  safe from any thread; one is used.
/// Errors   c10::Error in one sentence for other tensors, and for NaN or infinity in one.
[[nodiscard]] SquaredError squared_error(const torch::Tensor& a, const torch::Tensor& b);

/// squared_error(a, b).mse().
[[nodiscard]] double mean_squared_error(const torch::Tensor& a, const torch::Tensor& b);

/// 10 log10(peak^2 / mse): infinity for an mse of 0.
[[nodiscard]] double psnr_of_mse_db(double mean_squared_error, double peak = 255.0);

/// pyiqa's: 10 log10(1 / (mse / peak^2 + 1e-8)). Identical pictures give 80 dB.
[[nodiscard]] double psnr_pyiqa_db(double mean_squared_error, double peak = 255.0);

/// The three planes' decibels as codec papers weigh them: (6 Y + U + V) / 8.
[[nodiscard]] constexpr double psnr_yuv_611_db(double y_db, double u_db, double v_db) {
  return (6.0 * y_db + u_db + v_db) / 8.0;
}

}  // namespace vcisr::metrics
