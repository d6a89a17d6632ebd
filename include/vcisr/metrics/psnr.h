// SPDX-License-Identifier: Apache-2.0
#pragma once

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

/// The two halves of the above, for conventions that pool over frames or planes.
///
/// Shape   a, b: equal shapes, not empty; both uint8 (summed in integers) or both floating point
///         (summed in double).
/// Errors  c10::Error for other tensors.
[[nodiscard]] double mean_squared_error(const torch::Tensor& a, const torch::Tensor& b);
[[nodiscard]] double psnr_of_mse_db(double mean_squared_error, double peak = 255.0);

}  // namespace vcisr::metrics
