// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include "vcisr/core/config.h"
#include "vcisr/core/range.h"
#include "vcisr/degradation/stage.h"
#include "vcisr/ops/channel_order.h"

namespace vcisr::degradation {

/// Gaussian or Poisson noise. Defaults: first noise of Real-ESRGAN and VCISR.
struct NoiseOptions {
  double gaussian_prob = 0.5;            ///< Else Poisson.
  Range<double> sigma_8bit{1, 30};       ///< Gaussian, of 255.
  Range<double> poisson_scale{0.05, 3};  ///< PoissonNoiseStep::scale.
  double gray_prob = 0.4;
  ops::ChannelOrder order = ops::ChannelOrder::kRgb;
};

/// The kind is decided per image or batch; strength, gray flag and field are each picture's own.
/// Differs for gray Gaussian noise decided per batch: all pictures get one field, each with its own
/// sigma, as the published code does.
class NoiseStage final : public Stage {
 public:
  NoiseStage(NoiseOptions options, DecidePer decide_per);
  void draw(DrawRngs& rngs, PictureDraw& picture) const override;

 private:
  NoiseOptions options_;
};

[[nodiscard]] Registry<StagePtr>::Entry noise_entry();

/// clip: float32 [T, 3, H, W], any device; result clamped to [0, 1]. Frame t of a clip has the
/// field of seed + t.
[[nodiscard]] torch::Tensor apply(const torch::Tensor& clip, const GaussianNoiseStep& step);
[[nodiscard]] torch::Tensor apply(const torch::Tensor& clip, const PoissonNoiseStep& step);

}  // namespace vcisr::degradation
