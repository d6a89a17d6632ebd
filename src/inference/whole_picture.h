// SPDX-License-Identifier: Apache-2.0
// What is said of networks whose result tiles would change (TilingTraits::sees_whole_picture).
#pragma once

#include <cstdint>
#include <string>

#include "vcisr/inference/restorer.h"
#include "vcisr/networks/network.h"
#include "vcisr/networks/tiling.h"

namespace vcisr::inference {

/// A picture and the memory that it needs untiled.
struct PictureMemory {
  std::int64_t height, width;
  std::int64_t needed_bytes;
  std::int64_t free_bytes;
  std::int64_t usable_bytes;     ///< Of those that are free.
  std::int64_t fitting_tile_px;  ///< 0: all of it, or so it seems.
  std::string device;
};

/// Errors  ConfigError where tiles that were asked for would overlap by a whole tile.
void check_overlap(const networks::TilingTraits& traits, const RestorerOptions& options);

/// One sentence each, of a picture that is too large by reckoning, and of one that proved to be.
[[nodiscard]] std::string does_not_fit(const networks::TilingTraits& traits,
                                       const PictureMemory& memory);
[[nodiscard]] std::string ran_out_untiled(const networks::TilingTraits& traits,
                                          const PictureMemory& memory);
/// Of tiles that were asked for.
[[nodiscard]] std::string ran_out_tiled(const networks::TilingTraits& traits,
                                        const networks::AveragedTiles& tiles,
                                        const std::string& device);
/// The warning when such tiles are used.
[[nodiscard]] std::string depends_on_tiles(const networks::TilingTraits& traits,
                                           const networks::AveragedTiles& tiles);

}  // namespace vcisr::inference
