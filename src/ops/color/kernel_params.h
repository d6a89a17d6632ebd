// SPDX-License-Identifier: Apache-2.0
// What the kernels of kernels.cuh are given, made from tensors and a format. Used by color_cuda.cpp
// and by the tests that run the kernels on the CPU.
#pragma once

#include <vector>

#include "ops/color/color_params.h"
#include "ops/color/kernels.cuh"

namespace vcisr::ops::detail {

template <class S>
[[nodiscard]] DevicePlane<const S> device_source(const torch::Tensor& x) {
  return {x.const_data_ptr<S>(), x.size(0), x.size(1), x.stride(0)};
}

template <class S>
[[nodiscard]] DevicePlane<S> device_target(const torch::Tensor& x) {
  return {x.mutable_data_ptr<S>(), x.size(0), x.size(1), x.stride(0)};
}

[[nodiscard]] inline UpAxis up_axis(double offset, int shift) {
  UpAxis axis{};
  axis.shift = shift;
  std::size_t phase = 0;
  for (const Taps& taps : chroma_up_taps(offset, shift)) {
    axis.first[phase] = static_cast<int>(taps.front().offset);
    for (const Tap& tap : taps) {
      axis.weight[phase][tap.offset - taps.front().offset] = static_cast<float>(tap.weight);
    }
    ++phase;
  }
  return axis;
}

[[nodiscard]] inline DownAxis down_axis(double offset, int shift) {
  const Taps taps = chroma_down_taps(offset, shift);
  DownAxis axis{};
  axis.shift = shift;
  axis.first = static_cast<int>(taps.front().offset);
  axis.count = static_cast<int>(taps.back().offset - taps.front().offset + 1);
  TORCH_INTERNAL_ASSERT(axis.count <= kDownTaps);
  for (const Tap& tap : taps) axis.weight[tap.offset - axis.first] = static_cast<float>(tap.weight);
  return axis;
}

template <class S>
[[nodiscard]] PlanarToRgb<S> planar_to_rgb_params(const std::vector<torch::Tensor>& planes,
                                                  const PlanarFormat& format, float* rgb) {
  const int shift_x = format.chroma_shift_x;
  const int shift_y = format.chroma_shift_y;
  return {to_float(color_coefficients(format)),
          device_source<S>(planes[0]),
          device_source<S>(planes[1]),
          device_source<S>(planes[2]),
          up_axis(chroma_offset_x(format.siting, shift_x), shift_x),
          up_axis(chroma_offset_y(format.siting, shift_y), shift_y),
          rgb};
}

template <class S>
[[nodiscard]] RgbToPlanar<S> rgb_to_planar_params(const float* rgb, const PlanarFormat& format,
                                                  const std::vector<torch::Tensor>& planes) {
  const int shift_x = format.chroma_shift_x;
  const int shift_y = format.chroma_shift_y;
  return {to_float(color_coefficients(format)),
          rgb,
          device_target<S>(planes[0]),
          device_target<S>(planes[1]),
          device_target<S>(planes[2]),
          down_axis(chroma_offset_x(format.siting, shift_x), shift_x),
          down_axis(chroma_offset_y(format.siting, shift_y), shift_y)};
}

}  // namespace vcisr::ops::detail
