// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/noise.h"

#include <optional>

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <c10/core/GradMode.h>

#include "ops/noise/noise_cpu.h"
#include "ops/noise/noise_steps.h"

namespace vcisr::ops {
namespace {

using detail::NoiseSource;
using detail::NoiseStream;

void check_arguments(const char* name, const torch::Tensor& x, const char* amount_name,
                     double amount) {
  const bool is_wide_enough =
      x.scalar_type() == torch::kFloat32 || x.scalar_type() == torch::kFloat64;
  TORCH_CHECK(is_wide_enough && x.dim() == 3 && x.size(0) == 3 && x.size(1) >= 1 && x.size(2) >= 1,
              name, ": x must be float32 or float64 [3, H, W] with H and W at least 1, but is ",
              x.scalar_type(), " ", x.sizes());
  TORCH_CHECK(amount >= 0 && amount <= 1e6, name, ": ", amount_name,
              " must be between 0 and 1e6, but is ", amount);
}

bool has_own_code(const torch::Tensor& x) {
  return x.is_cpu() && x.scalar_type() == torch::kFloat32 &&
         !(x.requires_grad() && c10::GradMode::is_enabled());
}

/// Where noise goes that is added to `dense`.
detail::NoisePicture picture_of(const torch::Tensor& dense, torch::Tensor& out) {
  return {dense.const_data_ptr<float>(), out.mutable_data_ptr<float>(), dense.numel() / 3};
}

}  // namespace

torch::Tensor add_gaussian_noise(const torch::Tensor& x, const GaussianNoise& noise) {
  check_arguments("add_gaussian_noise", x, "sigma_8bit", noise.sigma_8bit);
  const NoiseSource source(noise.seed,
                           noise.gray ? NoiseStream::kGaussianGray : NoiseStream::kGaussianColour);
  if (!has_own_code(x)) {
    const auto field = detail::normal_field(noise.gray ? x.sizes().slice(1) : x.sizes(), source);
    return detail::apply_gaussian_field(x, field, noise.sigma_8bit);
  }
  const auto dense = x.contiguous();
  auto out = at::empty_like(dense, at::MemoryFormat::Contiguous);
  detail::add_normals(picture_of(dense, out), source, static_cast<float>(noise.sigma_8bit / 255));
  return out;
}

torch::Tensor add_poisson_noise(const torch::Tensor& x, const PoissonNoise& noise) {
  check_arguments("add_poisson_noise", x, "scale", noise.scale);
  const NoiseSource source(noise.seed,
                           noise.gray ? NoiseStream::kPoissonGray : NoiseStream::kPoissonColour);
  if (!has_own_code(x)) {
    const auto picture =
        detail::quantise(x, noise.gray ? std::optional(noise.order) : std::nullopt);
    return detail::apply_poisson_counts(x, picture, detail::poisson_counts(picture, source),
                                        noise.scale);
  }
  const auto dense = x.contiguous();
  auto out = at::empty_like(dense, at::MemoryFormat::Contiguous);
  const auto picture = picture_of(dense, out);
  auto levels = at::empty({noise.gray ? picture.pixels : dense.numel()}, torch::kUInt8);
  auto* level = levels.mutable_data_ptr<std::uint8_t>();
  const int log2_v =
      noise.gray ? detail::gray_picture_levels(picture.in, picture.pixels, noise.order, level)
                 : detail::picture_levels(picture.in, picture.pixels, level);
  detail::add_poisson(picture, source, static_cast<float>(noise.scale), log2_v, level);
  return out;
}

}  // namespace vcisr::ops
