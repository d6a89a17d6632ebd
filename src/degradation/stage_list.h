// SPDX-License-Identifier: Apache-2.0
// Stages one after the other.
#pragma once

#include <cstdint>
#include <vector>

#include "vcisr/core/config.h"
#include "vcisr/core/rng.h"
#include "vcisr/degradation/stage.h"

namespace vcisr::degradation {

using StageList = std::vector<StagePtr>;

/// Builds a list from its YAML sections.
[[nodiscard]] StageList make_stages(const std::vector<Config>& sections);

/// Draws picture number `unit` through the list, whose numbers come from `rng`.
void draw_stages(const StageList& stages, const Rng& rng, std::int64_t unit, PictureDraw& picture);

void check_stages(const StageList& stages, SizeForecast& picture);

}  // namespace vcisr::degradation
