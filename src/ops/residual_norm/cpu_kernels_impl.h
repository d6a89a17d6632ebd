// SPDX-License-Identifier: Apache-2.0
// The code behind ResidualNormKernels, included by one source per instruction set. Everything here
// has internal linkage, so that no object's code can stand in for another's.
#pragma once

#include "ops/residual_norm/cpu_kernels.h"
#include "ops/vector_types.h"

namespace vcisr::ops::detail {
namespace {

using std::int64_t;

template <class Branch, class Narrow>
void add_layer_norm(float* x, const Branch* branch, int64_t tokens, int64_t channels,
                    const NormParameters& norm, Narrow* narrow_copy) {
  constexpr int64_t kStep = kLanes<float>;
  const int64_t whole = channels / kStep * kStep;
  const auto count = static_cast<float>(channels);
  for (int64_t t = 0; t < tokens; ++t, x += channels, branch += channels) {
    Vector<float> sums{};
    for (int64_t c = 0; c < whole; c += kStep) sums += load_wide(branch + c);
    float sum = sum_of_lanes<float>(sums);
    for (int64_t c = whole; c < channels; ++c) sum += widened(branch[c]);
    const float mean = sum / count;
    Vector<float> squares{};
    for (int64_t c = 0; c < whole; c += kStep) {
      const auto d = load_wide(branch + c) - mean;
      squares += d * d;
    }
    float square = sum_of_lanes<float>(squares);
    for (int64_t c = whole; c < channels; ++c) {
      const float d = widened(branch[c]) - mean;
      square += d * d;
    }
    const float inverse = norm.scale / __builtin_sqrtf(square / count + norm.epsilon);
    for (int64_t c = 0; c < whole; c += kStep) {
      const auto normalised = (load_wide(branch + c) - mean) * inverse;
      const auto result = load<float>(x + c) + normalised * load<float>(norm.weight + c) +
                          norm.scale * load<float>(norm.bias + c);
      store<float>(x + c, result);
      if (narrow_copy != nullptr) store_narrow(narrow_copy + c, result);
    }
    for (int64_t c = whole; c < channels; ++c) {
      x[c] += (widened(branch[c]) - mean) * inverse * norm.weight[c] + norm.scale * norm.bias[c];
      if (narrow_copy != nullptr) narrow(x[c], narrow_copy[c]);
    }
    if (narrow_copy != nullptr) narrow_copy += channels;
  }
}

}  // namespace

extern const ResidualNormKernels VCISR_RESIDUAL_NORM_KERNELS;
const ResidualNormKernels VCISR_RESIDUAL_NORM_KERNELS = {
    &add_layer_norm<float, float>, &add_layer_norm<float, Bfloat16Bits>,
    &add_layer_norm<Bfloat16Bits, float>, &add_layer_norm<Bfloat16Bits, Bfloat16Bits>};

}  // namespace vcisr::ops::detail
