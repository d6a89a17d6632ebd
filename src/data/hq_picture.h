// SPDX-License-Identifier: Apache-2.0
// How decoded pictures become the hq pictures of a batch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <torch/types.h>

#include "vcisr/degradation/recipe_file.h"

namespace vcisr::data {

/// Samples of one batch of whole pictures at most.
inline constexpr std::int64_t kMostBatchBytes = std::int64_t{256} << 20;

/// A picture, and the same sharpened (undefined where it is not needed).
struct HqSamples {
  torch::Tensor hq;
  torch::Tensor hq_sharpened;
};

/// What must be cut off so that both sides are multiples of the scale; nullopt for nothing.
/// Errors  InputError: a side is smaller than the scale.
[[nodiscard]] std::optional<degradation::Crop> crop_to_multiple(const torch::Tensor& picture,
                                                                std::int64_t scale,
                                                                const std::string& name);

/// Both pictures cropped, contiguous. Where a picture is smaller than the crop and the crop begins
/// at 0, it goes on mirrored (take_crop), as small pictures are cut into patches.
/// Errors  InputError: the crop leaves the picture otherwise.
[[nodiscard]] HqSamples cropped(const HqSamples& whole,
                                const std::optional<degradation::Crop>& crop,
                                const std::string& name);

/// A crop with a margin, as far as the picture reaches.
[[nodiscard]] degradation::Crop widened(const degradation::Crop& crop, std::int64_t margin,
                                        const degradation::PictureSize& picture);

[[nodiscard]] inline std::int64_t bytes_of(const HqSamples& samples) {
  return samples.hq.numel() + (samples.hq_sharpened.defined() ? samples.hq_sharpened.numel() : 0);
}

}  // namespace vcisr::data
