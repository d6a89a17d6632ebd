// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "vcisr/inference/restorer.h"
#include "vcisr/media/image.h"

namespace vcisr::inference {

/// How transparency is enlarged: by the network like the colours, or by the bicubic kernel.
enum class AlphaMode { kModel, kBicubic };

/// "model" or "bicubic" ("realesrgan" is accepted for "model"). Errors  ConfigError.
[[nodiscard]] AlphaMode parse_alpha_mode(std::string_view word);

struct ImageOptions {
  AlphaMode alpha = AlphaMode::kModel;
  int bit_depth = 0;  ///< 8, 16, or 0 = as the input.
};

/// One picture through the network: grey stays grey, 16 bit stays 16 bit, metadata is carried over.
///
/// Alpha  colours of visible pixels are spread into invisible ones before the network and alpha
/// goes
///        through it separately, so no dark halo appears along a shape's edge.
/// Errors those of Restorer.
[[nodiscard]] media::Image restore_image(const media::Image& image, Restorer& restorer,
                                         const ImageOptions& options = {});

}  // namespace vcisr::inference
