// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/training_model.h"

#include <algorithm>
#include <utility>

#include <torch/utils.h>

#include "trainers/autocast.h"
#include "vcisr/core/config.h"
#include "vcisr/core/error.h"
#include "vcisr/core/log.h"
#include "vcisr/core/rng.h"
#include "vcisr/networks/module_state.h"
#include "vcisr/networks/weights.h"
#include "vcisr/trainers/gradient_averaging.h"

namespace vcisr::trainers {
namespace {

NamedTensors trainable(const torch::nn::Module& module) {
  NamedTensors result;
  for (const auto& item : module.named_parameters()) {
    if (item.value().requires_grad()) result.emplace_back(item.key(), item.value());
  }
  return result;
}

void place(torch::nn::Module& module, const torch::Device& device, bool channels_last) {
  module.to(device);
  if (!channels_last) return;
  const torch::NoGradGuard no_grad;
  for (auto& parameter : module.parameters()) {
    if (parameter.dim() != 4) continue;
    parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
  }
}

void append(NamedTensors& all, const std::string& prefix, const NamedTensors& part) {
  for (const auto& [name, tensor] : part) all.emplace_back(prefix + name, tensor);
}

/// What of a state begins with the prefix, without it.
tensorfile::Checkpoint part_of(const tensorfile::Checkpoint& state, const std::string& prefix) {
  tensorfile::Checkpoint part;
  for (const auto& [name, tensor] : state.tensors) {
    if (name.starts_with(prefix)) part.tensors.emplace_back(name.substr(prefix.size()), tensor);
  }
  return part;
}

void load_module(torch::nn::Module& module, const tensorfile::Checkpoint& state,
                 const std::string& prefix, const char* what) {
  try {
    networks::load_parameters(module, part_of(state, prefix));
  } catch (const CheckpointError& error) {
    throw CheckpointError(std::string(what) + " does not fit: " + error.what());
  }
}

std::int64_t pairs_of(std::span<const DeviceBatch> batches) {
  std::int64_t pairs = 0;
  for (const auto& batch : batches) pairs += batch.lq.size(0);
  return pairs;
}

}  // namespace

/// Sums of what is logged, each batch by its share of the step's pairs.
class TrainingModel::Values {
 public:
  void set_share(double share) { share_ = share; }

  void add(const std::string& name, const torch::Tensor& value) {
    const auto part = value.detach().to(torch::kFloat32) * share_;
    const auto found = std::find_if(values_.begin(), values_.end(),
                                    [&name](const auto& item) { return item.first == name; });
    if (found == values_.end()) {
      values_.emplace_back(name, part);
    } else {
      found->second = found->second + part;
    }
  }

  [[nodiscard]] auto take() { return std::move(values_); }

