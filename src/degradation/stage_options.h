// SPDX-License-Identifier: Apache-2.0
// What the stages' readers share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vcisr/core/config.h"
#include "vcisr/core/range.h"
#include "vcisr/degradation/stage.h"
#include "vcisr/ops/channel_order.h"

namespace vcisr::degradation {

inline constexpr Range<double> kProbability{0, 1};

/// `decide_per: image | batch`.
[[nodiscard]] DecidePer read_decide_per(const Config& config);
/// `channel_order: rgb | bgr`.
[[nodiscard]] ops::ChannelOrder read_channel_order(const Config& config);

/// A list of weights that must have `count` entries, none negative, one positive.
/// Errors  ConfigError.
void read_weights(const Config& config, std::string_view key, std::vector<double>& weights,
                  std::size_t count);

/// `kernel_size: [lo, hi]`, odd both.
void read_kernel_size(const Config& config, Range<std::int64_t>& kernel_size);

/// An odd size of the range, all alike.
[[nodiscard]] std::int64_t draw_odd(Rng& rng, const Range<std::int64_t>& sizes);

}  // namespace vcisr::degradation
