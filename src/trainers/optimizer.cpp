// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/optimizer.h"

#include <limits>
#include <utility>

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "trainers/lower_case.h"
#include "trainers/state_tensors.h"
#include "vcisr/core/error.h"

namespace vcisr::trainers {
namespace {

constexpr double kTorchAdamwDecay = 0.01;

void check_parameters(const NamedTensors& parameters) {
  for (const auto& [name, parameter] : parameters) {
    const auto& first = parameters.front().second;
    TORCH_CHECK(parameter.is_floating_point(), "parameter '", name,
                "' is of no floating-point type");
    TORCH_CHECK(parameter.device() == first.device() && parameter.dtype() == first.dtype(),
                "parameter '", name, "' is ", parameter.dtype(), " on ", parameter.device(),
                ", the first one ", first.dtype(), " on ", first.device(),
                ": an optimizer takes one type and device");
    TORCH_CHECK(parameter.is_non_overlapping_and_dense(), "parameter '", name,
                "' is not dense in memory");
  }
}

/// The kernels walk through memory: a gradient laid out in another way is brought in order.
torch::Tensor like_parameter(const torch::Tensor& gradient, const torch::Tensor& parameter) {
  if (gradient.strides() == parameter.strides()) return gradient;
  // Sizes of 1 may have any stride.
  if (gradient.is_contiguous() && parameter.is_contiguous()) return gradient;
  return torch::empty_like(parameter).copy_(gradient);
}

}  // namespace

AdamOptimizer::AdamOptimizer(NamedTensors parameters, const AdamOptions& options)
    : options_(options), parameters_(std::move(parameters)) {
  check_parameters(parameters_);
  const torch::NoGradGuard no_grad;
  auto device = torch::Device(torch::kCPU);
  if (!parameters_.empty()) device = parameters_.front().second.device();
  const auto count = static_cast<std::int64_t>(parameters_.size());
  steps_ = torch::zeros({count}, torch::TensorOptions(torch::kFloat32).device(device));
  step_views_ = steps_.unbind();
  for (const auto& [name, parameter] : parameters_) {
    averages_.push_back(torch::zeros_like(parameter.detach()));
    square_averages_.push_back(torch::zeros_like(parameter.detach()));
  }
}

void AdamOptimizer::step(double learning_rate) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> values, gradients, averages, square_averages, steps;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto& parameter = parameters_[i].second;
    if (!parameter.grad().defined()) continue;
    values.push_back(parameter);
    gradients.push_back(like_parameter(parameter.grad(), parameter));
    averages.push_back(averages_[i]);
    square_averages.push_back(square_averages_[i]);
    steps.push_back(step_views_[i]);
  }
  if (values.empty()) return;
  if (steps.size() == step_views_.size()) {
    steps_.add_(1);
  } else {
    at::_foreach_add_(steps, 1);
  }
  const auto update = [&](auto kernel) {
    kernel(values, gradients, averages, square_averages, at::TensorList(), steps, learning_rate,
           options_.beta1, options_.beta2, options_.weight_decay, options_.epsilon,
           /*amsgrad=*/false, /*maximize=*/false, std::nullopt, std::nullopt);
  };
  if (options_.is_decoupled) {
    update([](auto&&... arguments) { at::_fused_adamw_(arguments...); });
  } else {
    update([](auto&&... arguments) { at::_fused_adam_(arguments...); });
  }
  // The fused kernels do not count as changes of their own accord; what keeps tables made from
  // parameters (GRL's biases, reordered weights) looks at the count.
  for (const auto& value : values) value.unsafeGetTensorImpl()->bump_version();
}

void AdamOptimizer::zero_gradients() {
  for (auto& item : parameters_) item.second.mutable_grad().reset();
}

std::vector<torch::Tensor> AdamOptimizer::gradients() const {
  std::vector<torch::Tensor> gradients;
  for (const auto& [name, parameter] : parameters_) {
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  }
  return gradients;
}

NamedTensors AdamOptimizer::state() const {
  NamedTensors state;
  const auto steps = steps_.to(torch::kCPU).to(torch::kInt64);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto& name = parameters_[i].first;
    state.emplace_back("exp_avg." + name, averages_[i]);
    state.emplace_back("exp_avg_sq." + name, square_averages_[i]);
    state.emplace_back("step." + name, steps[static_cast<std::int64_t>(i)].clone());
  }
  return state;
}

void AdamOptimizer::load_state(const tensorfile::Checkpoint& checkpoint,
                               const std::string& prefix) {
  const torch::NoGradGuard no_grad;
  StateReader reader(checkpoint, "optimizer");
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto& name = parameters_[i].first;
    reader.want(prefix + "exp_avg." + name, averages_[i]);
    reader.want(prefix + "exp_avg_sq." + name, square_averages_[i]);
    reader.want(prefix + "step." + name, step_views_[i]);
  }
  reader.load();
}

AdamOptions read_adam_options(const Config& optimizer) {
  AdamOptions options;
  const auto type = lower_case(optimizer.get<std::string>("type"));
  if (type != "adam" && type != "adamw") {
    throw ConfigError(optimizer.where("type") + ": unknown optimizer '" +
                      optimizer.get<std::string>("type") + "' (known: Adam, AdamW)");
  }
  options.is_decoupled = type == "adamw";
  if (options.is_decoupled) options.weight_decay = kTorchAdamwDecay;
  options.learning_rate = optimizer.get<double>("lr", {0, 10});
  std::vector<double> betas = {options.beta1, options.beta2};
  // Below 1: with 1 an average would never move.
  optimizer.read("betas", betas, {0, 1 - 1e-9});
  if (betas.size() != 2) {
    throw ConfigError(optimizer.where("betas") + ": a list of " + std::to_string(betas.size()) +
                      " was given, [beta1, beta2] was expected");
  }
  options.beta1 = betas[0];
  options.beta2 = betas[1];
  optimizer.read("eps", options.epsilon, {1e-20, 1});
  optimizer.read("weight_decay", options.weight_decay, {0, 10});
  return options;
}

torch::Tensor clip_gradients(const NamedTensors& parameters, double max_norm) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> gradients;
  for (const auto& [name, parameter] : parameters) {
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  }
  if (gradients.empty()) return torch::zeros({});
  const auto norms = at::_foreach_norm(gradients, 2, torch::kFloat32);
  const auto norm = torch::stack(norms).norm();
  if (max_norm > 0) {
    // torch's own guard against a norm of 0.
    const auto factor = (max_norm / (norm + 1e-6)).clamp_max(1.0);
    at::_foreach_mul_(gradients, factor);
  }
  return norm;
}

bool all_finite(const std::vector<torch::Tensor>& tensors) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> filled;
  for (const auto& tensor : tensors) {
    if (tensor.numel() > 0) filled.push_back(tensor);
  }
  if (filled.empty()) return true;
  // The largest magnitude: unlike a sum of squares it does not overflow.
  const auto largest = at::_foreach_norm(filled, std::numeric_limits<double>::infinity());
  return torch::stack(largest).isfinite().all().item<bool>();
}

}  // namespace vcisr::trainers
