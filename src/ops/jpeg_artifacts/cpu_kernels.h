// SPDX-License-Identifier: Apache-2.0
// 16 macroblocks of 16x16 pixels through the JPEG model, one in each lane of the arithmetic. The
// kernels of all instruction sets give the same bits: they round after each operation. No torch.
#pragma once

#include <cstdint>

namespace vcisr::ops::detail {

constexpr int kJpegLanes = 16;

/// Macroblocks need not be neighbours. Channels are R, G, B.
struct JpegGroup {
  const float* in[3][kJpegLanes];  ///< First pixel; 16 rows of 16, any values.
  float* out[3][kJpegLanes];
  std::int64_t in_stride[kJpegLanes];  ///< From one row to the next.
  std::int64_t out_stride[kJpegLanes];
  const float* luma_steps;  ///< [8][8] quantiser steps, rows first.
  const float* chroma_steps;
};

using JpegKernel = void (*)(const JpegGroup& group);

/// The kernel of active_instruction_set().
[[nodiscard]] JpegKernel jpeg_kernel();

}  // namespace vcisr::ops::detail
