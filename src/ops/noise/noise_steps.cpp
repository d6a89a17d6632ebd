// SPDX-License-Identifier: Apache-2.0
#include "ops/noise/noise_steps.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/where.h>

#include "ops/noise/noise_cpu.h"

namespace vcisr::ops::detail {

torch::Tensor normal_field(at::IntArrayRef shape, const NoiseSource& source) {
  auto field = at::empty(shape, torch::kFloat32);
  fill_normals(source, field.numel(), field.mutable_data_ptr<float>());
  return field;
}

torch::Tensor apply_gaussian_field(const torch::Tensor& x, const torch::Tensor& field,
                                   double sigma_8bit) {
  const auto noise = field.to(x.device()).to(x.scalar_type()) * (sigma_8bit / 255);
  return (x + noise).clamp(0, 1).contiguous();
}

PictureLevels quantise(const torch::Tensor& x, std::optional<ChannelOrder> gray) {
  const auto detached = x.detach();
  auto picture = detached;
  if (gray) {
    const bool is_bgr = *gray == ChannelOrder::kBgr;
    picture = (detached[is_bgr ? 2 : 0] * 0.2989 + detached[1] * 0.587) +
              detached[is_bgr ? 0 : 2] * 0.114;
  }
  const auto scaled = picture * 255;
  const auto above = at::where(scaled > 0, scaled, 0);  // NaN is not.
  const auto levels = above.clamp_max(255).round().to(torch::kUInt8).to(torch::kCPU).contiguous();
  return {levels, log2_rate_scale(levels.const_data_ptr<std::uint8_t>(), levels.numel())};
}

torch::Tensor poisson_counts(const PictureLevels& picture, const NoiseSource& source) {
  auto counts = at::empty(picture.levels.sizes(), torch::kInt16);
  fill_poisson_counts(source, picture.log2_v, picture.levels.const_data_ptr<std::uint8_t>(),
                      counts.numel(),
                      reinterpret_cast<std::uint16_t*>(counts.mutable_data_ptr<std::int16_t>()));
  return counts;
}

torch::Tensor apply_poisson_counts(const torch::Tensor& x, const PictureLevels& picture,
                                   const torch::Tensor& counts, double scale) {
  // On the CPU: a GPU divides by multiplying with 1 / 255.
  const auto residual =
      counts.to(x.scalar_type()) / (1 << picture.log2_v) - picture.levels.to(x.scalar_type()) / 255;
  return (x + residual.to(x.device()) * scale).clamp(0, 1).contiguous();
}

}  // namespace vcisr::ops::detail
