// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <torch/types.h>

namespace vcisr::degradation {

/// Bell-shaped blur kernels, of which the generalized ones may be flatter or more peaked than
/// Gauss's. Q is the squared distance in units of sigma.
enum class BellKind {
  kIso,               ///< exp(-Q / 2)
  kAniso,             ///< The same, two sigmas, turned.
  kGeneralizedIso,    ///< exp(-Q^beta / 2)
  kGeneralizedAniso,  ///< The same, two sigmas, turned.
  kPlateauIso,        ///< 1 / (1 + Q^beta)
  kPlateauAniso,      ///< The same, two sigmas, turned.
};

struct BellBlur {
  BellKind kind = BellKind::kIso;
  std::int64_t size = 21;   ///< Odd.
  double sigma_x = 1;       ///< Pixels, more than 0.
  double sigma_y = 1;       ///< Pixels; read by the anisotropic kinds only.
  double rotation_rad = 0;  ///< From the x axis (right) to the y axis (down); likewise.
  double beta = 1;          ///< More than 0; read by the generalized and plateau kinds only.
};

/// Blur kernels [size, size], float64, CPU, indexed [row][column], of sum 1. They are computed in
/// double; ops::filter2d takes them as they are, the published code rounds them to float32 first.
///
/// Errors   ConfigError: an even or non-positive size; a sigma, beta or cutoff out of range.
[[nodiscard]] torch::Tensor bell_blur_kernel(const BellBlur& blur);

/// Circular low-pass: passes frequencies up to `cutoff_rad` per pixel, in (0, pi], and so rings at
/// edges. Cut off at `size`, without a window.
[[nodiscard]] torch::Tensor sinc_blur_kernel(std::int64_t size, double cutoff_rad);

/// 1 in the middle: changes nothing.
[[nodiscard]] torch::Tensor pulse_blur_kernel(std::int64_t size);

/// The kernel [k, k] amid zeros, [size, size], of the kernel's type.
///
/// Errors   ConfigError: a kernel that is not square and odd, or larger than `size`.
[[nodiscard]] torch::Tensor pad_blur_kernel(const torch::Tensor& kernel, std::int64_t size);

/// `count` values of exp(-d^2 / (2 sigma^2)) around the middle one, of sum 1.
///
/// Errors   ConfigError: an even or non-positive count, a sigma not above 0.
[[nodiscard]] std::vector<double> gaussian_taps(std::int64_t count, double sigma);

}  // namespace vcisr::degradation
