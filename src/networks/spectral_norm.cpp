// SPDX-License-Identifier: Apache-2.0
#include "networks/spectral_norm.h"

#include <torch/nn/modules/conv.h>

#include "networks/layers.h"

namespace vcisr::networks {
namespace {

torch::Tensor unit(const torch::Tensor& x) { return x / x.norm().clamp_min(1e-12); }

torch::Dtype wide_type(const torch::Tensor& x) {
  return x.scalar_type() == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
}

/// A module that was cast has cast its buffers, too.
void widen(torch::Tensor& buffer, torch::Dtype dtype) {
  if (buffer.scalar_type() != dtype) buffer.set_data(buffer.to(dtype));
}

}  // namespace

SpectralConv2d::SpectralConv2d(const SpectralConvOptions& options) : options_(options) {
  const torch::nn::Conv2d initial(
      torch::nn::Conv2dOptions(options.in, options.out, options.kernel_size).bias(false));
  weight_orig_ = register_parameter("weight_orig", initial->weight.detach());
  const std::int64_t columns = options.in * options.kernel_size * options.kernel_size;
  weight_u_ = register_buffer("weight_u", unit(torch::randn({options.out})));
  weight_v_ = register_buffer("weight_v", unit(torch::randn({columns})));
}

void SpectralConv2d::iterate(const torch::Tensor& matrix) {
  weight_v_.copy_(unit(at::mv(matrix.t(), weight_u_)));
  weight_u_.copy_(unit(at::mv(matrix, weight_v_)));
}

torch::Tensor SpectralConv2d::normalised_weight() {
  const WithoutAutocast in_full_precision;
  const auto type = wide_type(weight_orig_);
  widen(weight_u_, type);
  widen(weight_v_, type);
  const auto weight = weight_orig_.to(type);
  const auto matrix = weight.flatten(1);  // [out, in * k * k]
  torch::Tensor u, v;
  {
    const torch::NoGradGuard no_grad;
    if (is_training()) iterate(matrix);
    u = weight_u_.clone();
    v = weight_v_.clone();
  }
  const auto sigma = at::dot(u, at::mv(matrix, v));
  return (weight / sigma).to(weight_orig_.scalar_type());
}

torch::Tensor SpectralConv2d::forward(const torch::Tensor& x) {
  const auto weight = normalised_weight();
  return at::conv2d(x.to(weight.scalar_type()), weight, /*bias=*/{}, options_.stride,
                    /*padding=*/1);
}

}  // namespace vcisr::networks
