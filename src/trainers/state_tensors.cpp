// SPDX-License-Identifier: Apache-2.0
#include "trainers/state_tensors.h"

#include <algorithm>
#include <cstddef>
#include <sstream>

#include <torch/utils.h>

#include "vcisr/core/error.h"
#include "vcisr/core/text.h"

namespace vcisr::trainers {
namespace {

constexpr std::size_t kShown = 3;

std::string shape_text(const torch::Tensor& tensor) {
  std::ostringstream text;
  text << tensor.sizes();
  return text.str();
}

std::string list(const std::vector<std::string>& names) {
  const std::vector<std::string> shown(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kShown)));
  return join(shown) + (names.size() > kShown ? ", …" : "");
}

}  // namespace

StateReader::StateReader(const tensorfile::Checkpoint& checkpoint, std::string subject)
    : subject_(std::move(subject)) {
  for (const auto& [name, tensor] : checkpoint.tensors) tensors_.emplace(name, tensor);
}

void StateReader::want(const std::string& name, const torch::Tensor& target) {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    missing_.push_back(name);
  } else if (found->second.sizes() != target.sizes()) {
    misshapen_.push_back(name + " " + shape_text(found->second) + " where " + shape_text(target) +
                         " is needed");
  } else {
    copies_.emplace_back(found->second, target);
  }
}

void StateReader::load() {
  if (!missing_.empty() || !misshapen_.empty()) {
    std::string message = "the " + subject_ + "'s state does not fit";
    if (!missing_.empty()) {
      message += ": " + std::to_string(missing_.size()) + " missing (" + list(missing_) + ")";
    }
    if (!misshapen_.empty()) {
      message += (missing_.empty() ? ": " : ", ") + std::to_string(misshapen_.size()) +
                 " of another shape (" + list(misshapen_) + ")";
    }
    throw CheckpointError(message);
  }
  const torch::NoGradGuard no_grad;
  for (auto& [from, to] : copies_) to.copy_(from);
}

}  // namespace vcisr::trainers
