// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/jpeg_artifacts.h"

#include <vector>

#include <ATen/ops/empty_like.h>
#include <c10/core/GradMode.h>

#include "ops/jpeg_artifacts/jpeg_artifacts_ops.h"

namespace vcisr::ops {
namespace {

void check(const torch::Tensor& x, const torch::Tensor& quality) {
  TORCH_CHECK(x.dim() == 4 && x.size(1) == 3 && x.size(2) >= 1 && x.size(3) >= 1 &&
                  (x.scalar_type() == torch::kFloat32 || x.scalar_type() == torch::kFloat64),
              "jpeg_artifacts: x must be float32 or float64 [N, 3, H, W] with H and W at least 1, "
              "but is ",
              x.scalar_type(), " ", x.sizes());
  TORCH_CHECK(quality.dim() == 1 && quality.size(0) == x.size(0) && quality.is_cpu() &&
                  quality.scalar_type() == torch::kFloat64,
              "jpeg_artifacts: quality must be float64 [", x.size(0), "] on the CPU, but is ",
              quality.scalar_type(), " ", quality.sizes(), " on ", quality.device());
}

std::vector<detail::JpegSteps> steps_of(const torch::Tensor& quality) {
  std::vector<detail::JpegSteps> steps;
  const auto values = quality.accessor<double, 1>();
  for (std::int64_t n = 0; n < values.size(0); ++n) {
    TORCH_CHECK(values[n] >= 1 && values[n] < 100,
                "jpeg_artifacts: quality must be at least 1 and less than 100, but quality[", n,
                "] is ", values[n]);
    steps.push_back(detail::jpeg_steps(values[n]));
  }
  return steps;
}

}  // namespace

torch::Tensor jpeg_artifacts(const torch::Tensor& x, const torch::Tensor& quality,
                             ChannelOrder order) {
  check(x, quality);
  const auto steps = steps_of(quality);
  const torch::NoGradGuard no_grad;
  const bool is_bgr = order == ChannelOrder::kBgr;
  if (x.size(0) == 0) return at::empty_like(x, at::MemoryFormat::Contiguous);
  if (!x.is_cpu() || x.scalar_type() != torch::kFloat32) {
    if (!is_bgr) return detail::jpeg_by_torch(x, steps);
    return detail::jpeg_by_torch(x.flip(1), steps).flip(1);
  }
  const auto dense = x.contiguous();
  auto out = at::empty_like(dense, at::MemoryFormat::Contiguous);
  detail::jpeg_planes({dense.const_data_ptr<float>(), out.mutable_data_ptr<float>(), x.size(0),
                       x.size(2), x.size(3), is_bgr ? 2 : 0, 1, is_bgr ? 0 : 2},
                      steps);
  return out;
}

}  // namespace vcisr::ops
