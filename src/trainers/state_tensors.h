// SPDX-License-Identifier: Apache-2.0
// Reading a training's own tensors back.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::trainers {

/// Copies tensors of a checkpoint into tensors that exist, all of them or none.
class StateReader {
 public:
  /// `subject` begins the message ("optimizer").
  StateReader(const tensorfile::Checkpoint& checkpoint, std::string subject);

  /// The shape must be equal; type, device and strides are the target's.
  void want(const std::string& name, const torch::Tensor& target);
  /// Errors  CheckpointError: lists what is missing or misshapen, the first few of each.
  void load();

 private:
  std::map<std::string, torch::Tensor> tensors_;
  std::string subject_;
  std::vector<std::pair<torch::Tensor, torch::Tensor>> copies_;  ///< From, to.
  std::vector<std::string> missing_, misshapen_;
};

}  // namespace vcisr::trainers
