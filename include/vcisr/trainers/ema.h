// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <torch/nn/module.h>
#include <torch/types.h>

#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::trainers {

/// Exponential moving average of a network's parameters: ema = decay * ema + (1 - decay) * p after
/// each step, as BasicSR's. It starts as a copy. Buffers are copied, not averaged.
///
/// Dtypes   Averages of floating-point parameters are float32 whatever the network's type is.
/// Memory   One copy of the network on its device. The network must outlive the average.
/// Threads  one.
class Ema {
 public:
  /// Errors  ConfigError unless 0 <= decay < 1.
  Ema(const torch::nn::Module& network, double decay);

  /// After an optimizer's step.
  void update();
  /// Writes averages and buffers into a network of the same kind (any type and device).
  /// Errors  c10::Error naming the first parameter that it has not, or not of that shape.
  void copy_to(torch::nn::Module& network) const;
  /// Becomes a copy of the network again.
  void restart();

  [[nodiscard]] double decay() const noexcept { return decay_; }
  /// Parameters, then buffers, by their names in the network; they share memory with the average.
  [[nodiscard]] std::vector<std::pair<std::string, torch::Tensor>> state() const;
  /// Takes what state() gave, each name with `prefix` before it. Nothing changes if it throws.
  /// Errors  CheckpointError that lists missing and misshapen tensors.
  void load_state(const tensorfile::Checkpoint& checkpoint, const std::string& prefix = "");

 private:
  double decay_;
  std::vector<std::string> names_;  ///< Of parameters, then of buffers.
  std::vector<torch::Tensor> parameters_, averages_;
  std::vector<torch::Tensor> buffers_, buffer_copies_;
};

}  // namespace vcisr::trainers
