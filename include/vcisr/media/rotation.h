// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "vcisr/media/video_decoder.h"

namespace vcisr::media {

/// Clockwise quarter turns, 0..3, with which a viewer shows the film: from its display matrix, 0
/// without one. nullopt when the matrix is no turn by quarters (a mirror, another angle).
[[nodiscard]] std::optional<int> display_quarter_turns(const VideoInfo& info);

}  // namespace vcisr::media
