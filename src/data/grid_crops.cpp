// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/grid_crops.h"

#include <algorithm>

#include <torch/torch.h>

#include "data/python_random.h"

namespace vcisr::data {
namespace {

using degradation::Crop;
using degradation::PictureSize;

/// Samples that no whole cell covers, however the cells lie.
PictureSize slack(const PictureSize& area, std::int64_t patch_size) {
  return {area.height % patch_size, area.width % patch_size};
}

/// Indices first .. first + count - 1 of a row that goes on mirrored behind its end.
torch::Tensor mirrored_indices(std::int64_t first, std::int64_t count, std::int64_t length) {
  auto indices = torch::empty({count}, torch::kInt64);
  auto* const index = indices.data_ptr<std::int64_t>();
  const std::int64_t period = std::max<std::int64_t>(2 * (length - 1), 1);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t place = (first + i) % period;
    index[i] = std::min(place, period - place) % length;
  }
  return indices;
}

torch::Tensor taken(const torch::Tensor& picture, std::int64_t dim, std::int64_t first,
                    std::int64_t count) {
  const std::int64_t length = picture.size(dim);
  if (first + count <= length) return picture.narrow(dim, first, count);
  return picture.index_select(dim, mirrored_indices(first, count, length));
}

}  // namespace

std::optional<PictureSize> grid_area(const PictureSize& picture, std::int64_t patch_size,
                                     SmallPictures small_pictures) {
  const bool is_small = picture.height < patch_size || picture.width < patch_size;
  if (is_small && small_pictures == SmallPictures::kLeaveOut) return std::nullopt;
  return PictureSize{std::max(picture.height, patch_size), std::max(picture.width, patch_size)};
}

GridOffset draw_grid_offset(const PictureSize& area, std::int64_t patch_size, Rng& rng) {
  const PictureSize rest = slack(area, patch_size);
  GridOffset offset;
  offset.top = rng.uniform_int(0, rest.height);
  offset.left = rng.uniform_int(0, rest.width);
  return offset;
}

std::vector<Crop> grid_crops(const PictureSize& area, std::int64_t patch_size,
                             const GridOffset& offset) {
  std::vector<Crop> crops;
  for (std::int64_t top = offset.top; top + patch_size <= area.height; top += patch_size) {
    for (std::int64_t left = offset.left; left + patch_size <= area.width; left += patch_size) {
      crops.push_back({top, left, patch_size, patch_size});
    }
  }
  return crops;
}

class PublishedOffsets::Impl {
 public:
  explicit Impl(std::uint32_t seed) : random_(seed) {}

  GridOffset next(const PictureSize& area, std::int64_t patch_size) {
    static_cast<void>(random_.random());  // Whether to keep the picture: the published rate is 1.
    const PictureSize rest = slack(area, patch_size);
    GridOffset offset;
    offset.top = random_.randint(0, rest.height);
    offset.left = random_.randint(0, rest.width);
    return offset;
  }

 private:
  PythonRandom random_;
};

PublishedOffsets::PublishedOffsets(std::uint32_t seed) : impl_(std::make_unique<Impl>(seed)) {}
PublishedOffsets::~PublishedOffsets() = default;

GridOffset PublishedOffsets::next(const PictureSize& area, std::int64_t patch_size) {
  return impl_->next(area, patch_size);
}

torch::Tensor take_crop(const torch::Tensor& picture, const Crop& crop) {
  TORCH_CHECK(picture.dim() == 3, "take_crop: picture must be [C, H, W], not ", picture.sizes());
  TORCH_CHECK(crop.height >= 1 && crop.width >= 1 && crop.top >= 0 && crop.left >= 0 &&
                  crop.top < picture.size(1) && crop.left < picture.size(2),
              "take_crop: ", crop.height, " rows and ", crop.width, " columns from row ", crop.top,
              " and column ", crop.left, " are no part of a picture of ", picture.size(1), " x ",
              picture.size(2));
  const auto rows = taken(picture, 1, crop.top, crop.height);
  return taken(rows, 2, crop.left, crop.width).clone(at::MemoryFormat::Contiguous);
}

}  // namespace vcisr::data
