// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include <torch/types.h>

#include "vcisr/media/codec_round_trip.h"
#include "vcisr/media/image.h"

namespace vcisr::imaging {

/// Any picture that media::read_image reads, as eight bits of red, green and blue.
///
/// Shape    uint8 [3, H, W], contiguous, on the CPU.
/// Colour   Grey becomes three equal channels, alpha is dropped (the colours stay as the file has
///          them), 16 bits are rounded to the nearest of 8. Orientation is applied. A colour
///          profile is not looked at.
/// Threads  any.
/// Errors   InputError, as media::read_image.
[[nodiscard]] torch::Tensor read_rgb8(const std::filesystem::path& path);

/// The same of a picture in memory.
[[nodiscard]] torch::Tensor to_rgb8(const media::Image& image);

/// Writes uint8 [3, H, W] by media::write_image, without metadata; the extension chooses the kind.
///
/// Errors   as media::write_image; c10::Error for another shape or type.
void write_rgb8(const std::filesystem::path& path, const torch::Tensor& rgb,
                const media::ImageWriteOptions& options = {});

/// uint8 of any shape to float32: v / 255, correctly rounded, the same on every machine.
///
/// Errors   c10::Error for another type.
[[nodiscard]] torch::Tensor to_float(const torch::Tensor& samples);

/// float32 of any shape to uint8: 255 v in float32, rounded to nearest with halves to even, and
/// saturated, as OpenCV does when it writes floats to 8-bit files. NaN becomes 0.
///
/// Shape    As the argument, contiguous, on its device.
/// Errors   c10::Error for another type.
[[nodiscard]] torch::Tensor to_8bit(const torch::Tensor& values);

/// R, G, B interleaved to planes: uint8 [T, 3, H, W], contiguous.
///
/// Errors   ConfigError: the clip's bytes do not fit its sizes.
[[nodiscard]] torch::Tensor to_tensor(const media::RgbClip& clip);

/// The way back; any device.
///
/// Shape    uint8 [T, 3, H, W], any strides.
/// Errors   c10::Error for another shape or type.
[[nodiscard]] media::RgbClip to_rgb_clip(const torch::Tensor& rgb);

}  // namespace vcisr::imaging
