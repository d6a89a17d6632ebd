// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/types.h>

namespace vcisr::inference {

/// x [N, C, h, w] reflected to [N, C, h + pad, w + pad]; where the picture is too small to reflect,
/// its edge is repeated.
[[nodiscard]] torch::Tensor pad_right_bottom(const torch::Tensor& x, std::int64_t pad_px);

/// Colours of visible pixels spread into invisible ones, so that a filter that looks across the
/// edge of a shape meets the shape's own colour and no dark halo appears. rgb [N, 3, h, w], alpha
/// [N, 1, h, w] in [0, 1]. Pixels with alpha 1 are unchanged.
[[nodiscard]] torch::Tensor bleed_colors(const torch::Tensor& rgb, const torch::Tensor& alpha);

}  // namespace vcisr::inference