 private:
  double share_ = 1;
  std::vector<std::pair<std::string, torch::Tensor>> values_;
};

TrainingModel::TrainingModel(TrainingParts parts, const TrainOptions& options,
                             const torch::Device& device, std::shared_ptr<ProcessGroup> group)
    : parts_(std::move(parts)),
      options_(options),
      device_(device),
      group_(std::move(group)),
      scaler_({.is_enabled = options.precision == MixedPrecision::kFloat16}) {
  if (options.precision == MixedPrecision::kFloat16 && device.is_cpu()) {
    throw ConfigError(
        "use_amp without amp_bf16 means float16, which is for GPUs; on the CPU set amp_bf16: true");
  }
  place(*parts_.network, device, options.channels_last);
  optimizer_ = std::make_unique<AdamOptimizer>(trainable(*parts_.network), parts_.optimizer);
  if (parts_.discriminator != nullptr) {
    place(*parts_.discriminator, device, options.channels_last);
    discriminator_optimizer_ = std::make_unique<AdamOptimizer>(trainable(*parts_.discriminator),
                                                               parts_.discriminator_optimizer);
  }
  if (parts_.perceptual) parts_.perceptual->to(device);
  if (options.ema_decay > 0) ema_ = std::make_unique<Ema>(*parts_.network, options.ema_decay);
}

bool TrainingModel::needs_sharpened() const {
  const auto& sharpened = options_.sharpened;
  return (!parts_.pixel.empty() && sharpened.pixel) ||
         (parts_.perceptual && sharpened.perceptual) || (parts_.gan && sharpened.real);
}

std::vector<double> TrainingModel::learning_rates(std::int64_t step) const {
  std::vector<double> rates = {parts_.learning_rate->at(step)};
  if (parts_.discriminator != nullptr) {
    rates.push_back(parts_.discriminator_learning_rate->at(step));
  }
  return rates;
}

/// BasicSR's rule.
bool TrainingModel::is_generator_turn(std::int64_t step) const {
  if (parts_.discriminator == nullptr) return true;
  return (step + 1) % options_.discriminator_steps_per_generator_step == 0 &&
         step >= options_.discriminator_head_start;
}

const torch::Tensor& TrainingModel::target(const DeviceBatch& batch, bool is_sharpened) const {
  return is_sharpened ? batch.hq_sharpened : batch.hq;
}

torch::Tensor TrainingModel::restore(const torch::Tensor& lq) {
  const auto layout =
      options_.channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  const auto clip = lq.contiguous(layout).unsqueeze(1);                 // [B, 1, 3, h, w]
  return parts_.network->forward(clip).squeeze(1).to(torch::kFloat32);  // [B, 3, s*h, s*w]
}

torch::Tensor TrainingModel::generator_loss(const torch::Tensor& restored, const DeviceBatch& batch,
                                            Values& values) {
  torch::Tensor total;
  const auto add = [&](const std::string& name, const torch::Tensor& loss) {
    values.add(name, loss);
    total = total.defined() ? total + loss : loss;
  };
  const auto& sharpened = options_.sharpened;
  for (const auto& [name, loss] : parts_.pixel) {
    add(name, loss->forward(restored, target(batch, sharpened.pixel)));
  }
  if (parts_.perceptual) {
    const auto seen = parts_.perceptual->forward(restored, target(batch, sharpened.perceptual));
    if (seen.perceptual) add("l_g_percep", *seen.perceptual);
    if (seen.style) add("l_g_style", *seen.style);
  }
  if (parts_.gan) {
    add("l_g_gan",
        parts_.gan->forward(parts_.discriminator->forward(restored), losses::GanLoss::Target::kReal,
                            losses::GanLoss::Player::kGenerator));
  }
  return total;
}

void TrainingModel::train_generator(std::span<const DeviceBatch> batches, std::int64_t step,
                                    std::vector<torch::Tensor>& restored, Values& values,
                                    StepOutcome& outcome) {
  const auto pairs = static_cast<double>(pairs_of(batches));
  optimizer_->zero_gradients();
  set_discriminator_gradients(false);
  for (const auto& batch : batches) {
    const double share = static_cast<double>(batch.lq.size(0)) / pairs;
    values.set_share(share);
    torch::Tensor loss;
    {
      const Autocast autocast(device_, options_.precision);
      const auto y = restore(batch.lq);
      restored.push_back(y.detach());
      loss = generator_loss(y, batch, values);
    }
    scaler_.scale(batches.size() == 1 ? loss : loss * share).backward();
  }
  average_gradients(*group_, optimizer_->parameters());
  const bool is_finite = scaler_.unscale_and_check(optimizer_->gradients());
  outcome.gradient_norm =
      clip_gradients(optimizer_->parameters(), options_.gradient_limit.value_or(0));
  if (is_finite) {
    optimizer_->step(parts_.learning_rate->at(step));
    if (ema_) ema_->update();
  }
  scaler_.update(is_finite);
  outcome.is_finite = outcome.is_finite && is_finite;
}

void TrainingModel::train_discriminator(std::span<const DeviceBatch> batches, std::int64_t step,
                                        const std::vector<torch::Tensor>& restored, Values& values,
                                        StepOutcome& outcome) {
  using Target = losses::GanLoss::Target;
  const auto pairs = static_cast<double>(pairs_of(batches));
  discriminator_optimizer_->zero_gradients();
  set_discriminator_gradients(true);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const double share = static_cast<double>(batches[i].lq.size(0)) / pairs;
    values.set_share(share);
    const auto judge = [&](const torch::Tensor& picture, Target label, const char* kind) {
      torch::Tensor loss;
      {
        const Autocast autocast(device_, options_.precision);
        const auto logits = parts_.discriminator->forward(picture);
        loss = parts_.gan->forward(logits, label, losses::GanLoss::Player::kDiscriminator);
        values.add(std::string("l_d_") + kind, loss);
        values.add(std::string("out_d_") + kind, logits.mean());
      }
      scaler_.scale(batches.size() == 1 ? loss : loss * share).backward();
    };
    judge(target(batches[i], options_.sharpened.real), Target::kReal, "real");
    judge(restored[i], Target::kFake, "fake");
  }
  average_gradients(*group_, discriminator_optimizer_->parameters());
  const bool is_finite = scaler_.unscale_and_check(discriminator_optimizer_->gradients());
  if (is_finite) {
    discriminator_optimizer_->step(parts_.discriminator_learning_rate->at(step));
  }
  scaler_.update(is_finite);
  outcome.is_finite = outcome.is_finite && is_finite;
}

