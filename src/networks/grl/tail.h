// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <torch/nn/modules/conv.h>
#include <torch/types.h>

#include "networks/grl/grl_options.h"
#include "networks/packed_weight.h"

namespace vcisr::networks::grl {

/// What turns the body's features into pixels. Its layers are registered in the
/// network itself, under the published names.
class Tail {
 public:
  Tail(const GrlOptions& options, torch::nn::Module& owner);

  /// features: [B, C, H, W]. Returns [B, 3, s*H, s*W] in `picture_type`. Without gradients large
  /// maps are taken in strips of rows, with the same result: at the output's size a feature map
  /// takes s * s / 2 times the memory of all that came before.
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& features,
                                      torch::Dtype picture_type) const;

  /// Input rows and columns that an output pixel sees on each side.
  [[nodiscard]] std::int64_t reach_px() const;
  [[nodiscard]] double macs_per_lq_pixel() const;
  /// Numbers that are alive together, for that many input pixels.
  [[nodiscard]] double values(std::int64_t lq_pixels) const;

 private:
  [[nodiscard]] torch::Tensor forward_whole(torch::Tensor x, torch::Dtype picture_type) const;
  [[nodiscard]] torch::Tensor last(const torch::Tensor& x, torch::Dtype picture_type) const;

  [[nodiscard]] const torch::Tensor& any_weight() const;

  struct Step {
    torch::nn::Conv2d conv;
    std::int64_t shuffle;  // Pixel shuffle behind it.
    std::unique_ptr<PackedWeight> packed = std::make_unique<PackedWeight>();
  };

  GrlOptions options_;
  torch::nn::Conv2d before_{nullptr}, up1_{nullptr}, up2_{nullptr}, hr_{nullptr}, last_{nullptr};
  std::vector<Step> steps_;
};

}  // namespace vcisr::networks::grl
