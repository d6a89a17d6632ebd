// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <string>

#include <ATen/Parallel.h>
#include <torch/library.h>

#include "ops/resize/resample.h"
#include "ops/resize/resize_ops.h"

namespace vcisr::ops {
namespace {

using detail::AxisTaps;
using detail::PlaneView;

void resample(const PlaneView<const float>& in, const PlaneView<float>& out,
              const AxisTaps& vertical, const AxisTaps& horizontal, std::int64_t first,
              std::int64_t last) {
  detail::resample_rows(in, out, vertical, horizontal, first, last);
}

void resample(const PlaneView<const double>& in, const PlaneView<double>& out,
              const AxisTaps& vertical, const AxisTaps& horizontal, std::int64_t first,
              std::int64_t last) {
  detail::resample_reference(in, out, vertical, horizontal, first, last);
}

// Rows of all planes are one range: the last rows of one plane and the first of the next may be one
// thread's.
template <class T>
void resample_planes(const torch::Tensor& x, const torch::Tensor& out, const AxisTaps& vertical,
                     const AxisTaps& horizontal) {
  const auto* source = x.const_data_ptr<T>();
  auto* target = out.mutable_data_ptr<T>();
  const std::int64_t channels = x.size(1);
  const std::int64_t out_h = out.size(2);
  const std::int64_t rows = x.size(0) * channels * out_h;
  const std::int64_t grain = std::max<std::int64_t>(1, 32768 / out.size(3));
  at::parallel_for(0, rows, grain, [&](std::int64_t begin, std::int64_t end) {
    while (begin < end) {
      const std::int64_t plane = begin / out_h;
      const std::int64_t n = plane / channels;
      const std::int64_t c = plane % channels;
      const std::int64_t first = begin - plane * out_h;
      const std::int64_t last = std::min(out_h, first + end - begin);
      resample({source + n * x.stride(0) + c * x.stride(1), x.size(2), x.size(3), x.stride(2)},
               PlaneView<T>{target + n * out.stride(0) + c * out.stride(1), out_h, out.size(3),
                            out.stride(2)},
               vertical, horizontal, first, last);
      begin += last - first;
    }
  });
}

void resample_into(const torch::Tensor& any_x, const torch::Tensor& out, const std::string& filter,
                   bool is_transposed) {
  if (out.numel() == 0) return;
  const torch::Tensor x = detail::with_dense_columns(any_x);
  const auto kind = detail::tap_filter(filter);
  const auto vertical = detail::cached_taps(x.size(2), out.size(2), kind, is_transposed);
  const auto horizontal = detail::cached_taps(x.size(3), out.size(3), kind, is_transposed);
  if (x.scalar_type() == torch::kFloat32) {
    resample_planes<float>(x, out, *vertical, *horizontal);
  } else {
    resample_planes<double>(x, out, *vertical, *horizontal);
  }
}

template <bool kIsTransposed>
torch::Tensor resize_cpu(const torch::Tensor& x, std::int64_t out_h, std::int64_t out_w,
                         const std::string& filter) {
  detail::check_resize(x, out_h, out_w);
  auto out = torch::empty({x.size(0), x.size(1), out_h, out_w}, x.options());
  resample_into(x, out, filter, kIsTransposed);
  return out;
}

void resize_out_cpu(const torch::Tensor& x, const torch::Tensor& out, const std::string& filter) {
  detail::check_resize_out(x, out);
  resample_into(x, out, filter, false);
}

TORCH_LIBRARY_IMPL(vcisr, CPU, m) {
  m.impl("resize", &resize_cpu<false>);
  m.impl("resize_backward", &resize_cpu<true>);
  m.impl("resize_out", &resize_out_cpu);
}

}  // namespace
}  // namespace vcisr::ops
