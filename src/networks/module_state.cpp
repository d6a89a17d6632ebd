// SPDX-License-Identifier: Apache-2.0
#include "vcisr/networks/module_state.h"

namespace vcisr::networks {
namespace {

using State = std::vector<std::pair<std::string, torch::Tensor>>;

void collect(const torch::nn::Module& module, const std::string& prefix, State& state) {
  for (const auto& item : module.named_parameters(/*recurse=*/false)) {
    state.emplace_back(prefix + item.key(), item.value());
  }
  for (const auto& item : module.named_buffers(/*recurse=*/false)) {
    state.emplace_back(prefix + item.key(), item.value());
  }
  for (const auto& child : module.named_children()) {
    collect(*child.value(), prefix + child.key() + ".", state);
  }
}

}  // namespace

State module_state(const torch::nn::Module& module) {
  State state;
  collect(module, "", state);
  return state;
}

}  // namespace vcisr::networks
