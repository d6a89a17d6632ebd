// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

#include "vcisr/tensorfile/checkpoint.h"
#include "vcisr/trainers/ema.h"
#include "vcisr/trainers/gradient_scaler.h"
#include "vcisr/trainers/optimizer.h"
#include "vcisr/trainers/process_group.h"
#include "vcisr/trainers/train_options.h"
#include "vcisr/trainers/training_parts.h"

namespace vcisr::trainers {

/// Pairs on the training's device: float32, RGB, [0, 1].
struct DeviceBatch {
  torch::Tensor lq;            ///< [B, 3, h, w]
  torch::Tensor hq;            ///< [B, 3, s*h, s*w]
  torch::Tensor hq_sharpened;  ///< As hq; undefined where no term asks for it.
};

/// What a step did.
struct StepOutcome {
  /// Means over the step's batches, before the update; scalars on the device, not waited for.
  /// BasicSR's names: l_g_pix, l_g_percep, l_g_style, l_g_gan, l_d_real, l_d_fake, out_d_real,
  /// out_d_fake.
  std::vector<std::pair<std::string, torch::Tensor>> values;
  torch::Tensor gradient_norm;  ///< Of the generator, before clipping; undefined without its turn.
  bool is_finite = true;        ///< False: a network's update was left out.
};

/// The networks, their optimizers and everything else that changes from step to step.
///
/// One step (VCISR's trainers, spec 3.2): the generator's losses on every batch, its update; then
/// the discriminator on real pictures and on those that the generator made *before* its update,
/// their gradients added; its update. The discriminator is in training mode throughout, so its
/// spectral norms move on in each of its three passes. A network whose gradients are not finite is
/// not updated in that step.
///
/// Random   What drop-path draws in a step depends on (seed, step, rank) alone.
/// Threads  one.
class TrainingModel {
 public:
  TrainingModel(TrainingParts parts, const TrainOptions& options, const torch::Device& device,
                std::shared_ptr<ProcessGroup> group);

  /// `step` is 0-based. Errors  c10::Error: shapes; DeviceError: another process is gone.
  StepOutcome step(std::span<const DeviceBatch> batches, std::int64_t step);

  /// Rates of the generator, and of the discriminator if there is one, in that step.
  [[nodiscard]] std::vector<double> learning_rates(std::int64_t step) const;
  [[nodiscard]] double loss_scale() const { return scaler_.current_scale(); }
  [[nodiscard]] bool needs_sharpened() const;

  /// The network to validate: the averaged weights where there are any. In eval mode until the next
  /// step.
  [[nodiscard]] networks::Network& network_for_validation();

  /// Model files: the generator's `params`, and `params_ema` where there are any.
  [[nodiscard]] std::vector<std::pair<std::string, tensorfile::Checkpoint>> generator_files() const;
  [[nodiscard]] tensorfile::Checkpoint discriminator_file() const;

  /// All tensors from which training goes on exactly: g.*, d.*, ema.*, optim_g.*, optim_d.*.
  [[nodiscard]] NamedTensors state() const;
  [[nodiscard]] GradientScalerState scaler_state() const { return scaler_.state(); }
  /// Errors  CheckpointError that says what is missing or does not fit.
  void load_state(const tensorfile::Checkpoint& state, const GradientScalerState& scaler);

  [[nodiscard]] const torch::Device& device() const noexcept { return device_; }
  [[nodiscard]] const networks::Network& network() const noexcept { return *parts_.network; }

 private:
  class Values;

  [[nodiscard]] torch::Tensor restore(const torch::Tensor& lq);
  [[nodiscard]] torch::Tensor generator_loss(const torch::Tensor& restored,
                                             const DeviceBatch& batch, Values& values);
  void train_generator(std::span<const DeviceBatch> batches, std::int64_t step,
                       std::vector<torch::Tensor>& restored, Values& values, StepOutcome& outcome);
  void train_discriminator(std::span<const DeviceBatch> batches, std::int64_t step,
                           const std::vector<torch::Tensor>& restored, Values& values,
                           StepOutcome& outcome);
  [[nodiscard]] bool is_generator_turn(std::int64_t step) const;
  void set_discriminator_gradients(bool wanted);
  [[nodiscard]] const torch::Tensor& target(const DeviceBatch& batch, bool is_sharpened) const;

  TrainingParts parts_;
  TrainOptions options_;
  torch::Device device_;
  std::shared_ptr<ProcessGroup> group_;
  std::unique_ptr<AdamOptimizer> optimizer_;
  std::unique_ptr<AdamOptimizer> discriminator_optimizer_;
  std::unique_ptr<Ema> ema_;
  networks::NetworkPtr averaged_network_;  // Where validation finds the averaged weights.
  GradientScaler scaler_;
};

}  // namespace vcisr::trainers
