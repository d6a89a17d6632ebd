// SPDX-License-Identifier: Apache-2.0
#include "vcisr/networks/module_state.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>

namespace vcisr::networks {
namespace {

TEST(ModuleState, IsInPyTorchsOrder) {
  torch::nn::Module module;
  module.register_module("norm", torch::nn::BatchNorm1d(2));
  module.register_buffer("count", torch::zeros({1}));
  module.register_module("last", torch::nn::Linear(2, 3));
  module.register_parameter("scale", torch::ones({1}));
  std::vector<std::string> names;
  for (const auto& [name, tensor] : module_state(module)) names.push_back(name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"scale", "count", "norm.weight", "norm.bias",
                                      "norm.running_mean", "norm.running_var",
                                      "norm.num_batches_tracked", "last.weight", "last.bias"}));
}

TEST(ModuleState, HoldsTheModulesOwnTensors) {
  const torch::nn::Linear linear(2, 3);
  module_state(*linear)[1].second.data().fill_(7);
  EXPECT_EQ(linear->bias[2].item<float>(), 7);
}

}  // namespace
}  // namespace vcisr::networks
