// SPDX-License-Identifier: Apache-2.0
#include "data/hq_picture.h"

#include <algorithm>

#include "vcisr/core/error.h"
#include "vcisr/data/grid_crops.h"

namespace vcisr::data {
namespace {

std::string size_text(std::int64_t width, std::int64_t height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

/// Written so that no sum can overflow.
bool fits(std::int64_t begin, std::int64_t length, std::int64_t side) {
  return begin == 0 || (length <= side && begin <= side - length);
}

}  // namespace

std::optional<degradation::Crop> crop_to_multiple(const torch::Tensor& picture, std::int64_t scale,
                                                  const std::string& name) {
  const std::int64_t height = picture.size(1) - picture.size(1) % scale;
  const std::int64_t width = picture.size(2) - picture.size(2) % scale;
  if (height == 0 || width == 0) {
    throw InputError(name + ": " + size_text(picture.size(2), picture.size(1)) +
                     " is smaller than the scale, " + std::to_string(scale));
  }
  if (height == picture.size(1) && width == picture.size(2)) return std::nullopt;
  return degradation::Crop{.top = 0, .left = 0, .height = height, .width = width};
}

HqSamples cropped(const HqSamples& whole, const std::optional<degradation::Crop>& crop,
                  const std::string& name) {
  if (!crop) return whole;
  const std::int64_t height = whole.hq.size(1);
  const std::int64_t width = whole.hq.size(2);
  if (!fits(crop->top, crop->height, height) || !fits(crop->left, crop->width, width)) {
    throw InputError(name + ": the crop of " + size_text(crop->width, crop->height) + " at row " +
                     std::to_string(crop->top) + ", column " + std::to_string(crop->left) +
                     " leaves the picture, which has " + size_text(width, height));
  }
  HqSamples result{take_crop(whole.hq, *crop), {}};
  if (whole.hq_sharpened.defined()) result.hq_sharpened = take_crop(whole.hq_sharpened, *crop);
  return result;
}

degradation::Crop widened(const degradation::Crop& crop, std::int64_t margin,
                          const degradation::PictureSize& picture) {
  const std::int64_t top = std::max<std::int64_t>(crop.top - margin, 0);
  const std::int64_t left = std::max<std::int64_t>(crop.left - margin, 0);
  const std::int64_t bottom = std::min(crop.top + crop.height + margin, picture.height);
  const std::int64_t right = std::min(crop.left + crop.width + margin, picture.width);
  return {top, left, bottom - top, right - left};
}

}  // namespace vcisr::data
