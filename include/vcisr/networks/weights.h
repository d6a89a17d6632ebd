// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "vcisr/networks/network.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::networks {

using tensorfile::Checkpoint;

/// Which network a set of weights belongs to, as YAML for registry().make().
struct NetworkGuess {
  std::string yaml;    ///< E.g. "{type: srvgg_compact, scale: 4, num_conv: 16}".
  std::string source;  ///< "metadata", "keys and shapes", "keys, shapes and tables" (of published
                       ///< GRL files), "VCISR's wrapper" or "--network".
};

/// Metadata first, else keys, shapes and wrapper where they tell all. nullopt when they do not.
/// The tensors' keys are brought to our names on the way (old ESRGAN scheme, a prefix that not all
/// of them carry).
[[nodiscard]] std::optional<NetworkGuess> recognise(Checkpoint& checkpoint);

/// Adds to the metadata what lets us and others build the network: architecture, options (YAML),
/// arch, args (JSON), scale, colour_order. Entries of these names are replaced, others stay. A
/// preset is written as all its options.
void describe_network(Checkpoint& checkpoint, const NetworkGuess& guess, std::int64_t scale);

/// Copies tensors into the module's parameters and buffers by name.
/// Errors  CheckpointError that lists missing, unexpected and misshapen parameters (the first few
/// of each, and how many).
///         Derived buffers of published GRL files (table_*, index_*, mask_*) are ignored.
void load_parameters(torch::nn::Module& module, const Checkpoint& checkpoint);

struct LoadedNetwork {
  NetworkPtr network;
  NetworkGuess guess;          ///< With every option, for networks that have presets.
  RegistryPreset preset = {};  ///< The one with exactly these options; without a name if none is.
  std::int64_t parameter_count = 0;
};

/// A network by registry name without weights ("identity", "bicubic"), or from a weight file.
///
/// `model` is a path or a name; `network` ("" = recognise) is a registry name, a preset's name or
/// YAML for files that do not tell: a name is filled in from the file, a preset and YAML are
/// followed, with a logged warning where the file tells other options. `scale` is used by networks
/// without weights that can enlarge. An existing file wins over a network of that name. `yaml` of
/// the result builds the same network again.
/// Errors  CheckpointError: no such name or file (nearest name given), a network that needs weights
///         named without them, not recognised (lists what --network may be), recognised but for
///         options that leave no trace (lists the presets that fit), metadata that describe no
///         network, parameters that do not fit. ConfigError: YAML in `network`, or `scale`, wrong.
[[nodiscard]] LoadedNetwork load_network(const std::string& model, const std::string& network,
                                         std::optional<std::int64_t> scale);

/// The same from tensors in memory; `name` stands for the file in messages.
[[nodiscard]] LoadedNetwork load_network(Checkpoint checkpoint, const std::string& network,
                                         const std::string& name);

/// key by key: strength * a + (1 - strength) * b (Real-ESRGAN's -dn). Errors  CheckpointError if
/// keys or shapes differ.
[[nodiscard]] Checkpoint interpolate(const Checkpoint& a, const Checkpoint& b, double strength);

}  // namespace vcisr::networks
