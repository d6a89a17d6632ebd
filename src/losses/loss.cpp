// SPDX-License-Identifier: Apache-2.0
#include "vcisr/losses/loss.h"

#include "losses/precision.h"

namespace vcisr::losses {

torch::Tensor Loss::forward(const torch::Tensor& restored, const torch::Tensor& hq) const {
  check_pair("loss", restored, hq);
  const networks::WithoutAutocast in_full_precision;
  const auto type = c10::promoteTypes(wide_type(restored), wide_type(hq));
  return weight_ * value(restored.to(type), hq.to(type));
}

}  // namespace vcisr::losses
