// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace vcisr::metrics {

/// One channel, row by row.
struct LumaPlane {
  LumaPlane() = default;
  LumaPlane(std::int64_t height_px, std::int64_t width_px)
      : height(height_px),
        width(width_px),
        samples(static_cast<std::size_t>(height_px) * static_cast<std::size_t>(width_px)) {}

  [[nodiscard]] const double* row(std::int64_t y) const { return samples.data() + y * width; }
  [[nodiscard]] double* row(std::int64_t y) { return samples.data() + y * width; }

  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<double> samples;
};

}  // namespace vcisr::metrics
