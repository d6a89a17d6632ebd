// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/types.h>

#include "vcisr/degradation/recipe_file.h"
#include "vcisr/degradation/usm_sharpening.h"

namespace vcisr::data {

/// degradation::usm_sharpening of a whole picture, rounded to 8 bits as the published targets are.
///
/// Shape    uint8 [3, H, W] in and out.
/// Memory   float32 of one channel at a time.
/// Errors   as degradation::usm_sharpening.
[[nodiscard]] torch::Tensor sharpened_picture(const torch::Tensor& rgb,
                                              const degradation::UsmOptions& options = {});

/// A crop of the sharpened picture; only what the crop depends on is sharpened.
///
/// Shape    uint8 [3, H, W] to [3, crop.height, crop.width].
/// Errors   c10::Error: the crop leaves the picture.
[[nodiscard]] torch::Tensor sharpened_crop(const torch::Tensor& rgb, const degradation::Crop& crop,
                                           const degradation::UsmOptions& options = {});

/// How far sharpening looks: samples at least as far from a cut are as in the whole picture.
[[nodiscard]] std::int64_t sharpening_reach(const degradation::UsmOptions& options);

}  // namespace vcisr::data
