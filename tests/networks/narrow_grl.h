// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include "support/hash_rule.h"

namespace vcisr::tests {

/// The hash rule, but logits are multiplied by 20 at most, not 100. For GRLs with a few channels
/// per head, whose cosines reach -1 and 1: times 100 they outweigh the published mask of -100, so
/// that opposite borders see each other, and rounding grows as much (docs/numerics.md).
inline void fill_narrow_grl(torch::nn::Module& module) {
  fill_by_hash_rule(module);
  const torch::NoGradGuard no_grad;
  for (auto& item : module.named_parameters()) {
    if (item.key().ends_with("logit_scale")) item.value().clamp_(-0.7, 3.0);
  }
}

}  // namespace vcisr::tests
