// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/nn/modules/linear.h>

namespace vcisr::networks::grl {

/// As published: weights from a normal distribution of deviation 0.02, cut at 2; bias 0.
[[nodiscard]] torch::nn::Linear initialised(torch::nn::Linear layer);

[[nodiscard]] torch::nn::Linear linear(std::int64_t in, std::int64_t out);

}  // namespace vcisr::networks::grl
