// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "networks/recognise.h"
#include "vcisr/core/config.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::networks::grl {

using tensorfile::Checkpoint;

/// GRL in any published form, by its keys; what stands beside it under other prefixes (a loss's
/// network in a Lightning file) is dropped. The parameters' shapes tell every option but the
/// geometry: windows, stripes, their shift, anchors. That is told by, in this order,
///
///   1. the tables and indices that published files carry, where they are those
///      of a published geometry, else with the stripes shifted as upstream does;
///   2. the key that VCISR's training wraps its weights in, for the networks that it trains;
///   3. nothing: `unknown` says so and lists the presets that the shapes fit.
[[nodiscard]] std::optional<Recognition> recognise_grl(Checkpoint& checkpoint);

/// to_yaml() of the section's options. Errors  ConfigError.
[[nodiscard]] std::string spell_out(const Config& config);

/// What of the section's options the parameters' shapes contradict, "" if nothing: "embed_dim 180,
/// but the parameters have embed_dim 128 (presets that fit: …)". Errors  ConfigError.
[[nodiscard]] std::string contradiction(const Checkpoint& checkpoint, const Config& config);

}  // namespace vcisr::networks::grl
