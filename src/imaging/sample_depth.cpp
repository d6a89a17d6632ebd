// SPDX-License-Identifier: Apache-2.0
#include "vcisr/imaging/sample_depth.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>

#include <torch/torch.h>

#include "vcisr/core/error.h"
#include "vcisr/imaging/rgb_picture.h"

namespace vcisr::imaging {
namespace {

torch::Tensor deep_rgb(const media::Image& image) {
  auto rgb = torch::empty({3, image.height, image.width}, torch::kUInt16);
  const auto pixels = static_cast<std::size_t>(image.height * image.width);
  const auto step = static_cast<std::size_t>(image.channels);
  const std::size_t green = image.channels >= 3 ? 1 : 0;
  auto* const out = rgb.data_ptr<std::uint16_t>();
  const auto sample = [&image](std::size_t index) {
    if (image.bit_depth == 8) return static_cast<std::uint16_t>(image.samples[index] * 257U);
    std::uint16_t value = 0;
    std::memcpy(&value, image.samples.data() + 2 * index, sizeof value);
    return value;
  };
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t i = 0; i < pixels; ++i) out[c * pixels + i] = sample(i * step + c * green);
  }
  return rgb;
}

template <class From, class To>
torch::Tensor scaled(const torch::Tensor& plane, int from, int to) {
  const auto type = sizeof(To) == 1 ? torch::kUInt8 : torch::kUInt16;
  auto result = torch::empty({plane.size(0), plane.size(1)}, type);
  const std::uint32_t peak = (1U << static_cast<unsigned>(to)) - 1U;
  const int shift = std::abs(to - from);
  const std::uint32_t half = 1U << static_cast<unsigned>(std::max(shift - 1, 0));
  for (std::int64_t y = 0; y < plane.size(0); ++y) {
    const auto* const in = plane.const_data_ptr<From>() + y * plane.stride(0);
    auto* const out = result.data_ptr<To>() + y * result.stride(0);
    for (std::int64_t x = 0; x < plane.size(1); ++x) {
      const std::uint32_t value = in[x];
      out[x] =
          static_cast<To>(to > from ? value << shift : std::min((value + half) >> shift, peak));
    }
  }
  return result;
}

}  // namespace

torch::Tensor rgb_samples(const media::Image& image, int bit_depth) {
  if (bit_depth == 8) return to_rgb8(image);
  if (bit_depth == 16) return deep_rgb(image);
  throw ConfigError("pictures have 8 or 16 bits a sample, not " + std::to_string(bit_depth));
}

torch::Tensor to_samples(const torch::Tensor& values, int bit_depth) {
  if (bit_depth == 8) return to_8bit(values);
  TORCH_CHECK(values.scalar_type() == torch::kFloat32, "to_samples: values must be float32, not ",
              values.scalar_type());
  TORCH_CHECK(bit_depth > 8 && bit_depth <= 16, "to_samples: 8 to 16 bits, not ", bit_depth);
  const auto dense = values.detach().cpu().contiguous();
  auto samples = torch::empty(dense.sizes(), torch::kUInt16);
  const auto peak = static_cast<float>((1 << bit_depth) - 1);
  const auto* const in = dense.const_data_ptr<float>();
  auto* const out = samples.data_ptr<std::uint16_t>();
  for (std::int64_t i = 0; i < dense.numel(); ++i) {
    const float value = in[i] * peak;
    const float clamped = value > 0.0F ? std::min(value, peak) : 0.0F;  // Also where it is NaN.
    out[i] = static_cast<std::uint16_t>(std::nearbyintf(clamped));
  }
  return samples;
}

torch::Tensor with_bit_depth(const torch::Tensor& plane, int from, int to) {
  if (from == to) return plane;
  if (from == 8) return scaled<std::uint8_t, std::uint16_t>(plane, from, to);
  if (to == 8) return scaled<std::uint16_t, std::uint8_t>(plane, from, to);
  return scaled<std::uint16_t, std::uint16_t>(plane, from, to);
}

}  // namespace vcisr::imaging
