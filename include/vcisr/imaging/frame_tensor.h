// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <torch/types.h>

#include "vcisr/media/codec_round_trip.h"
#include "vcisr/media/color_spec.h"
#include "vcisr/media/frame.h"
#include "vcisr/media/image.h"
#include "vcisr/ops/color.h"

namespace vcisr::imaging {

/// What media says of a frame's samples, in the words of ops.
[[nodiscard]] ops::PlanarFormat planar_format(const media::PixelFormat& format,
                                              const media::ColorSpec& color);

/// The frame's planes as tensors without a copy, [h, w] uint8 or uint16 on the CPU; valid as long
/// as the frame lives.
[[nodiscard]] std::vector<torch::Tensor> plane_tensors(const media::Frame& frame);

/// One frame's planes Y, U, V of a clip as tensors without a copy, [h, w] uint8 on the CPU; valid
/// until the clip's samples move.
[[nodiscard]] std::vector<torch::Tensor> plane_tensors(const media::YuvClip& clip,
                                                       std::int64_t frame);

/// The picture's samples as a tensor without a copy: [H, W, C] uint8 or uint16.
[[nodiscard]] torch::Tensor sample_tensor(const media::Image& image);

/// Clockwise quarter turns of [..., H, W].
[[nodiscard]] torch::Tensor rotate_clockwise(const torch::Tensor& x, int quarter_turns);

}  // namespace vcisr::imaging
