// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include "vcisr/core/config.h"

namespace vcisr::losses {

enum class GanType {
  kVanilla,  ///< Binary cross entropy of the logits (Goodfellow et al., 2014).
  kLsgan,    ///< Squared distance to the label (Mao et al., ICCV 2017).
  kHinge,    ///< max(0, 1 -+ logit) for the discriminator, -+logit for the generator.
};

struct GanOptions {
  GanType type = GanType::kVanilla;
  double real_label = 1;   ///< Not used by hinge.
  double fake_label = 0;   ///< Not used by hinge.
  double loss_weight = 1;  ///< Of the generator's loss; VCISR trains with 0.1.
};

/// Reads BasicSR's `gan_opt` (type, gan_type, real_label_val, fake_label_val, loss_weight).
/// Errors  ConfigError, also for keys that nobody knows and other kinds of GAN.
[[nodiscard]] GanOptions read_gan_options(const Config& config);

/// What a discriminator's logits cost.
///
/// Dtypes   float64 is computed in float64, all else in float32, also under autocast.
/// Grad     For the logits.
class GanLoss {
 public:
  enum class Target { kReal, kFake };                ///< What the logits should say.
  enum class Player { kGenerator, kDiscriminator };  ///< Who is being trained.
  using For = Player;

  explicit GanLoss(const GanOptions& options) : options_(options) {}

  /// The mean over all logits, a scalar; times loss_weight for the generator, not for the
  /// discriminator. Errors  c10::Error for logits that are empty or no floats.
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& logits, Target target,
                                      Player player) const;

  [[nodiscard]] double weight() const noexcept { return options_.loss_weight; }
  [[nodiscard]] const GanOptions& options() const noexcept { return options_; }

 private:
  GanOptions options_;
};

}  // namespace vcisr::losses
