// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <torch/types.h>

#include "support/hash_rule.h"
#include "vcisr/networks/discriminator.h"
#include "vcisr/networks/module_state.h"
#include "vcisr/networks/vgg_features.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::tests {

/// Parameters and the spectral norms' first vectors by the hash rule, the latter at length 1.
inline void fill_discriminator(networks::Discriminator& discriminator) {
  const torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : networks::module_state(discriminator)) {
    if (name.ends_with("weight_v")) continue;  // The first training forward makes its own.
    tensor.copy_(hash_weight(name, tensor.sizes()));
    if (name.ends_with("weight_u")) tensor.div_(tensor.norm());
  }
}

inline networks::DiscriminatorPtr hashed_discriminator(
    const std::string& yaml = "{type: unet_discriminator_sn}") {
  auto discriminator = networks::discriminators().make(Config::parse(yaml));
  fill_discriminator(*discriminator);
  return discriminator;
}

/// torchvision's keys and shapes of VGG19's convolutions, filled by the hash rule.
inline tensorfile::Checkpoint hashed_vgg19() {
  tensorfile::Checkpoint weights;
  std::int64_t in = 3;
  const auto& names = networks::vgg19_layer_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!names[i].starts_with("conv")) continue;
    const std::int64_t out = std::min<std::int64_t>(512, 32 << (names[i][4] - '0'));
    const auto key = "features." + std::to_string(i);
    weights.tensors.emplace_back(key + ".weight", hash_weight(key + ".weight", {out, in, 3, 3}));
    weights.tensors.emplace_back(key + ".bias", hash_weight(key + ".bias", {out}));
    in = out;
  }
  return weights;
}

}  // namespace vcisr::tests
