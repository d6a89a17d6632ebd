// SPDX-License-Identifier: Apache-2.0
// The pictures of tests/golden/picture_metrics.json, made by its rules.
#pragma once

#include <algorithm>
#include <cstdint>
#include <fstream>

#include <nlohmann/json.hpp>
#include <torch/types.h>

namespace vcisr::metrics {

inline std::uint32_t hash32(std::int64_t x, std::int64_t y, std::int64_t c, std::uint32_t seed) {
  std::uint32_t z = (static_cast<std::uint32_t>(x) * 0x85EBCA77u) ^
                    (static_cast<std::uint32_t>(y) * 0x9E3779B1u) ^
                    (static_cast<std::uint32_t>(c) * 0xC2B2AE3Du) ^ seed;
  z ^= z >> 16;
  z *= 0x7FEB352Du;
  z ^= z >> 15;
  z *= 0x846CA68Bu;
  return z ^ (z >> 16);
}

inline torch::Tensor golden_reference(std::int64_t height, std::int64_t width) {
  torch::Tensor picture = torch::empty({3, height, width}, torch::kUInt8);
  auto* out = picture.mutable_data_ptr<std::uint8_t>();
  for (std::int64_t c = 0; c < 3; ++c) {
    for (std::int64_t y = 0; y < height; ++y) {
      for (std::int64_t x = 0; x < width; ++x) {
        const std::int64_t t = (3 * x + 5 * y + 40 * c + hash32(x, y, c, 7) % 23) % 510;
        *out++ = static_cast<std::uint8_t>(t <= 255 ? t : 510 - t);
      }
    }
  }
  return picture;
}

/// The rounded mean of the 8x8 block that (y, x) lies in.
inline std::int64_t block_mean(const torch::TensorAccessor<std::uint8_t, 2>& plane, std::int64_t y,
                               std::int64_t x) {
  const std::int64_t bottom = std::min((y / 8 + 1) * 8, plane.size(0));
  const std::int64_t right = std::min((x / 8 + 1) * 8, plane.size(1));
  std::int64_t sum = 0;
  std::int64_t count = 0;
  for (std::int64_t row = y / 8 * 8; row < bottom; ++row) {
    for (std::int64_t column = x / 8 * 8; column < right; ++column) {
      sum += plane[row][column];
      ++count;
    }
  }
  return (2 * sum + count) / (2 * count);
}

inline torch::Tensor golden_distorted(const torch::Tensor& reference) {
  torch::Tensor picture = torch::empty_like(reference);
  const auto in = reference.accessor<std::uint8_t, 3>();
  auto out = picture.accessor<std::uint8_t, 3>();
  for (std::int64_t c = 0; c < in.size(0); ++c) {
    for (std::int64_t y = 0; y < in.size(1); ++y) {
      for (std::int64_t x = 0; x < in.size(2); ++x) {
        const std::int64_t v = (5 * in[c][y][x] + 3 * block_mean(in[c], y, x) + 4) >> 3;
        const std::int64_t noise = hash32(x, y, c, 1) % 13;
        out[c][y][x] = static_cast<std::uint8_t>(std::clamp<std::int64_t>(v + noise - 6, 0, 255));
      }
    }
  }
  return picture;
}

inline nlohmann::json golden_cases() {
  std::ifstream file(VCISR_GOLDEN_DIR "/picture_metrics.json");
  return nlohmann::json::parse(file).at("cases");
}

}  // namespace vcisr::metrics
