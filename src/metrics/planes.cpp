// SPDX-License-Identifier: Apache-2.0
#include "metrics/planes.h"

#include <cmath>

#include <torch/torch.h>

namespace vcisr::metrics {

torch::Tensor with_dense_rows(const torch::Tensor& x) {
  const bool is_narrow = x.is_floating_point() && x.element_size() < 4;
  const torch::Tensor plain = (is_narrow ? x.to(torch::kFloat32) : x).detach().cpu();
  return plain.stride(-1) == 1 || plain.size(-1) == 1 ? plain : plain.contiguous();
}

void check_pair(const char* metric, const torch::Tensor& a, const torch::Tensor& b,
                std::int64_t least_dims) {
  TORCH_CHECK(a.defined() && b.defined() && a.dim() >= least_dims && b.dim() >= least_dims, metric,
              " needs two tensors of at least ", least_dims, " dimensions");
  TORCH_CHECK(a.sizes() == b.sizes(), metric, " needs two pictures of one size, but they are ",
              a.size(-1), "x", a.size(-2), " and ", b.size(-1), "x", b.size(-2), " (shapes ",
              a.sizes(), " and ", b.sizes(), ")");
  TORCH_CHECK(a.numel() > 0, metric, " needs pictures that are not empty, but the shape is ",
              a.sizes());
  TORCH_CHECK(a.scalar_type() == b.scalar_type() &&
                  (a.scalar_type() == torch::kUInt8 || a.scalar_type() == torch::kUInt16 ||
                   a.is_floating_point()),
              metric,
              " needs two tensors that are both uint8, both uint16 or both of one "
              "floating-point type, but they are ",
              a.scalar_type(), " and ", b.scalar_type());
}

Planes compared_planes(const char* metric, const torch::Tensor& a, const torch::Tensor& b,
                       std::int64_t smallest_side_px) {
  check_pair(metric, a, b, 2);
  TORCH_CHECK(a.dim() == 2, metric, " needs two planes [H, W], but their shape is ", a.sizes());
  TORCH_CHECK(a.size(0) >= smallest_side_px && a.size(1) >= smallest_side_px, metric,
              " needs at least ", smallest_side_px, "x", smallest_side_px,
              " pixels, but it was asked for ", a.size(1), "x", a.size(0));
  return {with_dense_rows(a), with_dense_rows(b)};
}

double finite(const char* metric, double value) {
  TORCH_CHECK(std::isfinite(value), metric,
              " is not defined: a picture holds NaN or infinity (the sum is ", value, ")");
  return value;
}

}  // namespace vcisr::metrics
