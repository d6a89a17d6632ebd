// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "vcisr/degradation/steps.h"
#include "vcisr/media/codec_round_trip.h"

namespace vcisr::degradation {

/// The step for media; width and height are the caller's.
[[nodiscard]] media::CodecOptions codec_options(const VideoCompressionStep& step);

}  // namespace vcisr::degradation
