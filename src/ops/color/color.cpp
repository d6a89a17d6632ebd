// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/color.h"

#include <cstdint>
#include <string>

#include "ops/color/color_ops.h"
#include "ops/color/color_params.h"

namespace vcisr::ops {
namespace {

bool has_dense_columns(const torch::Tensor& x) { return x.size(1) <= 1 || x.stride(1) == 1; }

void check_format(const PlanarFormat& format) {
  TORCH_CHECK(format.bit_depth >= 8 && format.bit_depth <= 16,
              "color: bit_depth must be 8 .. 16, not ", format.bit_depth);
  for (const int shift : {format.chroma_shift_x, format.chroma_shift_y}) {
    TORCH_CHECK(shift >= 0 && shift <= 3, "color: a chroma shift must be 0 .. 3, not ", shift);
  }
}

void check_plane(const torch::Tensor& plane, std::size_t index, const PlanarFormat& format,
                 const torch::Tensor& rgb) {
  const bool is_chroma = index > 0 && !format.is_rgb;
  const auto rows = detail::chroma_size(rgb.size(1), is_chroma ? format.chroma_shift_y : 0);
  const auto cols = detail::chroma_size(rgb.size(2), is_chroma ? format.chroma_shift_x : 0);
  const auto type = format.bit_depth <= 8 ? torch::kUInt8 : torch::kUInt16;
  TORCH_CHECK(plane.dim() == 2 && plane.size(0) == rows && plane.size(1) == cols, "color: plane ",
              index, " must be [", rows, ", ", cols, "] beside rgb ", rgb.sizes(),
              ", but its sizes are ", plane.sizes());
  TORCH_CHECK(plane.scalar_type() == type, "color: plane ", index, " of a ", format.bit_depth,
              " bit picture must be ", type, ", but is ", plane.scalar_type());
  TORCH_CHECK(has_dense_columns(plane), "color: plane ", index, " must have column stride 1, not ",
              plane.stride(1));
  TORCH_CHECK(plane.device() == rgb.device(), "color: plane ", index, " is on ", plane.device(),
              ", but rgb on ", rgb.device());
}

void check_planar(const std::vector<torch::Tensor>& planes, const PlanarFormat& format,
                  const torch::Tensor& rgb) {
  check_format(format);
  TORCH_CHECK(rgb.dim() == 3 && rgb.size(0) == 3,
              "color: rgb must be [3, H, W], but its sizes are ", rgb.sizes());
  TORCH_CHECK(rgb.scalar_type() == torch::kFloat32 && rgb.is_contiguous(),
              "color: rgb must be contiguous float32, but is ", rgb.scalar_type(), " with strides ",
              rgb.strides());
  TORCH_CHECK(rgb.device().is_cpu() || rgb.device().is_cuda(),
              "color: rgb must be on the CPU or a CUDA device, not on ", rgb.device());
  TORCH_CHECK(planes.size() == 3 || (planes.size() == 1 && !format.is_rgb),
              "color: a picture has three planes, or one if it is gray, not ", planes.size());
  for (std::size_t i = 0; i < planes.size(); ++i) check_plane(planes[i], i, format, rgb);
}

void check_interleaved(const torch::Tensor& samples, const torch::Tensor& planar) {
  TORCH_CHECK(samples.dim() == 3 && samples.size(2) >= 1 && samples.size(2) <= 4,
              "color: samples must be [H, W, C] with C of 1 .. 4, but their sizes are ",
              samples.sizes());
  TORCH_CHECK(samples.scalar_type() == torch::kUInt8 || samples.scalar_type() == torch::kUInt16,
              "color: samples must be uint8 or uint16, but are ", samples.scalar_type());
  const auto channels = samples.size(2);
  TORCH_CHECK((channels == 1 || samples.stride(2) == 1) &&
                  (samples.size(1) <= 1 || samples.stride(1) == channels),
              "color: each row of samples must be dense, but the strides are ", samples.strides());
  TORCH_CHECK(planar.dim() == 3 && planar.size(0) == channels &&
                  planar.size(1) == samples.size(0) && planar.size(2) == samples.size(1),
              "color: planar must be [C, H, W] beside samples ", samples.sizes(),
              ", but its sizes are ", planar.sizes());
  TORCH_CHECK(planar.scalar_type() == torch::kFloat32 && planar.is_contiguous(),
              "color: planar must be contiguous float32, but is ", planar.scalar_type(),
              " with strides ", planar.strides());
  TORCH_CHECK(samples.device() == planar.device() &&
                  (planar.device().is_cpu() || planar.device().is_cuda()),
              "color: samples and planar must be on the CPU or one CUDA device, not on ",
              samples.device(), " and ", planar.device());
}

}  // namespace

void planar_to_rgb(const std::vector<torch::Tensor>& planes, const PlanarFormat& format,
                   torch::Tensor& rgb) {
  check_planar(planes, format, rgb);
  if (rgb.numel() == 0) return;
  (rgb.is_cuda() ? detail::planar_to_rgb_cuda : detail::planar_to_rgb_cpu)(planes, format, rgb);
}

void rgb_to_planar(const torch::Tensor& rgb, const PlanarFormat& format,
                   std::vector<torch::Tensor>& planes) {
  check_planar(planes, format, rgb);
  if (rgb.numel() == 0) return;
  (rgb.is_cuda() ? detail::rgb_to_planar_cuda : detail::rgb_to_planar_cpu)(rgb, format, planes);
}

void interleaved_to_float(const torch::Tensor& samples, torch::Tensor& planar) {
  check_interleaved(samples, planar);
  if (planar.numel() == 0) return;
  (planar.is_cuda() ? detail::interleaved_to_float_cuda : detail::interleaved_to_float_cpu)(samples,
                                                                                            planar);
}

void float_to_interleaved(const torch::Tensor& planar, torch::Tensor& samples) {
  check_interleaved(samples, planar);
  if (planar.numel() == 0) return;
  (planar.is_cuda() ? detail::float_to_interleaved_cuda : detail::float_to_interleaved_cpu)(
      planar, samples);
}

}  // namespace vcisr::ops
