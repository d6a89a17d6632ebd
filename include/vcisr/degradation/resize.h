// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <torch/types.h>

#include "vcisr/core/config.h"
#include "vcisr/core/range.h"
#include "vcisr/degradation/stage.h"

namespace vcisr::degradation {

/// How a resizing stage interpolates.
struct ResizeModes {
  std::vector<ResizeMode> modes = {ResizeMode::kArea, ResizeMode::kBilinear, ResizeMode::kBicubic};
  std::vector<double> weights = {1, 1, 1};
  bool antialias = false;  ///< ResizeStep::antialias.
};

/// Random resizing. Defaults: first resizing of Real-ESRGAN and VCISR.
struct ResizeOptions {
  std::vector<double> direction_weights = {0.2, 0.7, 0.1};  ///< Up, down, keep.
  Range<double> range{0.15, 1.5};                           ///< Down to lo, up to hi; contains 1.
  ResizeModes modes;
  /// False: times the present size (VCISR). True: times hq / scale (Real-ESRGAN's second resizing).
  bool relative_to_input = false;
};

class ResizeStage final : public Stage {
 public:
  ResizeStage(ResizeOptions options, DecidePer decide_per);
  void draw(DrawRngs& rngs, PictureDraw& picture) const override;
  void check(SizeForecast& picture) const override;

 private:
  ResizeOptions options_;
};

/// To hq / scale, rounded down: the size that lq must have.
class ResizeToLqStage final : public Stage {
 public:
  ResizeToLqStage(ResizeModes modes, DecidePer decide_per);
  void draw(DrawRngs& rngs, PictureDraw& picture) const override;
  void check(SizeForecast& picture) const override;

 private:
  ResizeModes modes_;
};

[[nodiscard]] Registry<StagePtr>::Entry resize_entry();
[[nodiscard]] Registry<StagePtr>::Entry resize_to_lq_entry();

/// clip: float32 [T, 3, H, W], any device. Returns [T, 3, step.size], not clamped.
[[nodiscard]] torch::Tensor apply(const torch::Tensor& clip, const ResizeStep& step);

}  // namespace vcisr::degradation
