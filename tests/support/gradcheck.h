// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "support/hash_rule.h"

namespace vcisr::tests {

struct GradientSamples {
  double step = 1e-6;       ///< Short enough that no activation passes its kink.
  std::uint64_t count = 6;  ///< Elements, chosen by the hash of the name.
};

/// Central differences of `loss` at a few elements of `variable`, float64, against its gradient.
inline void expect_gradient(const std::function<double()>& loss, const torch::Tensor& variable,
                            const std::string& name, const GradientSamples& samples = {}) {
  const torch::NoGradGuard no_grad;
  ASSERT_TRUE(variable.grad().defined()) << name;
  auto flat = variable.detach().view(-1);
  const auto gradient = variable.grad().contiguous().view(-1);
  for (std::uint64_t i = 0; i < samples.count; ++i) {
    const auto at = static_cast<std::int64_t>(hash_bits(name, i) % flat.numel());
    const double value = flat[at].item<double>();
    flat[at] = value + samples.step;
    const double above = loss();
    flat[at] = value - samples.step;
    const double below = loss();
    flat[at] = value;
    const double expected = (above - below) / (2 * samples.step);
    EXPECT_NEAR(gradient[at].item<double>(), expected, 1e-5 * std::max(1.0, std::abs(expected)))
        << name << " at " << at;
  }
}

}  // namespace vcisr::tests
