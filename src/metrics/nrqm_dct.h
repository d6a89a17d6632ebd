// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "metrics/luma_plane.h"

namespace vcisr::metrics {

/// One level's six of NrqmFeatures::dct, from 7x7 patches at every third pixel (BLIINDS-II, Saad,
/// Bovik and Charrier 2012).
[[nodiscard]] std::array<double, 6> dct_features(const LumaPlane& level);

}  // namespace vcisr::metrics
