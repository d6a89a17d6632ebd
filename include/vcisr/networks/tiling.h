// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/types.h>

#include "vcisr/networks/network.h"

namespace vcisr::networks {

struct TileOptions {
  /// Largest edge of a tile without its halo, or of an averaged tile; 0: the whole picture.
  std::int64_t tile_px = 0;
  /// Context around it, or overlap of averaged tiles; -1: the network's default.
  std::int64_t halo_px = -1;
  std::int64_t batch = 1;  ///< Tiles of equal size that go through the network together.
};

/// A picture or clip through a network in tiles that overlap by a halo, of which only the interiors
/// are kept; in averaged tiles where the network sees the whole picture.
///
/// Shape    lq: float32 [N, 3, h, w] or [B, T, 3, h, w]; h, w >= 1. out: float32 [N, 3, s*h, s*w]
/// or
///          [B, T, 3, s*h, s*w], overwritten. A clip's tile holds all its frames.
/// Border   Interiors are as equal in size as the grid allows and start on multiples of the
///          network's grid. Halos end at the picture's border, so what a network does there (zero
///          padding of convolutions, padding to a multiple) is what it does without tiles, and only
///          there. With the exact halo the result is the untiled one within rounding (1e-5); a halo
///          is rounded up to the grid and never below what the network's own padding mirrors.
/// Averaged Where TilingTraits::sees_whole_picture is set, each tile is restored as a picture of
/// its
///          own, as published for such networks, and the result depends on the tile size: tiles
///          of averaged_tiles() size (the picture's where that is smaller, axis by axis), from
///          the left and top with the stride edge - overlap; the last ones end at the border; where
///          tiles overlap, their mean.
/// Device   lq and out may lie elsewhere than the network, so that a big picture need not lie on a
///          GPU whole: tiles travel one batch at a time.
/// Grad     None: runs in inference mode.
/// Threads  as Network::forward; `out` is written by one call only.
/// Memory   One batch of tiles, network.bytes_per_lq_pixel() for each of their pixels.
/// Errors   c10::Error naming the shape found or the option's value, also where averaged tiles
///          would overlap by a whole tile; what the network throws.
void forward_tiled(Network& network, const torch::Tensor& lq, const TileOptions& options,
                   torch::Tensor& out);

/// Sizes of averaged tiles, in lq pixels.
struct AveragedTiles {
  std::int64_t edge_px;     ///< tile_px rounded down to the network's pad multiple, at least one.
  std::int64_t overlap_px;  ///< halo_px if given, else 32, but no more than half a tile.
};
[[nodiscard]] AveragedTiles averaged_tiles(const TilingTraits& traits, const TileOptions& options);

/// What forwarding so many frames of that size untiled takes, with what allocators lose (a fifth).
[[nodiscard]] std::int64_t picture_bytes(const Network& network, std::int64_t height,
                                         std::int64_t width, torch::Dtype dtype,
                                         std::int64_t batch);

/// Edge for TileOptions::tile_px with which a batch fits into `free_bytes` by picture_bytes();
/// 0 if the whole picture does. For a network that sees the whole picture: the edge of averaged
/// tiles, which callers should use only when asked to, for they change the result.
///
/// Shape    `batch` counts frames: tiles together, times the clip's length for temporal networks.
/// Units    A multiple of the network's grid, at least one. Where nothing fits, the smallest.
[[nodiscard]] std::int64_t choose_tile_px(const Network& network, std::int64_t height,
                                          std::int64_t width, std::int64_t free_bytes,
                                          torch::Dtype dtype, std::int64_t batch,
                                          std::int64_t halo_px = -1);

}  // namespace vcisr::networks
