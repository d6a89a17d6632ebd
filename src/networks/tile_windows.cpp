// SPDX-License-Identifier: Apache-2.0
#include "networks/tile_windows.h"

namespace vcisr::networks {

torch::Device device_of(const Network& network, const torch::Tensor& lq) {
  const auto parameters = network.parameters();
  return parameters.empty() ? lq.device() : parameters.front().device();
}

torch::Tensor forward_windows(Network& network, const torch::Tensor& lq,
                              const std::vector<Window>& windows) {
  const auto device = device_of(network, lq);
  std::vector<torch::Tensor> parts;
  for (const auto& window : windows) {
    parts.push_back(
        lq.slice(-2, window.top, window.bottom).slice(-1, window.left, window.right).to(device));
  }
  return network.forward(parts.size() == 1 ? parts.front() : at::cat(parts, 0));
}

}  // namespace vcisr::networks
