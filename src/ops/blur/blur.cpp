// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/blur.h"

#include <vector>

#include <ATen/ops/_convolution.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/reflection_pad2d.h>
#include <ATen/ops/tensor.h>
#include <c10/core/GradMode.h>

#include "ops/blur/blur_cpu.h"

namespace vcisr::ops {
namespace {

bool is_wide_enough(const torch::Tensor& t) {
  return t.scalar_type() == torch::kFloat32 || t.scalar_type() == torch::kFloat64;
}

void check_image(const char* name, const torch::Tensor& x) {
  TORCH_CHECK(x.dim() == 4 && is_wide_enough(x) && x.size(2) >= 1 && x.size(3) >= 1, name,
              ": x must be float32 or float64 [N, C, H, W] with H and W at least 1, but is ",
              x.scalar_type(), " ", x.sizes());
}

void check_kernel(const torch::Tensor& x, const torch::Tensor& kernel) {
  const bool fits = kernel.dim() == 2 || (kernel.dim() == 3 && kernel.size(0) == x.size(0));
  TORCH_CHECK(fits && is_wide_enough(kernel) && kernel.size(-1) == kernel.size(-2) &&
                  kernel.size(-1) % 2 == 1,
              "filter2d: kernel must be float32 or float64 [k, k] or [", x.size(0),
              ", k, k] with odd k, but is ", kernel.scalar_type(), " ", kernel.sizes());
}

void check_taps(const char* name, const torch::Tensor& taps) {
  TORCH_CHECK(taps.dim() == 1 && is_wide_enough(taps) && taps.size(0) % 2 == 1,
              "filter2d_separable: ", name, " must be float32 or float64 [k] with odd k, but is ",
              taps.scalar_type(), " ", taps.sizes());
}

bool has_own_code(const torch::Tensor& x, std::initializer_list<const torch::Tensor*> taps) {
  bool needs_grad = x.requires_grad();
  for (const auto* t : taps) needs_grad = needs_grad || t->requires_grad();
  return x.is_cpu() && x.scalar_type() == torch::kFloat32 &&
         !(needs_grad && c10::GradMode::is_enabled());
}

std::vector<double> values_of(const torch::Tensor& taps) {
  const auto wide = taps.detach().to(torch::kCPU, torch::kFloat64).contiguous();
  const auto* data = wide.const_data_ptr<double>();
  return {data, data + wide.numel()};
}

torch::Tensor run_plans(const torch::Tensor& x, const std::vector<detail::BlurPlan>& plans) {
  const auto dense = x.contiguous();
  auto out = at::empty_like(dense, at::MemoryFormat::Contiguous);
  const std::int64_t planes = x.size(0) * x.size(1);
  if (planes == 0) return out;
  detail::blur_planes({dense.const_data_ptr<float>(), out.mutable_data_ptr<float>(), planes,
                       x.size(2), x.size(3), plans.size() == 1 ? planes : x.size(1)},
                      plans);
  return out;
}

/// Mirrored by that much on both ends of a dimension.
torch::Tensor mirror_dimension(const torch::Tensor& x, std::int64_t dim, std::int64_t radius) {
  if (radius == 0) return x;
  std::vector<std::int64_t> index;
  for (std::int64_t i = -radius; i < x.size(dim) + radius; ++i) {
    index.push_back(detail::reflected(i, x.size(dim)));
  }
  return x.index_select(dim, at::tensor(index, torch::kInt64).to(x.device()));
}

torch::Tensor mirror(const torch::Tensor& x, std::int64_t radius_y, std::int64_t radius_x) {
  if (radius_y < x.size(2) && radius_x < x.size(3)) {
    return at::reflection_pad2d(x, {radius_x, radius_x, radius_y, radius_y});
  }
  return mirror_dimension(mirror_dimension(x, 2, radius_y), 3, radius_x);
}

/// kernel: [kh, kw] or [N, kh, kw].
torch::Tensor pad_and_convolve(const torch::Tensor& x, const torch::Tensor& kernel) {
  if (x.numel() == 0) return at::empty_like(x, at::MemoryFormat::Contiguous);
  const std::int64_t planes = x.size(0) * x.size(1);
  const std::int64_t kernel_height = kernel.size(-2);
  const std::int64_t kernel_width = kernel.size(-1);
  const auto taps = kernel.to(x.device(), x.scalar_type()).unsqueeze(-3);  // [1 or N, 1, kh, kw]
  const auto weight = (kernel.dim() == 2 ? taps.unsqueeze(0) : taps)
                          .expand({x.size(0), x.size(1), kernel_height, kernel_width})
                          .reshape({planes, 1, kernel_height, kernel_width});
  const auto padded = mirror(x, kernel_height / 2, kernel_width / 2);
  const auto out = at::_convolution(padded.reshape({1, planes, padded.size(2), padded.size(3)}),
                                    weight, {}, {1, 1}, {0, 0}, {1, 1}, /*transposed=*/false,
                                    {0, 0}, planes, /*benchmark=*/false, /*deterministic=*/true,
                                    /*cudnn_enabled=*/true, /*allow_tf32=*/false);
  return out.reshape(x.sizes()).contiguous();
}

}  // namespace

torch::Tensor filter2d(const torch::Tensor& x, const torch::Tensor& kernel) {
  check_image("filter2d", x);
  check_kernel(x, kernel);
  if (!has_own_code(x, {&kernel})) return pad_and_convolve(x, kernel);
  const std::int64_t size = kernel.size(-1);
  std::vector<detail::BlurPlan> plans;
  for (const auto& one : kernel.dim() == 2 ? std::vector{kernel} : kernel.unbind(0)) {
    plans.push_back(detail::make_blur_plan(values_of(one), size));
  }
  return run_plans(x, plans);
}

torch::Tensor filter2d_separable(const torch::Tensor& x, const torch::Tensor& row_taps,
                                 const torch::Tensor& column_taps) {
  check_image("filter2d_separable", x);
  check_taps("row_taps", row_taps);
  check_taps("column_taps", column_taps);
  if (!has_own_code(x, {&row_taps, &column_taps})) {
    return pad_and_convolve(pad_and_convolve(x, row_taps.unsqueeze(0)), column_taps.unsqueeze(1));
  }
  return run_plans(x, {detail::make_blur_plan(values_of(row_taps), values_of(column_taps))});
}

}  // namespace vcisr::ops
