// SPDX-License-Identifier: Apache-2.0
// The definitions in double precision: for planes that no kernel takes, and what the kernels are
// tested against. No torch.
#pragma once

#include "ops/picture_comparison/cpu_kernels.h"

namespace vcisr::ops::detail {

/// Half of the Gaussian window of sigma 1.5, the centre first; the whole sums to 1.
struct HalfWindow {
  double taps[kGaussianTaps / 2 + 1];
};
[[nodiscard]] HalfWindow half_gaussian_window();

/// For T of uint8_t, uint16_t, float and double.
template <class T>
[[nodiscard]] SsimLosses gaussian_losses_reference(const PlanePair<T>& planes, double peak,
                                                   bool is_contrast_clamped);
template <class T>
[[nodiscard]] double uniform_loss_reference(const PlanePair<T>& planes, double peak);

}  // namespace vcisr::ops::detail
