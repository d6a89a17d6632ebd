// SPDX-License-Identifier: Apache-2.0
#include "vcisr/networks/tiling.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include <c10/core/InferenceMode.h>
#include <torch/types.h>

#include "networks/averaged_tiles.h"
#include "networks/tile_windows.h"

namespace vcisr::networks {
namespace {

// Of the memory taken; allocators lose the rest.
constexpr double kUsedShare = 0.8;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
  return ceil_div(value, multiple) * multiple;
}

/// One tile along one axis, in lq pixels: the interior lies inside the window that is forwarded.
struct Span {
  std::int64_t begin, end;  // Interior.
  std::int64_t window_begin, window_end;

  [[nodiscard]] std::int64_t window() const { return window_end - window_begin; }
};

std::int64_t effective_halo(const TilingTraits& traits, std::int64_t halo_px) {
  const std::int64_t wanted = halo_px < 0 ? traits.default_halo_px : halo_px;
  // The last tile must hold the rows that the network's own padding mirrors.
  return round_up(std::max(wanted, traits.pad_multiple_px - 1), traits.grid_px);
}

std::vector<Span> split(std::int64_t length, std::int64_t tile_px, std::int64_t halo,
                        std::int64_t grid) {
  if (tile_px == 0) return {{0, length, 0, length}};
  const std::int64_t largest = std::max(grid, tile_px / grid * grid);
  const std::int64_t count = ceil_div(length, largest);
  const std::int64_t edge = round_up(ceil_div(length, count), grid);
  std::vector<Span> spans;
  for (std::int64_t begin = 0; begin < length; begin += edge) {
    const std::int64_t end = std::min(begin + edge, length);
    spans.push_back(
        {begin, end, std::max<std::int64_t>(0, begin - halo), std::min(length, end + halo)});
  }
  return spans;
}

struct Tile {
  Span rows, columns;
};

/// Tiles of one size, all batches of clips of it: [k*B, T, 3, th, tw].
void forward_batch(Network& network, const torch::Tensor& lq, const std::vector<Tile>& tiles,
                   torch::Tensor& out) {
  std::vector<Window> windows;
  for (const auto& [rows, columns] : tiles) {
    windows.push_back(
        {rows.window_begin, rows.window_end, columns.window_begin, columns.window_end});
  }
  const auto restored = forward_windows(network, lq, windows);
  const std::int64_t s = network.scale();
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const auto& [rows, columns] = tiles[i];
    const std::int64_t top = rows.begin - rows.window_begin;
    const std::int64_t left = columns.begin - columns.window_begin;
    const auto interior = restored.narrow(0, static_cast<std::int64_t>(i) * lq.size(0), lq.size(0))
                              .slice(-2, s * top, s * (top + rows.end - rows.begin))
                              .slice(-1, s * left, s * (left + columns.end - columns.begin));
    out.slice(-2, s * rows.begin, s * rows.end)
        .slice(-1, s * columns.begin, s * columns.end)
        .copy_(interior);
  }
}

void check(const Network& network, const torch::Tensor& lq, const TileOptions& options,
           const torch::Tensor& out) {
  TORCH_CHECK(
      (lq.dim() == 4 || lq.dim() == 5) && lq.size(-3) == 3 && lq.size(-2) >= 1 && lq.size(-1) >= 1,
      "lq must be [N, 3, h, w] or [B, T, 3, h, w], but it is ", lq.sizes());
  TORCH_CHECK(lq.scalar_type() == torch::kFloat32, "lq must be float32, but it is ",
              lq.scalar_type());
  auto expected = lq.sizes().vec();
  expected[expected.size() - 2] *= network.scale();
  expected[expected.size() - 1] *= network.scale();
  TORCH_CHECK(out.defined() && out.sizes() == expected && out.scalar_type() == torch::kFloat32,
              "out must be float32 ", at::IntArrayRef(expected), ", but it is ",
              out.defined() ? out.scalar_type() : torch::kFloat32, " ",
              out.defined() ? out.sizes() : at::IntArrayRef{});
  TORCH_CHECK(options.tile_px >= 0, "tile_px must not be negative, but it is ", options.tile_px);
  TORCH_CHECK(options.batch >= 1, "batch must be at least 1, but it is ", options.batch);
}

}  // namespace

void forward_tiled(Network& network, const torch::Tensor& lq, const TileOptions& options,
                   torch::Tensor& out) {
  check(network, lq, options, out);
  const c10::InferenceMode inference_mode;
  const auto traits = network.tiling();
  // A picture is a clip of one frame.
  const auto clips = lq.dim() == 5 ? lq : lq.unsqueeze(1);  // [B, T, 3, h, w]
  auto clips_out = lq.dim() == 5 ? out : out.unsqueeze(1);  // [B, T, 3, s*h, s*w]
  if (options.tile_px > 0 && traits.sees_whole_picture != nullptr) {
    forward_averaged(network, clips, options, clips_out);
    return;
  }
  const std::int64_t halo = effective_halo(traits, options.halo_px);
  const auto rows = split(lq.size(-2), options.tile_px, halo, traits.grid_px);
  const auto columns = split(lq.size(-1), options.tile_px, halo, traits.grid_px);
  if (rows.size() == 1 && columns.size() == 1) {
    network.forward_into(clips.to(device_of(network, lq)), clips_out);
    return;
  }
  // Tiles at borders are smaller: only those of one size go together.
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<Tile>> waiting;
  for (const auto& row : rows) {
    for (const auto& column : columns) {
      auto& batch = waiting[{row.window(), column.window()}];
      batch.push_back({row, column});
      if (static_cast<std::int64_t>(batch.size()) < options.batch) continue;
      forward_batch(network, clips, batch, clips_out);
      batch.clear();
    }
  }
  for (const auto& [size, batch] : waiting) {
    if (!batch.empty()) forward_batch(network, clips, batch, clips_out);
  }
}

std::int64_t picture_bytes(const Network& network, std::int64_t height, std::int64_t width,
                           torch::Dtype dtype, std::int64_t batch) {
  // Half the bytes per value, but networks keep what accumulates in float32.
  const bool is_wide = network.needs_float32() || at::elementSize(dtype) >= 4;
  const std::int64_t multiple = network.tiling().pad_multiple_px;
  const std::int64_t pixels = batch * round_up(height, multiple) * round_up(width, multiple);
  const double bytes = network.working_bytes(pixels) * (is_wide ? 1.0 : 0.75);
  return static_cast<std::int64_t>(std::ceil(bytes / kUsedShare));
}

std::int64_t choose_tile_px(const Network& network, std::int64_t height, std::int64_t width,
                            std::int64_t free_bytes, torch::Dtype dtype, std::int64_t batch,
                            std::int64_t halo_px) {
  const auto traits = network.tiling();
  const bool is_averaged = traits.sees_whole_picture != nullptr;  // Tiles without halo.
  const std::int64_t halo = is_averaged ? 0 : effective_halo(traits, halo_px);
  const auto fits = [&](std::int64_t h, std::int64_t w) {
    return picture_bytes(network, h, w, dtype, batch) <= free_bytes;
  };
  if (fits(height, width)) return 0;
  std::int64_t edge = round_up(std::max(height, width), traits.grid_px);
  while (edge > traits.grid_px &&
         !fits(std::min(height, edge + 2 * halo), std::min(width, edge + 2 * halo))) {
    edge -= traits.grid_px;
  }
  return edge;
}

}  // namespace vcisr::networks
