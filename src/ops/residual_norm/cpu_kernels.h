// SPDX-License-Identifier: Apache-2.0
// Rows of ops::add_layer_norm, compiled once per instruction set and chosen at run time. No torch.
#pragma once

#include <cstdint>

#include "ops/bfloat16_bits.h"

namespace vcisr::ops::detail {

struct NormParameters {
  const float* weight;
  const float* bias;
  float epsilon, scale;
};

/// x[t] += scale * LayerNorm(branch[t]) for `tokens` rows of `channels`; a copy goes to `narrow`
/// unless that is null.
template <class Branch, class Narrow>
using AddLayerNorm = void (*)(float* x, const Branch* branch, std::int64_t tokens,
                              std::int64_t channels, const NormParameters& norm, Narrow* narrow);

struct ResidualNormKernels {
  AddLayerNorm<float, float> f32;
  AddLayerNorm<float, Bfloat16Bits> f32_to_bf16;
  AddLayerNorm<Bfloat16Bits, float> bf16_to_f32;
  AddLayerNorm<Bfloat16Bits, Bfloat16Bits> bf16;
};

/// The kernels of active_instruction_set().
[[nodiscard]] const ResidualNormKernels& residual_norm_kernels();

}  // namespace vcisr::ops::detail
