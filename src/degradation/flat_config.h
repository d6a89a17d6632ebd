// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "vcisr/core/config.h"

namespace vcisr::degradation {

/// Translates the flat keys of Real-ESRGAN's and VCISR's option files into a file with `stages:`.
///
/// Keys that are not given have the published values; `scale` the one given here. `type:
/// real_esrgan | vcisr` chooses the order of the stages; without it a key that only VCISR has
/// tells. Errors  ConfigError: wrong types, unknown keys. Values out of range are told when the
///         translation is read.
[[nodiscard]] std::string stages_of_flat(const Config& config, std::int64_t scale = 4);

}  // namespace vcisr::degradation
