// SPDX-License-Identifier: Apache-2.0
#include "networks/grl/init.h"

#include <torch/nn/init.h>

namespace vcisr::networks::grl {

torch::nn::Linear initialised(torch::nn::Linear layer) {
  const torch::NoGradGuard no_grad;
  // The cut lies a hundred deviations out.
  layer->weight.normal_(0, 0.02).clamp_(-2, 2);
  if (layer->bias.defined()) layer->bias.zero_();
  return layer;
}

torch::nn::Linear linear(std::int64_t in, std::int64_t out) {
  return initialised(torch::nn::Linear(in, out));
}

}  // namespace vcisr::networks::grl
