// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/ema.h"

#include <ATen/ops/_foreach_lerp.h>
#include <torch/utils.h>

#include "trainers/state_tensors.h"
#include "vcisr/core/error.h"

namespace vcisr::trainers {
namespace {

torch::Tensor float32_copy(const torch::Tensor& tensor) {
  if (!tensor.is_floating_point()) return tensor.detach().clone();
  return tensor.detach().to(tensor.options().dtype(torch::kFloat32), /*non_blocking=*/false,
                            /*copy=*/true);
}

void copy_all(const std::vector<torch::Tensor>& from, const std::vector<torch::Tensor>& to) {
  for (std::size_t i = 0; i < from.size(); ++i) to[i].copy_(from[i]);
}

void write_to(const torch::OrderedDict<std::string, torch::Tensor>& targets,
              const std::string& name, const torch::Tensor& value) {
  const torch::Tensor* const target = targets.find(name);
  TORCH_CHECK(target != nullptr, "the network has no '", name, "', which the average has");
  TORCH_CHECK(target->sizes() == value.sizes(), "the network's '", name, "' is ", target->sizes(),
              ", the average's ", value.sizes());
  target->copy_(value);
}

}  // namespace

Ema::Ema(const torch::nn::Module& network, double decay) : decay_(decay) {
  if (!(decay >= 0 && decay < 1)) {
    throw ConfigError("an average's decay of " + std::to_string(decay) +
                      " was given, 0 to less than 1 was expected");
  }
  const torch::NoGradGuard no_grad;
  for (const auto& item : network.named_parameters()) {
    names_.push_back(item.key());
    parameters_.push_back(item.value());
    averages_.push_back(float32_copy(item.value()));
  }
  for (const auto& item : network.named_buffers()) {
    names_.push_back(item.key());
    buffers_.push_back(item.value());
    buffer_copies_.push_back(item.value().detach().clone());
  }
}

void Ema::update() {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> values;
  values.reserve(parameters_.size());
  for (const auto& parameter : parameters_) values.push_back(parameter.to(torch::kFloat32));
  at::_foreach_lerp_(averages_, values, 1 - decay_);
  copy_all(buffers_, buffer_copies_);
}

void Ema::restart() {
  const torch::NoGradGuard no_grad;
  copy_all(parameters_, averages_);
  copy_all(buffers_, buffer_copies_);
}

void Ema::copy_to(torch::nn::Module& network) const {
  const torch::NoGradGuard no_grad;
  const auto parameters = network.named_parameters();
  const auto buffers = network.named_buffers();
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const bool is_buffer = i >= averages_.size();
    if (is_buffer) {
      write_to(buffers, names_[i], buffer_copies_[i - averages_.size()]);
    } else {
      write_to(parameters, names_[i], averages_[i]);
    }
  }
}

std::vector<std::pair<std::string, torch::Tensor>> Ema::state() const {
  std::vector<std::pair<std::string, torch::Tensor>> state;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const bool is_buffer = i >= averages_.size();
    state.emplace_back(names_[i], is_buffer ? buffer_copies_[i - averages_.size()] : averages_[i]);
  }
  return state;
}

void Ema::load_state(const tensorfile::Checkpoint& checkpoint, const std::string& prefix) {
  StateReader reader(checkpoint, "averaged network");
  for (const auto& [name, target] : state()) reader.want(prefix + name, target);
  reader.load();
}

}  // namespace vcisr::trainers
