// SPDX-License-Identifier: Apache-2.0
// What follows from the size of a picture alone. Cached, because films ask for the same each frame.
#pragma once

#include <cstdint>

#include <torch/types.h>

#include "networks/grl/grl_options.h"
#include "vcisr/ops/window_attention.h"

namespace vcisr::networks::grl {

using ops::TokenExtent;

/// How one map is cut: windows, and the roll before it (zero where none).
struct Tiling {
  TokenExtent window;
  TokenExtent shift;

  [[nodiscard]] bool is_shifted() const { return shift.rows + shift.columns > 0; }
  /// The same on the map of anchors, one for every factor x factor tokens.
  [[nodiscard]] Tiling at_anchors(std::int64_t factor) const {
    return {{window.rows / factor, window.columns / factor},
            {shift.rows / factor, shift.columns / factor}};
  }
};

/// Even blocks are shifted, odd ones are not (the reverse of Swin).
[[nodiscard]] Tiling window_tiling(const GrlOptions& options, std::int64_t block);

/// Stripes of block `block` of a stage on a map of that size: blocks alternate between the sizes
/// given and the same turned; the third and fourth of every four are shifted if any are.
[[nodiscard]] Tiling stripe_tiling(const GrlOptions& options, std::int64_t block,
                                   const TokenExtent& map);

/// Labels for ops::window_attention, uint8 [rows, columns] on `device`: tokens that a roll brings
/// together from opposite borders get different ones; all are alike where nothing is shifted.
[[nodiscard]] torch::Tensor regions(const TokenExtent& map, const Tiling& tiling,
                                    const torch::Device& device);

/// Inputs of the position bias' network, [rows * columns, 2] float32: row and column offset of a
/// window's tokens to its anchors (factor 1: to its tokens), logarithmically spaced.
///
///   columns of the table, from the most negative offset on:
///   window + window / factor - 1; the same for its rows
[[nodiscard]] torch::Tensor coordinate_table(const TokenExtent& window, std::int64_t factor,
                                             const torch::Device& device);

}  // namespace vcisr::networks::grl
