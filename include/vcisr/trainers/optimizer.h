// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

#include "vcisr/core/config.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::trainers {

/// Tensors by name, in order.
using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

struct AdamOptions {
  double learning_rate = 1e-4;  ///< The base rate; step() is told the rate in force.
  double beta1 = 0.9;
  double beta2 = 0.99;    ///< VCISR's and BasicSR's; torch's own default is 0.999.
  double epsilon = 1e-8;  ///< Added to the square root after bias correction.
  double weight_decay = 0;
  bool is_decoupled = false;  ///< AdamW: the decay goes to the parameter, not to the gradient.
};

/// Reads a section {type: Adam | AdamW (any case), lr, betas: [b1, b2], eps, weight_decay}. Where
/// AdamW's decay is not given it is torch's 0.01.
/// Errors  ConfigError: another optimizer (lists ours), lr missing, values out of range.
[[nodiscard]] AdamOptions read_adam_options(const Config& optimizer);

/// Adam and AdamW through ATen's fused kernels: one launch for all parameters on a GPU, one
/// vectorised pass over each on a CPU.
///
/// Shape    All parameters floating point, of one type, on one device, and dense in memory.
/// Memory   Two tensors like each parameter, made at once, with its strides.
/// Threads  one.
/// Errors   c10::Error naming the parameter, for parameters that are not as said.
class AdamOptimizer {
 public:
  AdamOptimizer(NamedTensors parameters, const AdamOptions& options);

  /// One update of every parameter that has a gradient; the others, their moments and their count
  /// of steps stay as they are.
  void step(double learning_rate);
  /// Frees all gradients.
  void zero_gradients();
  /// The parameters' gradients, those that there are.
  [[nodiscard]] std::vector<torch::Tensor> gradients() const;

  [[nodiscard]] const NamedTensors& parameters() const noexcept { return parameters_; }
  [[nodiscard]] const AdamOptions& options() const noexcept { return options_; }

  /// exp_avg.<name>, exp_avg_sq.<name> like the parameter, and step.<name>, int64 [], of every
  /// parameter. Those on a CPU share memory with the optimizer but for the steps: clone them where
  /// training goes on before they are written.
  [[nodiscard]] NamedTensors state() const;
  /// Takes what state() gave, each name with `prefix` before it. Nothing changes if it throws.
  /// Errors  CheckpointError that lists missing and misshapen tensors (the first few, how many).
  void load_state(const tensorfile::Checkpoint& checkpoint, const std::string& prefix = "");

 private:
  AdamOptions options_;
  NamedTensors parameters_;
  std::vector<torch::Tensor> averages_;         ///< Of the gradients.
  std::vector<torch::Tensor> square_averages_;  ///< Of their squares.
  torch::Tensor steps_;                         ///< float32 [parameters]: what the kernels read.
  std::vector<torch::Tensor> step_views_;       ///< Its elements.
};

/// Scales the parameters' gradients so that their common L2 norm is at most max_norm, as torch's
/// clip_grad_norm_. Returns the norm before: float32 [], on the device, not waited for (item() it
/// where it is logged). Zero where there are no gradients. With max_norm <= 0 it only measures.
/// Grad  none.
torch::Tensor clip_gradients(const NamedTensors& parameters, double max_norm);

/// False if an element is infinite or NaN. One small read from the device, none for an empty list.
[[nodiscard]] bool all_finite(const std::vector<torch::Tensor>& tensors);

}  // namespace vcisr::trainers
