// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/residual_norm.h"

#include "ops/instruction_set.h"
#include "ops/residual_norm/cpu_kernels.h"

namespace vcisr::ops {
namespace detail {

// Each defined by the object of its instruction set.
extern const ResidualNormKernels residual_norm_kernels_baseline;
#ifdef VCISR_OPS_HAS_AVX
extern const ResidualNormKernels residual_norm_kernels_avx2;
extern const ResidualNormKernels residual_norm_kernels_avx512;
#endif

const ResidualNormKernels& residual_norm_kernels() {
#ifdef VCISR_OPS_HAS_AVX
  return of_active_set(residual_norm_kernels_baseline, residual_norm_kernels_avx2,
                       residual_norm_kernels_avx512);
#else
  return residual_norm_kernels_baseline;
#endif
}

}  // namespace detail

namespace {

bool is_narrow(const torch::Tensor& x) { return x.scalar_type() == torch::kBFloat16; }

void check(const char* name, const torch::Tensor& tensor, at::IntArrayRef sizes,
           bool takes_narrow) {
  TORCH_CHECK(tensor.is_cpu() && tensor.is_contiguous() && tensor.sizes() == sizes &&
                  (tensor.scalar_type() == torch::kFloat32 || (takes_narrow && is_narrow(tensor))),
              "add_layer_norm: ", name, " must be a contiguous CPU tensor ", sizes, " of float32",
              takes_narrow ? " or bfloat16" : "", ", but is ", tensor.scalar_type(), " ",
              tensor.sizes(), " with strides ", tensor.strides(), " on ", tensor.device());
}

template <class Element>
const Element* data_of(const torch::Tensor& x) {
  return static_cast<const Element*>(x.const_data_ptr());
}

}  // namespace

void add_layer_norm(torch::Tensor& x, const torch::Tensor& branch, const torch::Tensor& weight,
                    const torch::Tensor& bias, double epsilon, double scale,
                    const torch::Tensor& narrow) {
  using detail::Bfloat16Bits;
  TORCH_CHECK(x.dim() == 2 && x.size(1) >= 1, "add_layer_norm: x must be [tokens, C], but is ",
              x.sizes());
  check("x", x, x.sizes(), false);
  check("branch", branch, x.sizes(), true);
  check("weight", weight, {x.size(1)}, false);
  check("bias", bias, {x.size(1)}, false);
  if (narrow.defined()) check("narrow", narrow, x.sizes(), true);
  const detail::NormParameters norm{data_of<float>(weight), data_of<float>(bias),
                                    static_cast<float>(epsilon), static_cast<float>(scale)};
  const auto run = [&]<class Branch, class Narrow>(detail::AddLayerNorm<Branch, Narrow> kernel) {
    auto* copy = narrow.defined() ? static_cast<Narrow*>(narrow.mutable_data_ptr()) : nullptr;
    kernel(x.mutable_data_ptr<float>(), data_of<Branch>(branch), x.size(0), x.size(1), norm, copy);
  };
  const auto& kernels = detail::residual_norm_kernels();
  const bool to_bf16 = narrow.defined() && is_narrow(narrow);
  if (is_narrow(branch)) {
    to_bf16 ? run(kernels.bf16) : run(kernels.bf16_to_f32);
  } else {
    to_bf16 ? run(kernels.f32_to_bf16) : run(kernels.f32);
  }
}

}  // namespace vcisr::ops
