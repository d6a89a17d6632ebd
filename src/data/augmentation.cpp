// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/augmentation.h"

#include <torch/torch.h>

namespace vcisr::data {

degradation::Augment draw_augment(const AugmentOptions& options, Rng rng) {
  const bool hflip = rng.chance(0.5);
  const bool vflip = rng.chance(0.5);
  const bool transpose = rng.chance(0.5);
  return {.hflip = options.use_hflip && hflip,
          .vflip = options.use_rot && vflip,
          .transpose = options.use_rot && transpose};
}

torch::Tensor augmented(const torch::Tensor& picture, const degradation::Augment& augment) {
  if (!picture.defined() || augment == degradation::Augment{}) return picture;
  TORCH_CHECK(picture.dim() == 3, "augmented: picture must be [C, H, W], not ", picture.sizes());
  torch::Tensor turned = picture;
  if (augment.hflip) turned = turned.flip({2});
  if (augment.vflip) turned = turned.flip({1});
  if (augment.transpose) turned = turned.transpose(1, 2);
  return turned.contiguous();
}

}  // namespace vcisr::data
