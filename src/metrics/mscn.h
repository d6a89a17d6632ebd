// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "metrics/luma_plane.h"

namespace vcisr::metrics {

/// Whose arithmetic: border, taps and roundings differ.
enum class MscnRule { kPyiqaNiqe, kBasicsrNiqe, kPyiqaBrisque };

/// Mean-subtracted, contrast-normalised luma: (I - mu) / (sigma + 1) with mu and sigma of a 7x7
/// Gaussian window of sigma 7/6.
///
/// Shape   out: as luma, 0 .. 255. Where `deviation` is not null, it becomes sigma.
[[nodiscard]] LumaPlane mscn(const LumaPlane& luma, MscnRule rule, LumaPlane* deviation = nullptr);

/// The window's 7x7 weights, row by row, not rounded to float32; their sum is 1.
[[nodiscard]] std::vector<double> mscn_window();

}  // namespace vcisr::metrics
