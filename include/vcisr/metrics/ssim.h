// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/types.h>

#include "vcisr/metrics/comparison.h"

namespace vcisr::metrics {

/// The sides of SSIM's windows: the smallest pictures that have an SSIM.
inline constexpr std::int64_t kSsimWindowPx = 11;
inline constexpr std::int64_t kUniformSsimWindowPx = 7;

/// What becomes of a window in which the pictures go against each other.
enum class SsimTerms {
  kSigned,  ///< It counts below zero: BasicSR, scikit-image.
  kClamped  ///< Its contrast-structure term counts as 0: pyiqa.
};

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
/// Shape    a, b: [H, W], at least kSsimWindowPx high and wide; both uint8, both uint16 or both of
///          one floating-point type, any device. On the CPU nothing is copied where samples of a
///          row lie side by side. `peak` is the largest value that a sample can have.
/// Units    float32 within a window, double over the picture, except for float64 planes (double
///          throughout). A picture's mean lies within 1e-6 of gaussian_ssim_in_double()'s.
/// Threads  safe from any thread; one is used.
/// Errors   c10::Error in one sentence for other tensors, and for NaN or infinity in one.
[[nodiscard]] double gaussian_ssim(const torch::Tensor& a, const torch::Tensor& b,
                                   double peak = 255.0, SsimTerms terms = SsimTerms::kSigned);

/// The definition in double precision, ten times slower: what the other is tested against.
[[nodiscard]] double gaussian_ssim_in_double(const torch::Tensor& a, const torch::Tensor& b,
                                             double peak = 255.0,
                                             SsimTerms terms = SsimTerms::kSigned);

/// SSIM as scikit-image's structural_similarity has it by default: 7x7 mean, sample covariance
/// (N / (N - 1), N = 49), the mean over windows that lie inside the picture.
///
/// As above, except: Shape at least kUniformSsimWindowPx high and wide; Units: sums of uint8 and
/// uint16 are exact.
[[nodiscard]] double uniform_ssim(const torch::Tensor& a, const torch::Tensor& b,
                                  double peak = 255.0);

}  // namespace vcisr::metrics
