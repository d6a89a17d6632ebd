// SPDX-License-Identifier: Apache-2.0
#include "inference/geometry.h"

#include <vector>

#include <torch/nn/functional.h>

namespace vcisr::inference {
namespace F = torch::nn::functional;

torch::Tensor pad_right_bottom(const torch::Tensor& x, std::int64_t pad_px) {
  const bool can_reflect = pad_px < x.size(2) && pad_px < x.size(3);
  F::PadFuncOptions options({0, pad_px, 0, pad_px});
  if (can_reflect) return F::pad(x, options.mode(torch::kReflect));
  return F::pad(x, options.mode(torch::kReplicate));
}

torch::Tensor bleed_colors(const torch::Tensor& rgb, const torch::Tensor& alpha) {
  // Push: weighted means over ever larger squares. Pull: from the coarsest level down, each pixel
  // keeps its own colour as far as it is visible and takes the rest from the level above.
  std::vector<torch::Tensor> colors = {rgb * alpha};
  std::vector<torch::Tensor> weights = {alpha};
  while (weights.back().size(2) > 1 || weights.back().size(3) > 1) {
    const auto halved = F::AvgPool2dFuncOptions(2).ceil_mode(true).count_include_pad(false);
    colors.push_back(F::avg_pool2d(colors.back(), halved));
    weights.push_back(F::avg_pool2d(weights.back(), halved));
  }
  auto filled = colors.back() / weights.back().clamp_min(1e-12);
  for (std::size_t level = weights.size() - 1; level-- > 0;) {
    const auto& weight = weights[level];
    const auto above =
        F::interpolate(filled, F::InterpolateFuncOptions()
                                   .size(std::vector<std::int64_t>{weight.size(2), weight.size(3)})
                                   .mode(torch::kBilinear)
                                   .align_corners(false));
    const auto own = level == 0 ? rgb : colors[level] / weight.clamp_min(1e-12);
    // Barely visible pixels were rounded to few bits of colour: trust them by their weight.
    const auto trust = (weight * 16).clamp(0, 1);
    filled = trust * own + (1 - trust) * above;
  }
  return filled;
}

}  // namespace vcisr::inference
