// SPDX-License-Identifier: Apache-2.0
#include "losses/precision.h"

namespace vcisr::losses {

void check_pair(std::string_view name, const torch::Tensor& restored, const torch::Tensor& hq) {
  TORCH_CHECK(restored.defined() && hq.defined(), name, ": a picture is missing");
  TORCH_CHECK(restored.sizes() == hq.sizes(), name, ": restored is ", restored.sizes(),
              ", but hq is ", hq.sizes());
  TORCH_CHECK(restored.dim() == 4 && restored.numel() > 0, name,
              ": pictures must be [N, C, H, W] and not empty, but are ", restored.sizes());
  TORCH_CHECK(restored.is_floating_point() && hq.is_floating_point(), name,
              ": pictures must be of floats, but are ", restored.scalar_type(), " and ",
              hq.scalar_type());
}

}  // namespace vcisr::losses
