// SPDX-License-Identifier: Apache-2.0
// The loops behind rgb_picture and the films: plain pointers, no torch.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vcisr::imaging {

/// v / 255.
void bytes_to_floats(const std::uint8_t* from, float* to, std::size_t count);

/// 255 v, halves to even, saturated; NaN becomes 0.
void floats_to_bytes(const float* from, std::uint8_t* to, std::size_t count);

/// Pixels of `channels` samples, of which the first three (or, below three, the first one thrice)
/// become planes.
void interleaved_to_planes(const std::uint8_t* from, int channels, std::uint8_t* to,
                           std::size_t pixels);

/// Three planes to R, G, B, R, G, B …
void planes_to_interleaved(const std::uint8_t* from, std::uint8_t* to, std::size_t pixels);

}  // namespace vcisr::imaging
