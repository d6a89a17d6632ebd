// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/interpolate.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <ATen/Parallel.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/upsample_bicubic2d.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <c10/core/GradMode.h>

#include "ops/interpolate/interpolate_taps.h"
#include "ops/resize/resample.h"

namespace vcisr::ops {
namespace {

using detail::AxisTaps;

/// Whose product with another of its kind fits 64 bits, and whose indices fit 32.
constexpr std::int64_t kLongestSide = std::int64_t{1} << 30;

struct Target {
  std::int64_t height, width;
  std::optional<double> scale;
};

void check_image(const char* name, const torch::Tensor& x) {
  TORCH_CHECK(
      x.dim() == 4 && (x.scalar_type() == torch::kFloat32 || x.scalar_type() == torch::kFloat64),
      name, ": x must be float32 or float64 [N, C, H, W], but is ", x.scalar_type(), " ",
      x.sizes());
  TORCH_CHECK(
      x.size(2) >= 1 && x.size(3) >= 1 && x.size(2) <= kLongestSide && x.size(3) <= kLongestSide,
      name, ": x must have rows and columns, but its sizes are ", x.sizes());
}

detail::InterpolateFilter filter_of(InterpolateMode mode) {
  switch (mode) {
    case InterpolateMode::kArea:
      return detail::InterpolateFilter::kArea;
    case InterpolateMode::kBilinear:
      return detail::InterpolateFilter::kBilinear;
    case InterpolateMode::kBicubic:
      return detail::InterpolateFilter::kBicubic;
  }
  TORCH_CHECK(false, "interpolate: no mode has the number ", static_cast<int>(mode));
}

torch::Tensor by_torch(const torch::Tensor& x, const Target& target, InterpolateMode mode) {
  switch (mode) {
    case InterpolateMode::kArea:
      return at::adaptive_avg_pool2d(x, {target.height, target.width}).contiguous();
    case InterpolateMode::kBilinear:
      return at::upsample_bilinear2d(x, {target.height, target.width}, /*align_corners=*/false,
                                     target.scale, target.scale)
          .contiguous();
    case InterpolateMode::kBicubic:
      return at::upsample_bicubic2d(x, {target.height, target.width}, /*align_corners=*/false,
                                    target.scale, target.scale)
          .contiguous();
  }
  TORCH_CHECK(false, "interpolate: no mode has the number ", static_cast<int>(mode));
}

// Rows of all planes are one range: the last rows of one plane and the first of the next may be one
// thread's.
void resample_planes(const torch::Tensor& x, const torch::Tensor& out, const AxisTaps& vertical,
                     const AxisTaps& horizontal) {
  const auto* source = x.const_data_ptr<float>();
  auto* target = out.mutable_data_ptr<float>();
  const std::int64_t channels = x.size(1);
  const std::int64_t out_h = out.size(2);
  const std::int64_t out_w = out.size(3);
  const std::int64_t grain = std::max<std::int64_t>(1, 32768 / out_w);
  at::parallel_for(0, x.size(0) * channels * out_h, grain, [&](std::int64_t row, std::int64_t end) {
    while (row < end) {
      const std::int64_t plane = row / out_h;
      const std::int64_t first = row - plane * out_h;
      const std::int64_t last = std::min(out_h, first + end - row);
      const float* in = source + plane / channels * x.stride(0) + plane % channels * x.stride(1);
      detail::resample_rows({in, x.size(2), x.size(3), x.stride(2)},
                            {target + plane * out_h * out_w, out_h, out_w, out_w}, vertical,
                            horizontal, first, last);
      row += last - first;
    }
  });
}

torch::Tensor run(const torch::Tensor& any_x, const Target& target, InterpolateMode mode) {
  const auto filter = filter_of(mode);
  if (any_x.numel() == 0) {  // torch refuses an empty batch in some modes.
    return at::empty({any_x.size(0), any_x.size(1), target.height, target.width}, any_x.options());
  }
  const bool records = any_x.requires_grad() && c10::GradMode::is_enabled();
  if (!any_x.is_cpu() || any_x.scalar_type() != torch::kFloat32 || records) {
    return by_torch(any_x, target, mode);
  }
  const bool keeps_size = any_x.size(2) == target.height && any_x.size(3) == target.width;
  if (keeps_size && (!target.scale || *target.scale == 1 || mode != InterpolateMode::kBicubic)) {
    return any_x.clone(at::MemoryFormat::Contiguous);
  }
  const auto x = any_x.stride(3) == 1 || any_x.size(3) == 1 ? any_x : any_x.contiguous();
  auto out = at::empty({x.size(0), x.size(1), target.height, target.width}, x.options());
  const auto vertical =
      detail::make_interpolate_taps(x.size(2), target.height, filter, target.scale);
  const auto horizontal =
      detail::make_interpolate_taps(x.size(3), target.width, filter, target.scale);
  resample_planes(x, out, vertical, horizontal);
  return out;
}

}  // namespace

torch::Tensor interpolate(const torch::Tensor& x, std::int64_t out_h, std::int64_t out_w,
                          InterpolateMode mode) {
  check_image("interpolate", x);
  TORCH_CHECK(out_h >= 1 && out_w >= 1 && out_h <= kLongestSide && out_w <= kLongestSide,
              "interpolate: the output size must be positive, not ", out_h, " x ", out_w);
  return run(x, {out_h, out_w, std::nullopt}, mode);
}

torch::Tensor interpolate_by(const torch::Tensor& x, double scale, InterpolateMode mode) {
  check_image("interpolate_by", x);
  const std::int64_t height = scaled_length(x.size(2), scale);
  const std::int64_t width = scaled_length(x.size(3), scale);
  TORCH_CHECK(height >= 1 && width >= 1, "interpolate_by: scale ", scale, " leaves nothing of ",
              x.size(2), " x ", x.size(3));
  return run(x, {height, width, scale}, mode);
}

std::int64_t scaled_length(std::int64_t length, double scale) {
  TORCH_CHECK(scale > 0 && std::isfinite(scale),
              "scaled_length: scale must be positive and finite, not ", scale);
  const double scaled = std::floor(static_cast<double>(length) * scale);
  TORCH_CHECK(length >= 0 && scaled <= static_cast<double>(kLongestSide), "scaled_length: ", length,
              " by ", scale, " is outside [0, ", kLongestSide, "]");
  return static_cast<std::int64_t>(scaled);
}

}  // namespace vcisr::ops
