// SPDX-License-Identifier: Apache-2.0
// Planar pictures of all kinds for the tests of the colour conversion.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include <torch/types.h>

#include "vcisr/ops/color.h"

namespace vcisr::tests {

inline torch::ScalarType sample_type(const ops::PlanarFormat& format) {
  return format.bit_depth <= 8 ? torch::kUInt8 : torch::kUInt16;
}

inline std::int64_t chroma_extent(std::int64_t size, int shift) {
  return (size + (std::int64_t{1} << shift) - 1) >> shift;
}

/// Planes of the format's sizes, whatever is in them. `plane_count` 1 is gray.
inline std::vector<torch::Tensor> empty_planes(const ops::PlanarFormat& format, std::int64_t height,
                                               std::int64_t width, int plane_count = 3) {
  const auto type = sample_type(format);
  std::vector<torch::Tensor> planes;
  for (int i = 0; i < plane_count; ++i) {
    const bool is_chroma = i > 0 && !format.is_rgb;
    planes.push_back(torch::empty({chroma_extent(height, is_chroma ? format.chroma_shift_y : 0),
                                   chroma_extent(width, is_chroma ? format.chroma_shift_x : 0)},
                                  type));
  }
  return planes;
}

/// Samples of the whole range, at random.
inline std::vector<torch::Tensor> random_planes(const ops::PlanarFormat& format,
                                                std::int64_t height, std::int64_t width,
                                                int plane_count = 3) {
  auto planes = empty_planes(format, height, width, plane_count);
  for (auto& plane : planes) {
    plane = torch::randint(0, std::int64_t{1} << format.bit_depth, plane.sizes(), torch::kInt32)
                .to(plane.scalar_type());
  }
  return planes;
}

/// Slow waves and soft blobs, as in natural pictures: what chroma filters must hardly change.
inline std::vector<torch::Tensor> natural_planes(const ops::PlanarFormat& format,
                                                 std::int64_t height, std::int64_t width) {
  auto planes = empty_planes(format, height, width);
  const double most = std::ldexp(1.0, format.bit_depth) - 1;
  for (std::size_t i = 0; i < planes.size(); ++i) {
    const auto phase = static_cast<double>(i);
    const auto y = torch::arange(planes[i].size(0), torch::kFloat64).unsqueeze(1);
    const auto x = torch::arange(planes[i].size(1), torch::kFloat64).unsqueeze(0);
    const auto wave = torch::sin(x * 0.11 + phase) * torch::cos(y * 0.07 - phase) * 0.22 +
                      torch::sin((x + y) * 0.23 + 2 * phase) * 0.1;
    planes[i] = ((wave + 0.5) * most).round().to(torch::kInt32).to(planes[i].scalar_type());
  }
  return planes;
}

inline double psnr_db(const torch::Tensor& a, const torch::Tensor& b, int bit_depth) {
  const auto difference = a.to(torch::kFloat64) - b.to(torch::kFloat64);
  const double error = difference.pow(2).mean().item<double>();
  const double most = std::ldexp(1.0, bit_depth) - 1;
  return error == 0 ? 200 : 10 * std::log10(most * most / error);
}

inline std::int64_t largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return (a.to(torch::kInt64) - b.to(torch::kInt64)).abs().max().item<std::int64_t>();
}

/// Formats that differ in all that matters to the code paths.
inline std::vector<ops::PlanarFormat> yuv_formats() {
  using ops::ChromaSiting;
  using ops::YuvMatrix;
  return {
      {.bit_depth = 8},
      {.bit_depth = 8, .full_range = true, .siting = ChromaSiting::kCenter},
      {.bit_depth = 10, .matrix = YuvMatrix::kBt709, .siting = ChromaSiting::kTopLeft},
      {.bit_depth = 12, .matrix = YuvMatrix::kBt2020, .siting = ChromaSiting::kTop},
      {.bit_depth = 9, .matrix = YuvMatrix::kFcc, .siting = ChromaSiting::kBottomLeft},
      {.bit_depth = 14, .matrix = YuvMatrix::kSmpte240m, .siting = ChromaSiting::kBottom},
      {.bit_depth = 16, .full_range = true},
      {.bit_depth = 8, .chroma_shift_y = 0},
      {.bit_depth = 10, .chroma_shift_y = 0, .siting = ChromaSiting::kCenter},
      {.bit_depth = 8, .chroma_shift_x = 0, .chroma_shift_y = 1},
      {.bit_depth = 8, .chroma_shift_x = 2, .chroma_shift_y = 0},
      {.bit_depth = 8, .chroma_shift_x = 2, .chroma_shift_y = 2, .siting = ChromaSiting::kCenter},
      {.bit_depth = 8, .chroma_shift_x = 3, .chroma_shift_y = 3, .siting = ChromaSiting::kBottom},
      {.bit_depth = 8, .chroma_shift_x = 0, .chroma_shift_y = 0},
      {.bit_depth = 12, .chroma_shift_x = 0, .chroma_shift_y = 0, .full_range = true},
  };
}

/// Height and width: odd, tiny, and one that no tile divides.
inline std::vector<std::pair<std::int64_t, std::int64_t>> picture_sizes() {
  return {{1, 1}, {1, 9}, {7, 1}, {2, 2}, {3, 5}, {17, 23}, {35, 70}};
}

}  // namespace vcisr::tests
