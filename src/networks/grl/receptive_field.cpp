// SPDX-License-Identifier: Apache-2.0
#include "networks/grl/receptive_field.h"

#include <algorithm>

#include "networks/grl/geometry.h"

namespace vcisr::networks::grl {
namespace {

/// The nearest cut at or beyond `reach` from a border where a cut would be without shift; the worse
/// of the two sides of a tile.
std::int64_t next_cut(std::int64_t reach, std::int64_t window, std::int64_t shift) {
  const auto at_or_beyond = [&](std::int64_t offset) {
    const std::int64_t distance = reach - offset;
    return offset + std::max<std::int64_t>(0, (distance + window - 1) / window * window);
  };
  // Cuts lie at shift + n * window to the right, and at window - shift + n * window to the left.
  const std::int64_t right = shift >= reach ? shift : at_or_beyond(shift);
  const std::int64_t left =
      (window - shift) >= reach && shift > 0 ? window - shift : at_or_beyond(-shift);
  return std::max(right, left);
}

}  // namespace

std::int64_t receptive_field_px(const GrlOptions& o, std::int64_t tail_px) {
  const std::int64_t grid = o.pad_multiple();
  const TokenExtent map{4 * grid, 4 * grid};
  std::int64_t reach = tail_px + 1;  // The convolution after the body.
  for (auto depth = o.depths.rbegin(); depth != o.depths.rend(); ++depth) {
    reach += 1;  // The stage's.
    for (std::int64_t block = *depth - 1; block >= 0; --block) {
      const auto windows = window_tiling(o, block);
      const auto stripes = stripe_tiling(o, block, map);
      reach = std::max({next_cut(reach, windows.window.rows, windows.shift.rows),
                        next_cut(reach, stripes.window.rows, stripes.shift.rows),
                        next_cut(reach, stripes.window.columns, stripes.shift.columns)});
    }
  }
  reach += 1;  // The first convolution.
  return (reach + grid - 1) / grid * grid;
}

}  // namespace vcisr::networks::grl
