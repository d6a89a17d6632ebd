// SPDX-License-Identifier: Apache-2.0
#include "ops/color/color_ops.h"

namespace vcisr::ops::detail {
namespace {

[[noreturn]] void refuse(const torch::Tensor& x) {
  TORCH_CHECK(false, "color: a tensor is on ", x.device(), ", but this build has no CUDA kernels");
}

}  // namespace

void planar_to_rgb_cuda(const std::vector<torch::Tensor>&, const PlanarFormat&,
                        const torch::Tensor& rgb) {
  refuse(rgb);
}

void rgb_to_planar_cuda(const torch::Tensor& rgb, const PlanarFormat&,
                        const std::vector<torch::Tensor>&) {
  refuse(rgb);
}

void interleaved_to_float_cuda(const torch::Tensor& samples, const torch::Tensor&) {
  refuse(samples);
}

void float_to_interleaved_cuda(const torch::Tensor& planar, const torch::Tensor&) {
  refuse(planar);
}

}  // namespace vcisr::ops::detail
