// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/patch_psnr.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <torch/torch.h>

#include "metrics/planes.h"

namespace vcisr::metrics {
namespace {

constexpr const char* kMetric = "the patch PSNR";

/// Pixels begin .. end along one dimension.
struct Range {
  std::int64_t begin, end;
  [[nodiscard]] std::int64_t length() const { return end - begin; }
};

SquaredError error_within(const Planes& pictures, const Range& rows, const Range& columns) {
  const auto window = [&](const torch::Tensor& x) {
    return x.narrow(-2, rows.begin, rows.length()).narrow(-1, columns.begin, columns.length());
  };
  return squared_error(window(pictures.a), window(pictures.b));
}

Planes checked_pictures(const torch::Tensor& restored, const torch::Tensor& hq,
                        const PatchGrid& grid) {
  check_pair(kMetric, restored, hq, 3);
  TORCH_CHECK(restored.dim() == 3 && restored.size(0) == 3 && !restored.is_floating_point(),
              kMetric, " needs two uint8 or uint16 pictures [3, H, W], but they are ",
              restored.toString(), " ", restored.sizes());
  TORCH_CHECK(
      grid.columns >= 1 && grid.rows >= 1 && grid.columns <= hq.size(2) && grid.rows <= hq.size(1),
      kMetric, " needs at least one patch and no more than there are pixels, but the grid is ",
      grid.columns, "x", grid.rows, " on a picture of ", hq.size(2), "x", hq.size(1));
  return {with_dense_rows(restored), with_dense_rows(hq)};
}

/// What lies within band_px of the borders between `count` patches of `patch_px`, in order and
/// apart from each other.
std::vector<Range> border_bands(std::int64_t count, std::int64_t patch_px, std::int64_t band_px) {
  std::vector<Range> bands;
  for (std::int64_t i = 1; i < count; ++i) {
    const Range band{std::max<std::int64_t>(i * patch_px - band_px, 0),
                     std::min(i * patch_px + band_px, count * patch_px)};
    if (!bands.empty() && band.begin <= bands.back().end) {
      bands.back().end = band.end;
    } else {
      bands.push_back(band);
    }
  }
  return bands;
}

/// What `bands` leave of 0 .. length.
std::vector<Range> between(const std::vector<Range>& bands, std::int64_t length) {
  std::vector<Range> rest;
  std::int64_t begin = 0;
  for (const Range& band : bands) {
    if (band.begin > begin) rest.push_back({begin, band.begin});
    begin = band.end;
  }
  if (begin < length) rest.push_back({begin, length});
  return rest;
}

}  // namespace

SquaredError patch_squared_error(const torch::Tensor& restored, const torch::Tensor& hq,
                                 const PatchGrid& grid) {
  const Planes pictures = checked_pictures(restored, hq, grid);
  const std::int64_t height = hq.size(1) / grid.rows;
  const std::int64_t width = hq.size(2) / grid.columns;
  const std::int64_t shave = grid.shave_px;
  TORCH_CHECK(shave >= 0 && 2 * shave < height && 2 * shave < width, kMetric, ": a shave of ",
              shave, " pixels on all sides leaves nothing of patches of ", width, "x", height);
  SquaredError error;
  for (std::int64_t row = 0; row < grid.rows; ++row) {
    for (std::int64_t column = 0; column < grid.columns; ++column) {
      error += error_within(pictures, {row * height + shave, (row + 1) * height - shave},
                            {column * width + shave, (column + 1) * width - shave});
    }
  }
  return error;
}

SquaredError seam_squared_error(const torch::Tensor& restored, const torch::Tensor& hq,
                                const PatchGrid& grid, std::int64_t band_px) {
  const Planes pictures = checked_pictures(restored, hq, grid);
  TORCH_CHECK(grid.rows > 1 || grid.columns > 1, kMetric,
              ": a grid of one patch has no seams to measure");
  TORCH_CHECK(band_px >= 1, kMetric, ": the band along seams must be at least 1 pixel, but it is ",
              band_px);
  const std::int64_t patch_height = hq.size(1) / grid.rows;
  const std::int64_t patch_width = hq.size(2) / grid.columns;
  const Range all_columns{0, grid.columns * patch_width};
  const std::vector<Range> rows = border_bands(grid.rows, patch_height, band_px);
  const std::vector<Range> columns = border_bands(grid.columns, patch_width, band_px);
  SquaredError error;
  for (const Range& band : rows) error += error_within(pictures, band, all_columns);
  for (const Range& rest : between(rows, grid.rows * patch_height)) {
    for (const Range& band : columns) error += error_within(pictures, rest, band);
  }
  return error;
}

}  // namespace vcisr::metrics
