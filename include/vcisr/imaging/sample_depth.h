// SPDX-License-Identifier: Apache-2.0
// Pictures and frames as integers of 8 to 16 bits: uint8 for 8, uint16 for more.
#pragma once

#include <torch/types.h>

#include "vcisr/media/image.h"

namespace vcisr::imaging {

/// A picture's red, green and blue with `bit_depth` 8 or 16 bits.
///
/// Shape    [3, H, W], contiguous, on the CPU.
/// Colour   Grey becomes three equal channels, alpha is dropped. 65535 and 255 are both full scale:
///          16 bits become 8 rounded to nearest, 8 become 16 times 257.
/// Errors   ConfigError for another bit depth.
[[nodiscard]] torch::Tensor rgb_samples(const media::Image& image, int bit_depth);

/// float32 of any shape to integers 0 .. 2^bit_depth - 1: rounded to nearest, halves to even,
/// saturated; NaN becomes 0. For 8 bits the same as to_8bit().
///
/// Errors   c10::Error for another type or bit depth.
[[nodiscard]] torch::Tensor to_samples(const torch::Tensor& values, int bit_depth);

/// A film's plane with another bit depth, as video scales: times a power of two, or divided by it
/// with halves rounded up, and saturated.
///
/// Shape    [H, W] uint8 (8 bits) or uint16, column stride 1; out: contiguous, or the plane itself
///          where the depth is the same.
[[nodiscard]] torch::Tensor with_bit_depth(const torch::Tensor& plane, int from, int to);

}  // namespace vcisr::imaging
