// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/types.h>

namespace vcisr::metrics {

/// The block whose borders PSNR-B looks at, and the smallest side of a picture that has one.
inline constexpr std::int64_t kPsnrBBlockPx = 8;

/// PSNR-B (Yim and Bovik): PSNR whose squared error grows by how much stronger the distorted
/// plane's steps across 8x8 block borders are than its other steps between neighbours. The
/// reference's own steps do not count. The numbers of borders are those of the program `sewar`: H W
/// / 8 - 1 and W H / 8 - 1 in real numbers, also where 8 does not divide a side.
///
/// Shape    distorted, reference: [H, W], at least kPsnrBBlockPx high and wide, one size; both
/// uint8,
///          both uint16 or both of one floating-point type, any device.
/// Units    decibels; identical planes without blocks give infinity.
/// Threads  safe from any thread; one is used.
/// Errors   c10::Error in one sentence for other tensors, and for NaN or infinity in one.
[[nodiscard]] double psnr_b_db(const torch::Tensor& distorted, const torch::Tensor& reference,
                               double peak = 255.0);

}  // namespace vcisr::metrics
