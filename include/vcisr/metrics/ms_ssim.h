// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/types.h>

#include "vcisr/metrics/ssim.h"

namespace vcisr::metrics {

/// The smallest side of a picture that has an MS-SSIM: its fifth scale must hold a window.
inline constexpr std::int64_t kMsSsimSmallestSidePx = 161;

/// Multi-scale structural similarity of two planes (Wang, Simoncelli and Bovik): contrast-structure
/// terms of gaussian_ssim() on five scales, halved by 2x2 means, and SSIM on the last, to the
/// powers .0448 .2856 .3001 .2363 .1333; a mean below 0 counts as 0. As pytorch_msssim (kSigned),
/// pyiqa (kClamped, on rounded full-range luma).
///
/// Shape    a, b: [H, W], at least kMsSsimSmallestSidePx high and wide; both uint8, both uint16 or
///          both of one floating-point type, any device.
/// Border   A side of odd length gets one zero on both ends before it is halved, and the zeros are
///          counted, as those programs do.
/// Units    float32 within a window, double over the picture; float64 planes in double throughout.
/// Threads  safe from any thread; one is used.
/// Errors   c10::Error in one sentence for other tensors, and for NaN or infinity in one.
[[nodiscard]] double ms_ssim(const torch::Tensor& a, const torch::Tensor& b, double peak = 255.0,
                             SsimTerms terms = SsimTerms::kSigned);

/// The mean of the channels' values.
///
/// Shape  a, b: [C, H, W]; all else as above.
[[nodiscard]] double ms_ssim_of_channels(const torch::Tensor& a, const torch::Tensor& b,
                                         double peak = 255.0, SsimTerms terms = SsimTerms::kSigned);

}  // namespace vcisr::metrics
