// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/types.h>

namespace vcisr::metrics {

/// The side of block_ssim()'s windows: the smallest plane that has one.
inline constexpr std::int64_t kBlockSsimWindowPx = 8;

/// SSIM of a plane as FFmpeg's filter `ssim` computes it: 8x8 windows of equal weight, four samples
/// apart in both directions, in integers. Its numbers are not those of ssim.h. Columns and rows
/// that do not fill a block of four do not count.
///
/// FFmpeg 5.1 on x86 is wrong for planes whose width is 8 modulo 16; `ffmpeg -cpuflags 0` agrees.
///
/// Shape    a, b: [H, W], at least kBlockSsimWindowPx high and wide; both uint8 (bit_depth 8) or
///          both uint16 (9 .. 16), any device. On the CPU nothing is copied where samples of a row
///          lie side by side.
/// Threads  safe from any thread; one is used.
/// Errors   c10::Error in one sentence for other tensors or bit depths.
[[nodiscard]] double block_ssim(const torch::Tensor& a, const torch::Tensor& b, int bit_depth = 8);

}  // namespace vcisr::metrics
