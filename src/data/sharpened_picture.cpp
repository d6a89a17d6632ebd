// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/sharpened_picture.h"

#include "data/hq_picture.h"
#include "vcisr/data/grid_crops.h"
#include "vcisr/imaging/rgb_picture.h"

namespace vcisr::data {

torch::Tensor sharpened_picture(const torch::Tensor& rgb, const degradation::UsmOptions& options) {
  TORCH_CHECK(rgb.dim() == 3, "sharpened_picture: rgb must be [C, H, W], not ", rgb.sizes());
  auto result = torch::empty(rgb.sizes(), torch::kUInt8);
  for (std::int64_t channel = 0; channel < rgb.size(0); ++channel) {
    const auto plane = imaging::to_float(rgb[channel]).unsqueeze(0).unsqueeze(0);
    result[channel].copy_(imaging::to_8bit(degradation::usm_sharpening(plane, options))[0][0]);
  }
  return result;
}

torch::Tensor sharpened_crop(const torch::Tensor& rgb, const degradation::Crop& crop,
                             const degradation::UsmOptions& options) {
  TORCH_CHECK(rgb.dim() == 3, "sharpened_crop: rgb must be [C, H, W], not ", rgb.sizes());
  TORCH_CHECK(crop.top + crop.height <= rgb.size(1) && crop.left + crop.width <= rgb.size(2),
              "sharpened_crop: the crop leaves the picture");
  const degradation::Crop window =
      widened(crop, sharpening_reach(options), {rgb.size(1), rgb.size(2)});
  return take_crop(sharpened_picture(take_crop(rgb, window), options),
                   {crop.top - window.top, crop.left - window.left, crop.height, crop.width});
}

std::int64_t sharpening_reach(const degradation::UsmOptions& options) {
  // Half the taps for the residual, and half for the mask made from it.
  return (options.radius | 1) - 1;
}

}  // namespace vcisr::data
