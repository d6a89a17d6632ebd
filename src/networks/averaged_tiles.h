// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include "vcisr/networks/tiling.h"

namespace vcisr::networks {

/// The published way to run GRL and SwinIR on large pictures: every tile is restored as if it were
/// a picture, the last ones end at the border, and where tiles overlap their mean is taken, all
/// with equal weights.
///
/// Shape    lq: float32 [B, T, 3, h, w]. out: float32 [B, T, 3, s*h, s*w], overwritten.
/// Memory   One batch of tiles; the sum is built in `out`, besides it one weight a row and column.
/// Errors   c10::Error where tiles would overlap by a whole tile.
void forward_averaged(Network& network, const torch::Tensor& lq, const TileOptions& options,
                      torch::Tensor& out);

}  // namespace vcisr::networks
