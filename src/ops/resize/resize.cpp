// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/resize.h"

#include <limits>
#include <string>

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

#include "ops/resize/resize_ops.h"
#include "vcisr/ops/device.h"

namespace vcisr::ops {
namespace detail {

TapFilter tap_filter(const std::string& name) {
  if (name == "bicubic") return TapFilter::kBicubic;
  if (name == "lanczos3") return TapFilter::kLanczos3;
  if (name == "bilinear") return TapFilter::kBilinear;
  TORCH_CHECK(false, "resize: filter must be bicubic, lanczos3 or bilinear, not '", name, "'");
}

void check_resize(const torch::Tensor& x, std::int64_t out_h, std::int64_t out_w) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max() / 2;
  TORCH_CHECK(x.dim() == 4, "resize: x must be [N, C, H, W], but its sizes are ", x.sizes());
  TORCH_CHECK(x.scalar_type() == torch::kFloat32 || x.scalar_type() == torch::kFloat64,
              "resize: x must be float32 or float64, but is ", x.scalar_type());
  TORCH_CHECK(x.size(2) >= 1 && x.size(3) >= 1 && x.size(2) <= kMost && x.size(3) <= kMost,
              "resize: x must have rows and columns, but its sizes are ", x.sizes());
  TORCH_CHECK(out_h >= 1 && out_w >= 1 && out_h <= kMost && out_w <= kMost,
              "resize: the output size must be positive, not ", out_h, " x ", out_w);
  TORCH_CHECK(!x.is_cuda() || has_cuda_kernels(), "resize: x is on ", x.device(),
              ", but this build has no CUDA kernels");
}

void check_resize_out(const torch::Tensor& x, const torch::Tensor& out) {
  TORCH_CHECK(out.dim() == 4, "resize_out: out must be [N, C, H, W], but its sizes are ",
              out.sizes());
  check_resize(x, out.size(2), out.size(3));
  TORCH_CHECK(out.size(0) == x.size(0) && out.size(1) == x.size(1), "resize_out: out has sizes ",
              out.sizes(), ", which do not fit x's ", x.sizes());
  TORCH_CHECK(out.scalar_type() == x.scalar_type() && out.device() == x.device(),
              "resize_out: out is ", out.scalar_type(), " on ", out.device(), ", but x is ",
              x.scalar_type(), " on ", x.device());
  TORCH_CHECK(out.size(3) == 1 || out.stride(3) == 1,
              "resize_out: out must have column stride 1, not ", out.stride(3));
  TORCH_CHECK(!out.is_alias_of(x), "resize_out: out and x share memory");
}

torch::Tensor with_dense_columns(const torch::Tensor& x) {
  return x.stride(3) == 1 || x.size(3) == 1 ? x : x.contiguous();
}

}  // namespace detail

namespace {

const char* filter_name(ResizeFilter filter) {
  switch (filter) {
    case ResizeFilter::kBicubic:
      return "bicubic";
    case ResizeFilter::kLanczos3:
      return "lanczos3";
    case ResizeFilter::kBilinear:
      return "bilinear";
  }
  TORCH_CHECK(false, "resize: no filter has the number ", static_cast<int>(filter));
}

torch::Tensor resize_meta(const torch::Tensor& x, std::int64_t out_h, std::int64_t out_w,
                          const std::string& filter) {
  static_cast<void>(detail::tap_filter(filter));
  detail::check_resize(x, out_h, out_w);
  return torch::empty({x.size(0), x.size(1), out_h, out_w}, x.options());
}

void resize_out_meta(const torch::Tensor& x, const torch::Tensor& out, const std::string& filter) {
  static_cast<void>(detail::tap_filter(filter));
  detail::check_resize_out(x, out);
}

TORCH_LIBRARY_FRAGMENT(vcisr, m) {
  m.def("resize(Tensor x, int out_h, int out_w, str filter=\"bicubic\") -> Tensor");
  m.def("resize_backward(Tensor grad, int in_h, int in_w, str filter=\"bicubic\") -> Tensor");
  m.def("resize_out(Tensor x, Tensor(a!) out, str filter=\"bicubic\") -> ()");
}

TORCH_LIBRARY_IMPL(vcisr, Meta, m) {
  m.impl("resize", &resize_meta);
  m.impl("resize_backward", &resize_meta);
  m.impl("resize_out", &resize_out_meta);
}

}  // namespace

torch::Tensor resize(const torch::Tensor& x, std::int64_t out_h, std::int64_t out_w,
                     ResizeFilter filter) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("vcisr::resize", "")
                             .typed<torch::Tensor(const torch::Tensor&, std::int64_t, std::int64_t,
                                                  const std::string&)>();
  detail::check_resize(x, out_h, out_w);
  return op.call(x, out_h, out_w, filter_name(filter));
}

void resize_out(const torch::Tensor& x, torch::Tensor& out, ResizeFilter filter) {
  static const auto op =
      c10::Dispatcher::singleton()
          .findSchemaOrThrow("vcisr::resize_out", "")
          .typed<void(const torch::Tensor&, const torch::Tensor&, const std::string&)>();
  detail::check_resize_out(x, out);
  op.call(x, out, filter_name(filter));
}

}  // namespace vcisr::ops
