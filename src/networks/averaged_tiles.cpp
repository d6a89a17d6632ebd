// SPDX-License-Identifier: Apache-2.0
#include "networks/averaged_tiles.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "networks/tile_windows.h"

namespace vcisr::networks {
namespace {

constexpr std::int64_t kPublishedOverlapPx = 32;

/// Tiles of one length along one axis.
struct Axis {
  std::int64_t length;
  std::int64_t tile;
  std::vector<std::int64_t> begins;
};

// Differs from the published programs: they shorten both edges to the picture's shorter side.
Axis cover(std::int64_t length, const AveragedTiles& tiles) {
  Axis axis{length, std::min(tiles.edge_px, length), {}};
  const std::int64_t last = length - axis.tile;
  for (std::int64_t begin = 0; begin < last; begin += tiles.edge_px - tiles.overlap_px) {
    axis.begins.push_back(begin);
  }
  axis.begins.push_back(last);
  return axis;
}

/// Divides by the number of tiles that cover each row (dim -2) or column (dim -1). Every pair of a
/// tile's row range and column range is a tile, so that a pixel's weight is the product of both.
void divide_by_coverage(torch::Tensor& sum, std::int64_t dim, const Axis& axis,
                        std::int64_t scale) {
  if (axis.begins.size() == 1) return;
  auto weights = torch::zeros({axis.length * scale}, torch::kFloat32);
  for (const std::int64_t begin : axis.begins) {
    weights.slice(0, begin * scale, (begin + axis.tile) * scale).add_(1);
  }
  if (dim == -2) weights = weights.unsqueeze(1);
  sum.div_(weights.to(sum.device()));
}

void add_batch(Network& network, const torch::Tensor& lq, const std::vector<Window>& tiles,
               torch::Tensor& out) {
  const auto restored = forward_windows(network, lq, tiles);
  const std::int64_t s = network.scale();
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const auto& tile = tiles[i];
    const auto part = restored.narrow(0, static_cast<std::int64_t>(i) * lq.size(0), lq.size(0));
    out.slice(-2, s * tile.top, s * tile.bottom)
        .slice(-1, s * tile.left, s * tile.right)
        .add_(part.to(out.device()));
  }
}

}  // namespace

AveragedTiles averaged_tiles(const TilingTraits& traits, const TileOptions& options) {
  const std::int64_t multiple = traits.pad_multiple_px;
  const std::int64_t edge = std::max(multiple, options.tile_px / multiple * multiple);
  // Half a tile at most, so that small ones do not multiply.
  const std::int64_t unasked = std::min(kPublishedOverlapPx, edge / 2);
  return {edge, options.halo_px < 0 ? unasked : options.halo_px};
}

void forward_averaged(Network& network, const torch::Tensor& lq, const TileOptions& options,
                      torch::Tensor& out) {
  const auto sizes = averaged_tiles(network.tiling(), options);
  TORCH_CHECK(sizes.overlap_px < sizes.edge_px, "tiles of ", sizes.edge_px,
              " pixels cannot overlap by ", sizes.overlap_px);
  const auto rows = cover(lq.size(-2), sizes);
  const auto columns = cover(lq.size(-1), sizes);
  if (rows.begins.size() == 1 && columns.begins.size() == 1) {
    network.forward_into(lq.to(device_of(network, lq)), out);
    return;
  }
  out.zero_();
  std::vector<Window> batch;
  for (const std::int64_t top : rows.begins) {
    for (const std::int64_t left : columns.begins) {
      batch.push_back({top, top + rows.tile, left, left + columns.tile});
      if (static_cast<std::int64_t>(batch.size()) < options.batch) continue;
      add_batch(network, lq, batch, out);
      batch.clear();
    }
  }
  if (!batch.empty()) add_batch(network, lq, batch, out);
  divide_by_coverage(out, -2, rows, network.scale());
  divide_by_coverage(out, -1, columns, network.scale());
}

}  // namespace vcisr::networks
