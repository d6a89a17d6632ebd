// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include "vcisr/core/rng.h"
#include "vcisr/degradation/recipe_file.h"

namespace vcisr::data {

/// Which ways of turning pictures are drawn from, each with probability 1/2 (BasicSR's keys).
struct AugmentOptions {
  bool use_hflip = false;  ///< Mirrored left to right.
  bool use_rot = false;    ///< Mirrored top to bottom, and rows exchanged with columns.
};

/// Random   Three coins of `rng`, whatever the options are.
[[nodiscard]] degradation::Augment draw_augment(const AugmentOptions& options, Rng rng);

/// Shape    [C, H, W] of any type; [C, W, H] where rows and columns are exchanged. Contiguous; the
///          argument itself where there is nothing to do. Undefined stays undefined.
[[nodiscard]] torch::Tensor augmented(const torch::Tensor& picture,
                                      const degradation::Augment& augment);

}  // namespace vcisr::data
