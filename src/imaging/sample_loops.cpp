// SPDX-License-Identifier: Apache-2.0
#include "imaging/sample_loops.h"

#include <bit>

namespace vcisr::imaging {
namespace {

constexpr float kMax8Bit = 255.0F;

// A float of this size has no fraction left: adding it rounds to nearest, halves to even, and
// leaves the whole number in the lowest bits.
constexpr float kWholeNumbers = 8388608.0F;

}  // namespace

void bytes_to_floats(const std::uint8_t* from, float* to, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<float>(from[i]) / kMax8Bit;
}

void floats_to_bytes(const float* from, std::uint8_t* to, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    float value = from[i] * kMax8Bit;
    value = value > 0.0F ? value : 0.0F;  // also where it is no number
    value = value < kMax8Bit ? value : kMax8Bit;
    to[i] = static_cast<std::uint8_t>(std::bit_cast<std::uint32_t>(value + kWholeNumbers));
  }
}

void interleaved_to_planes(const std::uint8_t* from, int channels, std::uint8_t* to,
                           std::size_t pixels) {
  const auto step = static_cast<std::size_t>(channels);
  const std::size_t green = channels >= 3 ? 1 : 0;
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::uint8_t* pixel = from + i * step;
    to[i] = pixel[0];
    to[pixels + i] = pixel[green];
    to[2 * pixels + i] = pixel[2 * green];
  }
}

void planes_to_interleaved(const std::uint8_t* from, std::uint8_t* to, std::size_t pixels) {
  for (std::size_t i = 0; i < pixels; ++i) {
    to[3 * i] = from[i];
    to[3 * i + 1] = from[pixels + i];
    to[3 * i + 2] = from[2 * pixels + i];
  }
}

}  // namespace vcisr::imaging
