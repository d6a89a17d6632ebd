// SPDX-License-Identifier: Apache-2.0
// Rows of ops::narrow_conv3x3, compiled once per instruction set and chosen at run time. No torch.
#pragma once

#include <cstdint>

#include "ops/bfloat16_bits.h"

namespace vcisr::ops::detail {

inline constexpr int kMostNarrowChannels = 4;

template <class Element>
struct NarrowConvRow {
  const Element* rows[3];  ///< [W][C] above, here, below; null beyond the picture.
  const float* weight;     ///< [3][3][K][C]
  float bias[kMostNarrowChannels];
  std::int64_t width, channels;
  float* out[kMostNarrowChannels];  ///< [W] of each output channel.
};

template <class Element>
using NarrowConvKernel = void (*)(const NarrowConvRow<Element>& row, int out_channels);

struct NarrowConvKernels {
  NarrowConvKernel<float> f32;
  NarrowConvKernel<Bfloat16Bits> bf16;
};

/// The kernels of active_instruction_set().
[[nodiscard]] const NarrowConvKernels& narrow_conv_kernels();

}  // namespace vcisr::ops::detail
