// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <torch/types.h>

#include "vcisr/core/rng.h"
#include "vcisr/degradation/recipe_file.h"
#include "vcisr/degradation/steps.h"

namespace vcisr::data {

/// What becomes of pictures with a side shorter than a patch (many photographs are 481x321).
enum class SmallPictures {
  kMirror,    ///< Continued mirrored below and to the right, as BasicSR's training does.
  kLeaveOut,  ///< As in the published preparation of VCISR's patches.
};

/// Where a grid's first cell begins.
struct GridOffset {
  std::int64_t top = 0;
  std::int64_t left = 0;

  bool operator==(const GridOffset&) const = default;
};

/// The part of a picture's plane that is cut into cells: its size, or mirrored up to a patch.
/// nullopt for a picture that is left out.
[[nodiscard]] std::optional<degradation::PictureSize> grid_area(
    const degradation::PictureSize& picture, std::int64_t patch_size, SmallPictures small_pictures);

/// Where the grid of as many whole cells as fit may begin, all places alike.
[[nodiscard]] GridOffset draw_grid_offset(const degradation::PictureSize& area,
                                          std::int64_t patch_size, Rng& rng);

/// Cells that touch but do not overlap, row by row. Those that reach out of the area are left out.
[[nodiscard]] std::vector<degradation::Crop> grid_crops(const degradation::PictureSize& area,
                                                        std::int64_t patch_size,
                                                        const GridOffset& offset);

/// The offsets of VCISR's published patches: numbers of Python's `random` for each picture in turn.
class PublishedOffsets {
 public:
  explicit PublishedOffsets(std::uint32_t seed = 777);
  ~PublishedOffsets();

  /// Of the next picture. A picture smaller than a patch has no cells, but takes numbers.
  [[nodiscard]] GridOffset next(const degradation::PictureSize& area, std::int64_t patch_size);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// A part of a picture. Where the crop reaches out below or to the right, the picture goes on
/// mirrored, its edge samples not repeated (OpenCV's BORDER_REFLECT_101); a side of one sample
/// repeats it.
///
/// Shape    [C, H, W] of any type to [C, crop.height, crop.width], contiguous, memory of its own.
/// Errors   c10::Error: a crop without pixels, or that begins outside of the picture.
[[nodiscard]] torch::Tensor take_crop(const torch::Tensor& picture, const degradation::Crop& crop);

}  // namespace vcisr::data
