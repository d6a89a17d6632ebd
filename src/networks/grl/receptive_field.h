// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "networks/grl/grl_options.h"

namespace vcisr::networks::grl {

/// How far from a border that lies on the window grid (multiples of pad_multiple()) the network
/// sees across it, in lq pixels, rounded up to the grid: the halo with which tiles are exact.
/// Not for networks that see the whole picture (stripe groups, CAB): none is exact for them.
///
/// tail_px: reach of what comes after the body's last convolution.
[[nodiscard]] std::int64_t receptive_field_px(const GrlOptions& options, std::int64_t tail_px);

}  // namespace vcisr::networks::grl
