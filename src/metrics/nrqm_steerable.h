// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "metrics/luma_plane.h"

namespace vcisr::metrics {

/// NrqmFeatures::steerable of a luma of 0 .. 255, kNrqmSmallestSidePx or more on each side.
[[nodiscard]] std::array<double, 45> steerable_features(const LumaPlane& luma);

}  // namespace vcisr::metrics
