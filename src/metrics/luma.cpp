// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/luma.h"

#include <cstdint>
#include <string>
#include <type_traits>

#include <torch/torch.h>

namespace vcisr::metrics {
namespace {

/// Three planes of one picture, samples side by side.
template <class T>
struct RgbPlanes {
  const T* red;
  const T* green;
  const T* blue;
  std::int64_t row_stride, height, width;
  float peak;
};

/// One sample; R, G and B are quotients sample / peak in float32.
float basicsr(float red, float green, float blue, float peak) {
  const double y = 24.966 * static_cast<double>(blue) + 128.553 * static_cast<double>(green) +
                   65.481 * static_cast<double>(red) + 16.0;
  // BasicSR rounds Y / 255 to float32 and multiplies by 255 again.
  return static_cast<float>(y / 255.0) * peak;
}

/// a b + c, rounded to float32 once: the product is exact in double.
float multiply_add(float a, float b, float c) {
  return static_cast<float>(static_cast<double>(a) * static_cast<double>(b) +
                            static_cast<double>(c));
}

/// As a float32 matrix product sums it, which pyiqa's is.
float full_range(float red, float green, float blue, float peak) {
  return multiply_add(blue, 0.114f, multiply_add(green, 0.587f, red * 0.299f)) * peak;
}

/// To the nearest integer, halves to even, for 0 .. 2^22: floats beyond 2^23 have no fraction.
float rounded(float value) { return value + 8388608.0f - 8388608.0f; }

using FloatLuma = float (*)(float, float, float, float);

template <FloatLuma kLuma, class T, class Out>
void fill(const RgbPlanes<T>& in, Out* out) {
  for (std::int64_t y = 0; y < in.height; ++y) {
    const T* const red = in.red + y * in.row_stride;
    const T* const green = in.green + y * in.row_stride;
    const T* const blue = in.blue + y * in.row_stride;
    for (std::int64_t x = 0; x < in.width; ++x) {
      const float value =
          kLuma(static_cast<float>(red[x]) / in.peak, static_cast<float>(green[x]) / in.peak,
                static_cast<float>(blue[x]) / in.peak, in.peak);
      if constexpr (std::is_floating_point_v<Out>) {
        out[y * in.width + x] = value;
      } else {
        out[y * in.width + x] = static_cast<Out>(rounded(value));
      }
    }
  }
}

/// 16 + (65.481 R + 128.553 G + 24.966 B) / 255 of 255ths, rounded exactly.
template <class T>
void fill_matlab_rounded(const RgbPlanes<T>& in, T* out) {
  constexpr std::uint32_t kUnits = 255000;  // Thousandths of 255 steps.
  const auto offset = 16000 * static_cast<std::uint64_t>(in.peak) + kUnits / 2;
  for (std::int64_t y = 0; y < in.height; ++y) {
    const std::int64_t row = y * in.row_stride;
    for (std::int64_t x = row; x < row + in.width; ++x) {
      const std::uint64_t sum = std::uint64_t{65481} * in.red[x] +
                                std::uint64_t{128553} * in.green[x] +
                                std::uint64_t{24966} * in.blue[x] + offset;
      *out++ = static_cast<T>(sum / kUnits);
    }
  }
}

/// OpenCV's fixed point with 14 bits.
template <class T>
void fill_opencv(const RgbPlanes<T>& in, T* out) {
  for (std::int64_t y = 0; y < in.height; ++y) {
    const std::int64_t row = y * in.row_stride;
    for (std::int64_t x = row; x < row + in.width; ++x) {
      const std::uint32_t sum = 4899U * in.red[x] + 9617U * in.green[x] + 1868U * in.blue[x];
      *out++ = static_cast<T>((sum + 8192U) >> 14U);
    }
  }
}

template <class T>
torch::Tensor luma_of(const torch::Tensor& rgb, Luma kind, float peak) {
  const auto* data = rgb.const_data_ptr<T>();
  const RgbPlanes<T> in{data,          data + rgb.stride(0), data + 2 * rgb.stride(0),
                        rgb.stride(1), rgb.size(1),          rgb.size(2),
                        peak};
  const bool is_rounded = kind != Luma::kBasicsr && kind != Luma::kFullRange;
  torch::Tensor out =
      torch::empty({rgb.size(1), rgb.size(2)}, is_rounded ? rgb.scalar_type() : torch::kFloat32);
  switch (kind) {
    case Luma::kBasicsr:
      fill<basicsr>(in, out.mutable_data_ptr<float>());
      break;
    case Luma::kMatlabRounded:
      fill_matlab_rounded(in, out.mutable_data_ptr<T>());
      break;
    case Luma::kFullRange:
      fill<full_range>(in, out.mutable_data_ptr<float>());
      break;
    case Luma::kFullRangeRounded:
      fill<full_range>(in, out.mutable_data_ptr<T>());
      break;
    case Luma::kOpencv:
      fill_opencv(in, out.mutable_data_ptr<T>());
      break;
  }
  return out;
}

}  // namespace

torch::Tensor luma(const torch::Tensor& rgb, Luma kind, int bit_depth) {
  TORCH_CHECK(rgb.defined() && rgb.dim() == 3 && rgb.size(0) == 3 &&
                  (rgb.scalar_type() == torch::kUInt8 || rgb.scalar_type() == torch::kUInt16),
              "luma: rgb must be uint8 or uint16 [3, H, W], but it is ",
              rgb.defined() ? rgb.toString() : std::string("undefined"), " ",
              rgb.defined() ? rgb.sizes() : torch::IntArrayRef());
  const bool is_byte = rgb.scalar_type() == torch::kUInt8;
  TORCH_CHECK(is_byte ? bit_depth == 8 : bit_depth > 8 && bit_depth <= 16,
              "luma: ", is_byte ? "uint8 samples have 8 bits" : "uint16 samples have 9 .. 16 bits",
              ", but bit_depth is ", bit_depth);
  const torch::Tensor on_cpu = rgb.cpu();
  const torch::Tensor dense =
      on_cpu.stride(2) == 1 || on_cpu.size(2) == 1 ? on_cpu : on_cpu.contiguous();
  const auto peak = static_cast<float>((1 << bit_depth) - 1);
  return is_byte ? luma_of<std::uint8_t>(dense, kind, peak)
                 : luma_of<std::uint16_t>(dense, kind, peak);
}

}  // namespace vcisr::metrics
