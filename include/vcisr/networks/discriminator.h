// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include <torch/nn/module.h>
#include <torch/types.h>

#include "vcisr/core/registry.h"

namespace vcisr::networks {

/// A network that says of each pixel how real it looks; the opponent in adversarial training.
///
/// Dtypes   The logits have the picture's type, whatever the parameters' and autocast's.
/// Grad     For the picture and the parameters. Several forwards may wait for their backward: each
///          keeps its own copy of what the next one changes (the vectors of spectral norms).
/// State    In training mode every forward moves the vectors of spectral norms on by one power
///          iteration, with gradients recorded or without; in eval mode none does.
/// Threads  One forward at a time in training mode.
class Discriminator : public torch::nn::Module {
 public:
  /// picture: float [N, 3, H, W], H and W multiples of side_multiple(), any strides.
  /// Returns logits [N, 1, H, W].
  /// Errors  c10::Error that names the shape found and the multiple.
  virtual torch::Tensor forward(const torch::Tensor& picture) = 0;

  [[nodiscard]] virtual std::int64_t side_multiple() const noexcept = 0;
};

using DiscriminatorPtr = std::shared_ptr<Discriminator>;
using DiscriminatorEntry = Registry<DiscriminatorPtr>::Entry;

/// All discriminators the library knows.
[[nodiscard]] Registry<DiscriminatorPtr>& discriminators();

}  // namespace vcisr::networks
