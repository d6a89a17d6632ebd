// SPDX-License-Identifier: Apache-2.0
// Generalised Gaussian distributions fitted by moments (Lasmar, Stitou and Berthoumieu 2009).
#pragma once

#include <cstdint>

#include "metrics/luma_plane.h"

namespace vcisr::metrics {

/// What the fits need to know of some samples. Zeros count in `count` alone.
struct SampleSums {
  double count = 0.0;
  double negatives = 0.0;
  double positives = 0.0;
  double negative_squares = 0.0;
  double positive_squares = 0.0;
  double absolutes = 0.0;
};

/// A rectangle of a plane.
struct LumaBlock {
  const LumaPlane& plane;
  std::int64_t top = 0;
  std::int64_t left = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
};

/// Where a sample's partner lies: dy rows above and dx columns to the left, around the edges.
struct Shift {
  std::int64_t dy = 0;
  std::int64_t dx = 0;
};

[[nodiscard]] SampleSums sums_of(const LumaBlock& block);
/// Of each sample times its partner inside the block.
[[nodiscard]] SampleSums sums_of_products(const LumaBlock& block, const Shift& shift);

/// An asymmetric generalised Gaussian. NaN where a side has no samples, the shape then 0.2, as the
/// search of numpy and PyTorch for the least of NaN gives.
struct AsymmetricFit {
  double shape = 0.0;       ///< alpha on the grid 0.2, 0.201 … 10.
  double left_rms = 0.0;    ///< Of the negative samples.
  double right_rms = 0.0;   ///< Of the positive ones.
  double beta_ratio = 0.0;  ///< beta / rms: sqrt(G(1 / alpha) / G(3 / alpha)).
  double mean_ratio = 0.0;  ///< G(2 / alpha) / G(1 / alpha).
};
[[nodiscard]] AsymmetricFit fit_asymmetric(const SampleSums& sums);

/// The shape of a symmetric one, from G(1/g) G(3/g) / G(2/g)^2 = mean square / (mean absolute)^2.
[[nodiscard]] double symmetric_shape(const SampleSums& sums);

}  // namespace vcisr::metrics
