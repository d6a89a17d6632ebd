// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ops/blur/blur_plan.h"

namespace vcisr::ops::detail {

struct BlurPlanes {
  const float* in;  ///< [planes][height][width]
  float* out;       ///< The same, elsewhere.
  std::int64_t planes, height, width;
  std::int64_t planes_per_plan;
};

/// Plane p by plans[p / planes_per_plan]. Threads: at::parallel_for over groups of rows.
void blur_planes(const BlurPlanes& planes, const std::vector<BlurPlan>& plans);

/// Index of the sample that stands at i of a side of n, mirrored at both ends, edges not repeated.
[[nodiscard]] std::int64_t reflected(std::int64_t i, std::int64_t n);

}  // namespace vcisr::ops::detail
