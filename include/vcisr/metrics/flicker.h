// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

namespace vcisr::metrics {

/// How much more or less than the reference a film changes from one frame to the next: the mean of
/// |(d - d_previous) - (r - r_previous)| over a plane, usually luma. A film that repeats the
/// reference's movement exactly has 0, whatever its other errors. No published program defines it.
///
/// Shape    four planes [H, W] of one size; all uint8, all uint16 or all of one floating-point
///          type, any device.
/// Units    8-bit steps: the mean times 255 / peak.
/// Threads  safe from any thread; one is used.
/// Errors   c10::Error in one sentence for other tensors, and for NaN or infinity in one.
[[nodiscard]] double flicker(const torch::Tensor& d_previous, const torch::Tensor& d,
                             const torch::Tensor& r_previous, const torch::Tensor& r,
                             double peak = 255.0);

}  // namespace vcisr::metrics
