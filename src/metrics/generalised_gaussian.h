// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace vcisr::metrics {

/// The shape of the generalised Gaussian whose variance / (mean absolute deviation)^2 is nearest to
/// that of the samples, on NRQM's grid 0.03, 0.031 … 10: 2 for a Gaussian, 1 for a Laplacian, 10
/// for equal samples. At least two samples.
[[nodiscard]] double generalised_gaussian_shape(std::span<const double> samples);

}  // namespace vcisr::metrics
