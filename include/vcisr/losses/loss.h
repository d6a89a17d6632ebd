// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <torch/types.h>

#include "vcisr/core/config.h"
#include "vcisr/core/registry.h"

namespace vcisr::losses {

/// How far a restored picture is from the one it should be, pixel by pixel or window by window.
///
/// Shape    restored, hq: float [N, C, H, W], the same for both, not empty; [0, 1] for the SSIM
///          family, nominally so for all. Any strides.
/// Dtypes   float64 is computed in float64, all else in float32, also under autocast.
/// Grad     For both.
/// Threads  forward may run concurrently.
/// Errors   c10::Error that names the shapes found.
class Loss {
 public:
  explicit Loss(double weight) : weight_(weight) {}
  virtual ~Loss() = default;
  Loss(const Loss&) = delete;
  Loss& operator=(const Loss&) = delete;

  /// The loss times weight(), a scalar tensor.
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& restored, const torch::Tensor& hq) const;

  [[nodiscard]] double weight() const noexcept { return weight_; }  ///< YAML's loss_weight.

 protected:
  /// Without the weight; shapes are checked, types widened and autocast is off.
  [[nodiscard]] virtual torch::Tensor value(const torch::Tensor& restored,
                                            const torch::Tensor& hq) const = 0;

 private:
  double weight_;
};

using LossPtr = std::unique_ptr<Loss>;
using LossEntry = Registry<LossPtr>::Entry;

/// Losses that compare pictures (`pixel_opt`, and traiNNer's `losses` list): l1, mse, charbonnier,
/// ms_ssim, ms_ssim_l1, under BasicSR's, traiNNer's and VCISR's names too.
[[nodiscard]] Registry<LossPtr>& pixel_losses();

}  // namespace vcisr::losses
