// SPDX-License-Identifier: Apache-2.0
#include "vcisr/losses/loss.h"

namespace vcisr::losses {

LossEntry charbonnier_entry();
LossEntry l1_entry();
LossEntry ms_ssim_entry();
LossEntry ms_ssim_l1_entry();
LossEntry mse_entry();

Registry<LossPtr>& pixel_losses() {
  static Registry<LossPtr> table{
      "loss", {charbonnier_entry(), l1_entry(), ms_ssim_entry(), ms_ssim_l1_entry(), mse_entry()}};
  return table;
}

}  // namespace vcisr::losses
