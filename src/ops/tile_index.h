// SPDX-License-Identifier: Apache-2.0
// Which part of a picture a block of threads works on: the one place of this arithmetic. No torch.
#pragma once

#include <cstdint>

#include "ops/device_macros.h"

namespace vcisr::ops::detail {

/// Threads of a block: 32 columns of 8 rows.
inline constexpr int kTileCols = 32;
inline constexpr int kTileRows = 8;

/// Tiles that cover rows x cols, numbered row by row along the grid's x, which alone is long
/// enough.
struct TileGrid {
  std::int64_t across;
  std::int64_t count;
};

VCISR_HOST_DEVICE inline TileGrid tiles_of(std::int64_t rows, std::int64_t cols) {
  const std::int64_t across = (cols + kTileCols - 1) / kTileCols;
  return {across, across * ((rows + kTileRows - 1) / kTileRows)};
}

/// First row and column of a tile.
struct TileOrigin {
  std::int64_t row;
  std::int64_t col;
};

VCISR_HOST_DEVICE inline TileOrigin tile_origin(std::int64_t tile, std::int64_t cols) {
  const std::int64_t across = (cols + kTileCols - 1) / kTileCols;
  return {tile / across * kTileRows, tile % across * kTileCols};
}

VCISR_HOST_DEVICE inline std::int64_t clamped(std::int64_t i, std::int64_t size) {
  return i < 0 ? 0 : (i < size ? i : size - 1);
}

VCISR_HOST_DEVICE inline std::int64_t at_most(std::int64_t a, std::int64_t b) {
  return a < b ? a : b;
}

}  // namespace vcisr::ops::detail
