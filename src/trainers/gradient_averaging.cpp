// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/gradient_averaging.h"

#include <algorithm>

#include <torch/torch.h>

namespace vcisr::trainers {
namespace {

/// Parameters whose gradients travel together, of one type and device.
struct Bucket {
  std::vector<torch::Tensor> parameters;
  std::int64_t elements = 0;
};

std::vector<Bucket> make_buckets(const std::vector<torch::Tensor>& parameters,
                                 std::int64_t bucket_bytes) {
  std::vector<Bucket> buckets;
  std::int64_t bytes = 0;
  // The last layers' gradients are ready first.
  for (auto it = parameters.rbegin(); it != parameters.rend(); ++it) {
    if (!it->requires_grad() || it->numel() == 0) continue;
    const bool fits = !buckets.empty() &&
                      bytes + static_cast<std::int64_t>(it->nbytes()) <= bucket_bytes &&
                      buckets.back().parameters.front().options().type_equal(it->options());
    if (!fits) {
      buckets.emplace_back();
      bytes = 0;
    }
    buckets.back().parameters.push_back(*it);
    buckets.back().elements += it->numel();
    bytes += static_cast<std::int64_t>(it->nbytes());
  }
  return buckets;
}

/// All gradients in a row, then a one for each that is there and a zero for each that is not.
torch::Tensor pack(const Bucket& bucket) {
  const auto count = static_cast<std::int64_t>(bucket.parameters.size());
  torch::Tensor flat = torch::empty({bucket.elements + count},
                                    bucket.parameters.front().options().requires_grad(false));
  std::vector<float> present;
  std::int64_t begin = 0;
  for (const auto& parameter : bucket.parameters) {
    const torch::Tensor slice = flat.narrow(0, begin, parameter.numel()).view(parameter.sizes());
    const torch::Tensor& gradient = parameter.grad();
    if (gradient.defined()) {
      slice.copy_(gradient);
    } else {
      slice.zero_();
    }
    present.push_back(gradient.defined() ? 1.0f : 0.0f);
    begin += parameter.numel();
  }
  flat.narrow(0, begin, count).copy_(torch::tensor(present));
  return flat;
}

void unpack(const torch::Tensor& flat, const Bucket& bucket) {
  const auto count = static_cast<std::int64_t>(bucket.parameters.size());
  torch::Tensor present;  // Fetched from the device only where somebody lacks a gradient.
  std::int64_t begin = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    torch::Tensor parameter = bucket.parameters[static_cast<std::size_t>(i)];
    const torch::Tensor slice = flat.narrow(0, begin, parameter.numel()).view(parameter.sizes());
    begin += parameter.numel();
    if (parameter.grad().defined()) {
      parameter.mutable_grad().copy_(slice);
      continue;
    }
    if (!present.defined()) {
      present = flat.narrow(0, bucket.elements, count).to(torch::kCPU, torch::kFloat32);
    }
    if (present[i].item<float>() > 0.0f) parameter.mutable_grad() = slice.clone();
  }
}

}  // namespace

void average_gradients(ProcessGroup& group, const std::vector<torch::Tensor>& parameters,
                       std::int64_t bucket_bytes) {
  if (group.world() == 1) return;
  const torch::NoGradGuard no_grad;
  const auto buckets = make_buckets(parameters, bucket_bytes);
  for (const auto& bucket : buckets) {
    std::vector<torch::Tensor> flat = {pack(bucket)};
    group.all_reduce_sum(flat);
    flat.front().narrow(0, 0, bucket.elements).div_(group.world());
    unpack(flat.front(), bucket);
  }
}

void average_gradients(ProcessGroup& group,
                       const std::vector<std::pair<std::string, torch::Tensor>>& parameters,
                       std::int64_t bucket_bytes) {
  std::vector<torch::Tensor> tensors;
  tensors.reserve(parameters.size());
  for (const auto& [name, tensor] : parameters) tensors.push_back(tensor);
  average_gradients(group, tensors, bucket_bytes);
}

void broadcast_state(ProcessGroup& group, const torch::nn::Module& module) {
  if (group.world() == 1) return;
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> tensors;
  for (const auto& parameter : module.parameters()) tensors.push_back(parameter.detach());
  for (const auto& buffer : module.buffers()) tensors.push_back(buffer.detach());
  group.broadcast(tensors);
}

}  // namespace vcisr::trainers
