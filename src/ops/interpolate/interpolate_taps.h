// SPDX-License-Identifier: Apache-2.0
// The taps of torch's interpolation along one axis. No torch.
#pragma once

#include <cstdint>
#include <optional>

#include "ops/resize/taps.h"

namespace vcisr::ops::detail {

enum class InterpolateFilter { kArea, kBilinear, kBicubic };  // InterpolateMode, without torch.

/// Taps for resample_rows(). What lies beyond an edge counts to the edge sample's weight, so that
/// no row is ever continued. Made anew for each picture: a few microseconds. scale: the positions
/// are (o + 0.5) / scale - 0.5 instead of (o + 0.5) * in / out - 0.5.
[[nodiscard]] AxisTaps make_interpolate_taps(std::int64_t in, std::int64_t out,
                                             InterpolateFilter filter,
                                             std::optional<double> scale = std::nullopt);

}  // namespace vcisr::ops::detail
