// SPDX-License-Identifier: Apache-2.0
// Noise step by step, in torch operators where that is possible; together they give what
// add_gaussian_noise() and add_poisson_noise() give, in float32 bit for bit.
#pragma once

#include <optional>

#include <torch/types.h>

#include "ops/noise/philox.h"
#include "vcisr/ops/channel_order.h"

namespace vcisr::ops::detail {

/// float32 on the CPU.
[[nodiscard]] torch::Tensor normal_field(at::IntArrayRef shape, const NoiseSource& source);

/// x [3, H, W], field [3, H, W] or [H, W] of any device.
[[nodiscard]] torch::Tensor apply_gaussian_field(const torch::Tensor& x, const torch::Tensor& field,
                                                 double sigma_8bit);

/// A picture in 8 bits.
struct PictureLevels {
  torch::Tensor levels;  ///< uint8 on the CPU, [3, H, W]; [H, W] for gray.
  int log2_v;            ///< Of the V that its rates have.
};

/// Of x [3, H, W], or of its gray picture, with channels in that order.
[[nodiscard]] PictureLevels quantise(const torch::Tensor& x, std::optional<ChannelOrder> gray);

/// int16 on the CPU, of the shape of `picture.levels`.
[[nodiscard]] torch::Tensor poisson_counts(const PictureLevels& picture, const NoiseSource& source);

/// `counts` of the shape of `picture.levels`, on the CPU.
[[nodiscard]] torch::Tensor apply_poisson_counts(const torch::Tensor& x,
                                                 const PictureLevels& picture,
                                                 const torch::Tensor& counts, double scale);

}  // namespace vcisr::ops::detail
