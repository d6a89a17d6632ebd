// SPDX-License-Identifier: Apache-2.0
#include "vcisr/networks/network.h"

#include <torch/cuda.h>

#include "vcisr/core/error.h"

namespace vcisr::networks {

void Network::forward_into(const torch::Tensor& lq, torch::Tensor& out) {
  const torch::NoGradGuard no_grad;
  out.copy_(forward(lq));
}

torch::Tensor ImageNetwork::forward(const torch::Tensor& lq) {
  TORCH_CHECK(lq.dim() == 5, "lq must be [B, T, 3, h, w], but it is ", lq.sizes());
  const auto restored = forward_image(lq.flatten(0, 1));   // [B*T, 3, s*h, s*w]
  return restored.unflatten(0, {lq.size(0), lq.size(1)});  // [B, T, 3, s*h, s*w]
}

std::int64_t count_parameters(const torch::nn::Module& module) {
  std::int64_t count = 0;
  for (const auto& parameter : module.parameters()) count += parameter.numel();
  return count;
}

void prepare_for_inference(Network& network, const torch::Device& device, torch::Dtype dtype) {
  if (device.is_cuda()) {
    const auto count = static_cast<std::int64_t>(torch::cuda::device_count());
    const std::int64_t index = device.has_index() ? device.index() : 0;
    if (index >= count) {
      throw DeviceError("device " + device.str() + " does not exist: " + std::to_string(count) +
                        " CUDA devices can be used");
    }
  }
  network.eval();
  network.to(device);
  if (network.needs_float32()) dtype = torch::kFloat32;
  for (auto& item : network.named_parameters()) {
    auto& parameter = item.value();
    parameter.requires_grad_(false);
    auto data = parameter.to(network.keeps_float32(item.key()) ? torch::kFloat32 : dtype);
    if (data.dim() == 4) data = data.contiguous(at::MemoryFormat::ChannelsLast);
    parameter.set_data(data);
  }
}

}  // namespace vcisr::networks