StepOutcome TrainingModel::step(std::span<const DeviceBatch> batches, std::int64_t step) {
  const Rng noise = Rng(options_.seed, static_cast<std::uint64_t>(step))
                        .fork("noise of the networks")
                        .fork(static_cast<std::uint64_t>(group_->rank()));
  torch::manual_seed(Rng(noise).next_u64());
  parts_.network->train();
  StepOutcome outcome;
  Values values;
  std::vector<torch::Tensor> restored;
  if (is_generator_turn(step)) {
    train_generator(batches, step, restored, values, outcome);
  } else {
    const torch::NoGradGuard no_grad;
    const Autocast autocast(device_, options_.precision);
    for (const auto& batch : batches) restored.push_back(restore(batch.lq));
  }
  if (parts_.discriminator != nullptr) {
    train_discriminator(batches, step, restored, values, outcome);
  }
  outcome.values = values.take();
  return outcome;
}

void TrainingModel::set_discriminator_gradients(bool wanted) {
  if (parts_.discriminator == nullptr) return;
  for (const auto& [name, parameter] : discriminator_optimizer_->parameters()) {
    parameter.set_requires_grad(wanted);
  }
}

networks::Network& TrainingModel::network_for_validation() {
  if (ema_ == nullptr) {
    parts_.network->eval();
    return *parts_.network;
  }
  if (averaged_network_ == nullptr) {
    averaged_network_ = networks::registry().make(Config::parse(parts_.network_yaml, "network_g"));
    place(*averaged_network_, device_, options_.channels_last);
    averaged_network_->eval();
  }
  ema_->copy_to(*averaged_network_);
  return *averaged_network_;
}

std::vector<std::pair<std::string, tensorfile::Checkpoint>> TrainingModel::generator_files() const {
  tensorfile::Checkpoint plain;
  plain.tensors = networks::module_state(*parts_.network);
  networks::describe_network(plain, {parts_.network_yaml, "network_g"}, parts_.network->scale());
  std::vector<std::pair<std::string, tensorfile::Checkpoint>> files;
  files.emplace_back("params", plain);
  if (ema_) {
    plain.tensors = ema_->state();
    files.emplace_back("params_ema", std::move(plain));
  }
  return files;
}

tensorfile::Checkpoint TrainingModel::discriminator_file() const {
  tensorfile::Checkpoint file;
  if (parts_.discriminator != nullptr) {
    file.tensors = networks::module_state(*parts_.discriminator);
  }
  return file;
}

NamedTensors TrainingModel::state() const {
  NamedTensors all;
  append(all, "g.", networks::module_state(*parts_.network));
  append(all, "optim_g.", optimizer_->state());
  if (ema_) append(all, "ema.", ema_->state());
  if (parts_.discriminator != nullptr) {
    append(all, "d.", networks::module_state(*parts_.discriminator));
    append(all, "optim_d.", discriminator_optimizer_->state());
  }
  return all;
}

void TrainingModel::load_state(const tensorfile::Checkpoint& state,
                               const GradientScalerState& scaler) {
  load_module(*parts_.network, state, "g.", "network_g");
  optimizer_->load_state(state, "optim_g.");
  const bool has_averages =
      std::any_of(state.tensors.begin(), state.tensors.end(),
                  [](const auto& item) { return item.first.starts_with("ema."); });
  if (ema_ && has_averages) ema_->load_state(state, "ema.");
  if (ema_ && !has_averages) {
    ema_->restart();
    log::warn("the state holds no averaged weights: averaging begins with its weights");
  }
  if (parts_.discriminator != nullptr) {
    load_module(*parts_.discriminator, state, "d.", "network_d");
    discriminator_optimizer_->load_state(state, "optim_d.");
  }
  scaler_.load_state(scaler);
}

}  // namespace vcisr::trainers
