// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "ops/color/color_math.h"
#include "ops/color/color_ops.h"

namespace vcisr::ops::detail {

void planar_to_rgb_cpu(const std::vector<torch::Tensor>& planes, const PlanarFormat& format,
                       const torch::Tensor& rgb) {
  auto out = torch::empty(rgb.sizes(), torch::kFloat64);
  planar_to_rgb_reference(planes, format, out);
  rgb.copy_(out);
}

void rgb_to_planar_cpu(const torch::Tensor& rgb, const PlanarFormat& format,
                       const std::vector<torch::Tensor>& planes) {
  rgb_to_planar_reference(rgb.to(torch::kFloat64), format, planes);
}

void interleaved_to_float_cpu(const torch::Tensor& samples, const torch::Tensor& planar) {
  const double most = samples.scalar_type() == torch::kUInt8 ? 255 : 65535;
  planar.copy_(samples.permute({2, 0, 1}).to(torch::kFloat32).mul(1 / most));
}

void float_to_interleaved_cpu(const torch::Tensor& planar, const torch::Tensor& samples) {
  const double most = samples.scalar_type() == torch::kUInt8 ? 255 : 65535;
  samples.copy_(
      planar.permute({1, 2, 0}).clamp(0, 1).mul(most).add(0.5).floor().to(samples.scalar_type()));
}

}  // namespace vcisr::ops::detail
