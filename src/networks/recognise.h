// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>

#include "vcisr/networks/checkpoint.h"

namespace vcisr::networks {

/// One family of networks that can be told from keys and shapes. A new family is a line in
/// recognise.cpp's table.
struct Recogniser {
  /// registry() name.
  const char* network;
  /// YAML for registry().make(), or nothing where the tensors are not this network's. May rename
  /// keys of older schemes, only if it recognises them.
  std::optional<std::string> (*guess)(Checkpoint& checkpoint);
};

[[nodiscard]] std::span<const Recogniser> recognisers();

}  // namespace vcisr::networks
