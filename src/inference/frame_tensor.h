// SPDX-License-Identifier: Apache-2.0
// The one place where media's frames and pictures meet ops' tensors.
#pragma once

#include <vector>

#include <torch/types.h>

#include "vcisr/media/color_spec.h"
#include "vcisr/media/frame.h"
#include "vcisr/media/image.h"
#include "vcisr/ops/color.h"

namespace vcisr::inference {

[[nodiscard]] ops::PlanarFormat planar_format(const media::PixelFormat& format,
                                              const media::ColorSpec& color);

/// The frame's planes as tensors without a copy, [h, w] uint8 or uint16 on the CPU; valid as long
/// as the frame lives.
[[nodiscard]] std::vector<torch::Tensor> plane_tensors(const media::Frame& frame);

/// The picture's samples as a tensor without a copy: [H, W, C] uint8 or uint16.
[[nodiscard]] torch::Tensor sample_tensor(const media::Image& image);

}  // namespace vcisr::inference
