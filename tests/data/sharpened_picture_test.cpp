// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/sharpened_picture.h"

#include <algorithm>
#include <cstdint>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "support/hash_rule.h"
#include "vcisr/data/grid_crops.h"
#include "vcisr/imaging/rgb_picture.h"

namespace vcisr::data {
namespace {

torch::Tensor picture(std::int64_t height, std::int64_t width) {
  return imaging::to_8bit(tests::hash_image("sharpened", {3, height, width}));
}

TEST(SharpenedPicture, IsTheSharpenedFloatPictureRoundedTo8Bits) {
  const auto rgb = picture(70, 93);
  const auto whole = degradation::usm_sharpening(imaging::to_float(rgb).unsqueeze(0));
  const auto sharpened = sharpened_picture(rgb);
  EXPECT_TRUE(torch::equal(sharpened, imaging::to_8bit(whole[0])));
  EXPECT_FALSE(torch::equal(sharpened, rgb));
}

TEST(SharpenedPicture, WindowsWithTheReachAroundThemGiveTheBytesOfTheWhole) {
  const auto rgb = picture(230, 250);
  for (const std::int64_t radius : {50, 5}) {
    const degradation::UsmOptions options{.radius = radius};
    const std::int64_t reach = sharpening_reach(options);
    const auto whole = sharpened_picture(rgb, options);
    for (const degradation::Crop crop :
         {degradation::Crop{60, 70, 64, 64}, {0, 0, 64, 64}, {166, 180, 64, 70}}) {
      const std::int64_t top = std::max<std::int64_t>(crop.top - reach, 0);
      const std::int64_t left = std::max<std::int64_t>(crop.left - reach, 0);
      const auto window = rgb.slice(1, top, crop.top + crop.height + reach)
                              .slice(2, left, crop.left + crop.width + reach);
      const auto sharpened = sharpened_picture(window, options);
      EXPECT_TRUE(torch::equal(
          take_crop(sharpened, {crop.top - top, crop.left - left, crop.height, crop.width}),
          take_crop(whole, crop)))
          << radius << " at " << crop.top;
    }
  }
}

TEST(SharpenedPicture, TakesPicturesOfOnePixel) {
  const auto one = torch::full({3, 1, 1}, 200, torch::kUInt8);
  EXPECT_TRUE(torch::equal(sharpened_picture(one), one));
}

}  // namespace
}  // namespace vcisr::data
