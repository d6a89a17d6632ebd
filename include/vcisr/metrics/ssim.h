// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/types.h>

#include "vcisr/metrics/comparison.h"

namespace vcisr::metrics {

/// The side of SSIM's window: the smallest picture that has an SSIM.
inline constexpr std::int64_t kSsimWindowPx = 11;

/// Structural similarity of two 8-bit pictures, as BasicSR's calculate_ssim has it: 11x11 Gaussian
/// window of sigma 1.5, only where it lies inside the picture, double precision, the mean of the
/// channels. Not clamped: it may be negative.
///
/// Shape    restored, hq: uint8 [3, H, W], RGB, equal sizes, any device.
/// Border   options.crop_border_px pixels of each side are cut off first; what is left must be at
///          least kSsimWindowPx high and wide.
/// Threads  safe from any thread; one is used.
/// Errors   c10::Error for other types or shapes, different sizes, too small a picture (where
///          BasicSR gives NaN).
[[nodiscard]] double ssim(const torch::Tensor& restored, const torch::Tensor& hq,
                          const ComparisonOptions& options = {});

/// The same for one plane.
///
/// Shape   a, b: [H, W], both uint8 or both floating point; `peak` is the largest value.
[[nodiscard]] double gaussian_ssim(const torch::Tensor& a, const torch::Tensor& b,
                                   double peak = 255.0);

}  // namespace vcisr::metrics
