// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <torch/types.h>

#include "vcisr/core/config.h"
#include "vcisr/core/range.h"
#include "vcisr/degradation/stage.h"

namespace vcisr::degradation {

/// Blur of the "high-order" degradations. Defaults: first blur of Real-ESRGAN and VCISR.
struct BlurOptions {
  double prob = 1;                         ///< Of blurring at all.
  Range<std::int64_t> kernel_size{7, 21};  ///< Odd ones of it, all alike.
  double sinc_prob = 0.1;                  ///< Of a sinc instead of a bell.
  std::vector<BellKind> kinds = {BellKind::kIso,
                                 BellKind::kAniso,
                                 BellKind::kGeneralizedIso,
                                 BellKind::kGeneralizedAniso,
                                 BellKind::kPlateauIso,
                                 BellKind::kPlateauAniso};
  std::vector<double> weights = {0.45, 0.25, 0.12, 0.03, 0.12, 0.03};  ///< Of the kinds.
  Range<double> sigma{0.2, 3};                                         ///< Pixels.
  Range<double> generalized_beta{0.5, 4};  ///< Half of the draws below 1, half above.
  Range<double> plateau_beta{1, 2};
};

/// Draws a kernel (spec: Real-ESRGAN, BasicSR; VCISR draws one per batch): a sinc's cutoff is at
/// least pi/3 for kernels below 13 pixels, else pi/5; rotation is uniform.
class BlurStage final : public Stage {
 public:
  BlurStage(BlurOptions options, DecidePer decide_per);
  void draw(DrawRngs& rngs, PictureDraw& picture) const override;

 private:
  BlurOptions options_;
};

/// The low-pass that ends Real-ESRGAN's pipeline: cutoff uniform in [pi/3, pi].
struct SincOptions {
  double prob = 0.8;
  Range<std::int64_t> kernel_size{7, 21};
};

class SincStage final : public Stage {
 public:
  SincStage(SincOptions options, DecidePer decide_per);
  void draw(DrawRngs& rngs, PictureDraw& picture) const override;

 private:
  SincOptions options_;
};

[[nodiscard]] Registry<StagePtr>::Entry blur_entry();
[[nodiscard]] Registry<StagePtr>::Entry sinc_entry();

/// clip: float32 [T, 3, H, W], any device. Returns the same shape.
[[nodiscard]] torch::Tensor apply(const torch::Tensor& clip, const BlurStep& step);

}  // namespace vcisr::degradation
