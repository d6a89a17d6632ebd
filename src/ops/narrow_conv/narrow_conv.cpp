// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/narrow_conv.h"

#include <ATen/Parallel.h>

#include "ops/instruction_set.h"
#include "ops/narrow_conv/cpu_kernels.h"

namespace vcisr::ops {
namespace detail {

// Each defined by the object of its instruction set.
extern const NarrowConvKernels narrow_conv_kernels_baseline;
#ifdef VCISR_OPS_HAS_AVX
extern const NarrowConvKernels narrow_conv_kernels_avx2;
extern const NarrowConvKernels narrow_conv_kernels_avx512;
#endif

const NarrowConvKernels& narrow_conv_kernels() {
#ifdef VCISR_OPS_HAS_AVX
  return of_active_set(narrow_conv_kernels_baseline, narrow_conv_kernels_avx2,
                       narrow_conv_kernels_avx512);
#else
  return narrow_conv_kernels_baseline;
#endif
}

}  // namespace detail

namespace {

void check(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias) {
  TORCH_CHECK(x.is_cpu() && x.dim() == 4 && x.size(1) >= 1 && x.size(2) >= 1 && x.size(3) >= 1 &&
                  x.is_contiguous(at::MemoryFormat::ChannelsLast) &&
                  (x.scalar_type() == torch::kFloat32 || x.scalar_type() == torch::kBFloat16),
              "narrow_conv3x3: x must be a channels-last CPU tensor [N, C, H, W] of float32 or "
              "bfloat16, but is ",
              x.scalar_type(), " ", x.sizes(), " with strides ", x.strides(), " on ", x.device());
  TORCH_CHECK(weight.dim() == 4 && weight.size(0) >= 1 &&
                  weight.size(0) <= detail::kMostNarrowChannels && weight.size(1) == x.size(1) &&
                  weight.size(2) == 3 && weight.size(3) == 3 &&
                  weight.scalar_type() == x.scalar_type() && weight.is_cpu(),
              "narrow_conv3x3: weight must be ", x.scalar_type(), " [K, ", x.size(1),
              ", 3, 3] with K <= ", detail::kMostNarrowChannels, ", but is ", weight.scalar_type(),
              " ", weight.sizes());
  TORCH_CHECK(bias.dim() == 1 && bias.size(0) == weight.size(0) && bias.is_cpu() &&
                  bias.scalar_type() == x.scalar_type(),
              "narrow_conv3x3: bias must be ", x.scalar_type(), " [", weight.size(0), "], but is ",
              bias.scalar_type(), " ", bias.sizes());
}

template <class Element>
void convolve(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
              detail::NarrowConvKernel<Element> kernel, torch::Tensor& out) {
  const std::int64_t outs = out.size(1);
  const std::int64_t height = x.size(2);
  const std::int64_t width = x.size(3);
  const std::int64_t row_elements = width * x.size(1);
  const auto* data = static_cast<const Element*>(x.const_data_ptr());
  at::parallel_for(0, x.size(0) * height, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t y = i % height;
      detail::NarrowConvRow<Element> row{};
      for (std::int64_t dy = -1; dy <= 1; ++dy) {
        if (y + dy < 0 || y + dy >= height) continue;
        row.rows[dy + 1] = data + (i + dy) * row_elements;
      }
      row.weight = weight.const_data_ptr<float>();
      row.width = width;
      row.channels = x.size(1);
      for (std::int64_t k = 0; k < outs; ++k) {
        row.bias[k] = bias.const_data_ptr<float>()[k];
        row.out[k] = out.mutable_data_ptr<float>() + ((i / height * outs + k) * height + y) * width;
      }
      kernel(row, static_cast<int>(outs));
    }
  });
}

}  // namespace

torch::Tensor narrow_conv3x3(const torch::Tensor& x, const torch::Tensor& weight,
                             const torch::Tensor& bias) {
  check(x, weight, bias);
  const auto taps = weight.to(torch::kFloat32).permute({2, 3, 0, 1}).contiguous();  // [3, 3, K, C]
  const auto wide_bias = bias.to(torch::kFloat32).contiguous();
  auto out = torch::empty({x.size(0), weight.size(0), x.size(2), x.size(3)}, torch::kFloat32);
  const auto& kernels = detail::narrow_conv_kernels();
  if (x.scalar_type() == torch::kFloat32) {
    convolve<float>(x, taps, wide_bias, kernels.f32, out);
  } else {
    convolve<detail::Bfloat16Bits>(x, taps, wide_bias, kernels.bf16, out);
  }
  return out;
}

}  // namespace vcisr::ops
