// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include "vcisr/degradation/stage.h"

namespace vcisr::degradation {

/// Draws ClampStep.
class ClampStage final : public Stage {
 public:
  ClampStage() : Stage(DecidePer::kBatch) {}
  void draw(DrawRngs& rngs, PictureDraw& picture) const override;
};

/// Draws Round8BitStep.
class Round8BitStage final : public Stage {
 public:
  Round8BitStage() : Stage(DecidePer::kBatch) {}
  void draw(DrawRngs& rngs, PictureDraw& picture) const override;
};

[[nodiscard]] Registry<StagePtr>::Entry clamp_entry();
[[nodiscard]] Registry<StagePtr>::Entry round_8bit_entry();

/// clip: float32 [T, 3, H, W], any device. NaN becomes 0.
[[nodiscard]] torch::Tensor apply(const torch::Tensor& clip, const ClampStep& step);
[[nodiscard]] torch::Tensor apply(const torch::Tensor& clip, const Round8BitStep& step);

}  // namespace vcisr::degradation
