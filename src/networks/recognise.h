// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>

#include "vcisr/core/config.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::networks {

using tensorfile::Checkpoint;

/// What a file's tensors tell of their network.
struct Recognition {
  std::string yaml;  ///< For registry().make(); "" where they tell the family but not all of it,
  std::string unknown = "";  ///< and then what is not told and how to help, to follow "path: ".
  std::string source = "keys and shapes";  ///< As in NetworkGuess.
};

/// One family of networks that can be told from keys and shapes. A new family is a line in
/// recognise.cpp's table.
struct Recogniser {
  /// registry() name.
  const char* network;
  /// Nothing where the tensors are not this network's. May rename keys of older schemes and drop
  /// what is not the network's, only if it recognises it.
  std::optional<Recognition> (*guess)(Checkpoint& checkpoint);
  /// For networks with presets, else nullptr: a section with every option spelled out. Errors
  /// ConfigError.
  std::string (*spell_out)(const Config& config) = nullptr;
  /// For networks with presets, else nullptr: where the section's options contradict the tensors'
  /// shapes, "a 1, but the parameters have a 2"; "" where they do not. Errors ConfigError.
  std::string (*contradiction)(const Checkpoint& checkpoint, const Config& config) = nullptr;
};

[[nodiscard]] std::span<const Recogniser> recognisers();

}  // namespace vcisr::networks
