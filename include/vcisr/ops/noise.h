// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/types.h>

#include "vcisr/ops/channel_order.h"

namespace vcisr::ops {

/// Noise of a given seed is a fixed function of the seed, on every machine, so that a seed is all
/// that a recipe must keep. Pictures are worked on one at a time; the same seed and size give the
/// same field. What follows is therefore a file format, and stays as it is:
///
/// Sample i (flat, in [3, H, W]; in [H, W] for gray noise) reads part (i / 16) mod 4 of block
/// b = 16 floor(i / 64) + i mod 16 of Philox4x32-10, whose key is {seed, seed >> 32} and whose
/// counter is {b, b >> 32, stream, 0x6e6f6973}, each word modulo 2^32. Streams: 1 Gaussian in
/// colour, 2 Gaussian gray, 3 Poisson in colour, 4 Poisson gray.
///
/// Normal numbers (Box, Muller) come in pairs, parts 0, 1 from the block's words w0, w1 and parts
/// 2, 3 from w2, w3: with m = floor(w0 / 2) + 0.5 (both terms and the sum rounded to float32),
/// r = sqrt(-2 ln(m / 2^31)) and the angle a = pi / 4 times 4 w1 (modulo 2^32, as int32) over 2^31,
/// the pair is (r cos a, r sin a), exchanged where bit 30 of w1 is set, negated where bit 31 is.
/// |z| < 6.67. They are computed in float32 within 4e-7 max(|z|, 1) of that, and their bits are the
/// same on every CPU.
///
/// Poisson counts are inverse distribution functions: the number of those n >= 0 for which
/// round(2^32 P(count <= n)) <= w, w the block's word of that part, at the rate
/// float32(level / 255) V. So a count's probability is right to 2^-32, what would be less likely
/// than 2^-33 beyond either end is never drawn, and a rate that differs a little moves few counts.

/// clamp(x + z sigma_8bit / 255, 0, 1) with a standard normal number z per sample.
struct GaussianNoise {
  double sigma_8bit;       ///< Standard deviation for samples of 0 … 255; 0 … 1e6.
  bool gray = false;       ///< One z per pixel, for its three channels.
  std::uint64_t seed = 0;  ///< All values are good seeds.
};

/// Shot noise as published degradation pipelines make it: the picture is rounded to 8-bit levels,
/// V is the number of different levels in it rounded up to a power of two, and
///   clamp(x + scale (Poisson(level / 255 V) / V - level / 255), 0, 1)
/// adds it to the picture that was not rounded. Before the clamp its variance is
/// scale^2 level / 255 / V.
struct PoissonNoise {
  double scale;       ///< 0 … 1e6.
  bool gray = false;  ///< Levels and V are those of 0.2989 R + 0.587 G + 0.114 B, whose noise goes
                      ///< to all three channels.
  std::uint64_t seed = 0;
  ChannelOrder order = ChannelOrder::kRgb;  ///< Matters for gray only.
};

/// One picture with noise.
///
///   x        [3, H, W] float32 or float64, H and W at least 1; in any layout
///   returns  [3, H, W] of x's type and device, contiguous
///
/// Units    Nominally [0, 1]. Levels are 255 x rounded to the nearest, ties to even, in x's type,
///          limited to 0 … 255; NaN counts as 0 and stays NaN in the result.
/// Device   CPU float32 has code of its own. For CUDA, float64 and what records gradients the
///          field is made on the CPU and taken to x's device, where torch operators do the rest;
///          for Poisson the levels go to the CPU first, which waits for the device.
/// Threads  at::parallel_for; the bits depend neither on the number of threads nor on the CPU.
/// Grad     Of x, the noise taken as a constant.
/// Memory   Beside the result nothing for Gaussian, a byte per level for Poisson. Poisson keeps
///          tables for the process's life, 270 to 400 KB for each of the nine V once used, less
///          than 3 MB in all; the first use of a V makes its table (one to two milliseconds).
/// Errors   c10::Error naming the argument.
[[nodiscard]] torch::Tensor add_gaussian_noise(const torch::Tensor& x, const GaussianNoise& noise);
[[nodiscard]] torch::Tensor add_poisson_noise(const torch::Tensor& x, const PoissonNoise& noise);

}  // namespace vcisr::ops
