// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/types.h>

namespace vcisr::ops {

// What picture metrics sum over a pair of planes, with CPU code per instruction set.
//
//   a, b     [H, W] on the CPU, one size and type. Samples of a row lie side by side, rows may be
//            any distance apart (planes of a decoder, crops): nothing is copied.
//   Threads  One; safe from any thread. At most a row's worth of scratch memory per thread is kept.
//   Errors   c10::Error naming the function: other tensors, too small a plane.

/// The sum of (a - b)^2 over two planes that are both uint8 or both uint16, exact.
[[nodiscard]] std::uint64_t sum_of_squared_differences(const torch::Tensor& a,
                                                       const torch::Tensor& b);

/// The same of two float32 planes, in double; NaN and infinity come through.
[[nodiscard]] double sum_of_squared_float_differences(const torch::Tensor& a,
                                                      const torch::Tensor& b);

/// Whether a window's contrast-structure term may be negative.
enum class ContrastStructure { kSigned, kClampedAtZero };

/// Means over all windows.
struct SsimMeans {
  double ssim = 0;
  double contrast_structure = 0;  ///< Without the luminance term.
};

/// Structural similarity in 11x11 Gaussian windows of sigma 1.5 that lie inside the planes (at
/// least 11x11), both uint8, uint16 or float32; constants (.01 peak)^2 and (.03 peak)^2.
///
/// Units    float32 within a window, double over the planes: off the exact means by less than 1e-6
///          for pictures of at least 256x256; a tiny plane by up to 1e-5.
[[nodiscard]] SsimMeans gaussian_ssim(
    const torch::Tensor& a, const torch::Tensor& b, double peak,
    ContrastStructure contrast_structure = ContrastStructure::kSigned);

/// The same in double precision throughout, ten times slower; float64 planes too. What the other is
/// tested against.
[[nodiscard]] SsimMeans gaussian_ssim_in_double(
    const torch::Tensor& a, const torch::Tensor& b, double peak,
    ContrastStructure contrast_structure = ContrastStructure::kSigned);

/// Structural similarity in 7x7 windows of equal weight inside the planes (at least 7x7), sample
/// covariance. Sums of uint8 and uint16 are exact; float32 and float64 are summed in double, ten
/// times slower.
[[nodiscard]] double uniform_ssim(const torch::Tensor& a, const torch::Tensor& b, double peak);

/// Structural similarity in 8x8 windows, four samples apart, by FFmpeg's integer formula, of planes
/// (at least 8x8) that are both uint8 or both uint16.
[[nodiscard]] double block_ssim(const torch::Tensor& a, const torch::Tensor& b, std::int64_t peak);

}  // namespace vcisr::ops
