// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <torch/nn/module.h>
#include <torch/types.h>

namespace vcisr::networks {

/// Parameters and buffers by name in the order of PyTorch's state_dict(): module by module, its
/// parameters before its buffers, those before its children. The tensors are the module's own, not
/// copies.
[[nodiscard]] std::vector<std::pair<std::string, torch::Tensor>> module_state(
    const torch::nn::Module& module);

}  // namespace vcisr::networks
