// SPDX-License-Identifier: Apache-2.0
// What NIQE and BRISQUE share: checks, luma, half size.
#pragma once

#include <cstdint>

#include <torch/types.h>

#include "metrics/luma_plane.h"

namespace vcisr::metrics {

/// Errors  c10::Error, one sentence with the metric's name: not float32 [3, H, W] on the CPU, a
///         side below smallest_px, samples that are no numbers from 0 to 1.
void check_scene(const torch::Tensor& rgb, const char* metric, std::int64_t smallest_px);

/// Errors  c10::Error if all samples are equal.
void check_not_flat(const LumaPlane& luma, const char* metric);

/// 255 (.299 R + .587 G + .114 B) of the first height x width pixels, in float32 without fused
/// operations, rounded half to even: each decides about ties.
[[nodiscard]] LumaPlane rounded_full_range_luma(const torch::Tensor& rgb, std::int64_t height,
                                                std::int64_t width);

/// 16 + 65.481 R + 128.553 G + 24.966 B with BasicSR's roundings, then rounded half to even.
[[nodiscard]] LumaPlane rounded_basicsr_luma(const torch::Tensor& rgb, std::int64_t height,
                                             std::int64_t width);

/// MATLAB's imresize(plane / divisor, 0.5), bicubic with antialiasing: edges repeated, odd sizes
/// rounded up, float32 samples, columns filtered before rows.
[[nodiscard]] LumaPlane halved(const LumaPlane& plane, double divisor);

}  // namespace vcisr::metrics
