// SPDX-License-Identifier: Apache-2.0
#include "inference/whole_picture.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "vcisr/core/error.h"

namespace vcisr::inference {
namespace {

/// "3.2 GiB", "512 MiB".
std::string size_text(std::int64_t bytes) {
  constexpr double kMiB = 1 << 20;
  const double mib = static_cast<double>(bytes) / kMiB;
  std::array<char, 32> text{};
  if (mib >= 1024) {
    std::snprintf(text.data(), text.size(), "%.1f GiB", mib / 1024);
  } else {
    std::snprintf(text.data(), text.size(), "%.0f MiB", mib);
  }
  return text.data();
}

std::string picture_text(const PictureMemory& memory) {
  return "a picture of " + std::to_string(memory.width) + "x" + std::to_string(memory.height);
}

std::string tiles_would(const networks::TilingTraits& traits, const PictureMemory& memory) {
  // Where the reckoning says that the picture itself fits, half of it should.
  const std::int64_t tile =
      memory.fitting_tile_px > 0
          ? memory.fitting_tile_px
          : averaged_tiles(traits, {.tile_px = std::max(memory.height, memory.width) / 2}).edge_px;
  return "tiles would change the result, because " + std::string(traits.sees_whole_picture) +
         ": give --tile " + std::to_string(tile) +
         " to tile it nevertheless in the published way (overlapping tiles, averaged)";
}

}  // namespace

void check_overlap(const networks::TilingTraits& traits, const RestorerOptions& options) {
  if (traits.sees_whole_picture == nullptr || options.tile_px <= 0) return;
  const auto tiles =
      networks::averaged_tiles(traits, {.tile_px = options.tile_px, .halo_px = options.halo_px});
  if (tiles.overlap_px < tiles.edge_px) return;
  throw ConfigError("--tile-pad " + std::to_string(tiles.overlap_px) + ": tiles of " +
                    std::to_string(tiles.edge_px) +
                    " pixels cannot overlap by as much, and they overlap because " +
                    traits.sees_whole_picture);
}

std::string does_not_fit(const networks::TilingTraits& traits, const PictureMemory& memory) {
  return picture_text(memory) + " needs about " + size_text(memory.needed_bytes) +
         " of memory, but of the " + size_text(memory.free_bytes) + " free on " + memory.device +
         " " + size_text(memory.usable_bytes) + " may be used, and " + tiles_would(traits, memory) +
         ", --tile none to try without tiles all the same, or use a machine with more memory";
}

std::string ran_out_untiled(const networks::TilingTraits& traits, const PictureMemory& memory) {
  return "out of memory on " + memory.device + ": " + picture_text(memory) + " needs about " +
         size_text(memory.needed_bytes) + ", " + size_text(memory.free_bytes) + " are free, and " +
         tiles_would(traits, memory) + ", or use a machine with more memory";
}

std::string ran_out_tiled(const networks::TilingTraits& traits,
                          const networks::AveragedTiles& tiles, const std::string& device) {
  return "out of memory on " + device + " with tiles of " + std::to_string(tiles.edge_px) +
         " pixels: give a smaller --tile, which is not done unasked because " +
         traits.sees_whole_picture;
}

std::string depends_on_tiles(const networks::TilingTraits& traits,
                             const networks::AveragedTiles& tiles) {
  return std::string(traits.sees_whole_picture) +
         ": in tiles the result depends on their size, here " + std::to_string(tiles.edge_px) +
         " pixels that overlap by " + std::to_string(tiles.overlap_px) + " and are averaged";
}

}  // namespace vcisr::inference
