// SPDX-License-Identifier: Apache-2.0
#include "vcisr/inference/restore_image.h"

#include <string>

#include "inference/geometry.h"
#include "vcisr/core/error.h"
#include "vcisr/imaging/frame_tensor.h"
#include "vcisr/ops/color.h"
#include "vcisr/ops/resize.h"

namespace vcisr::inference {
namespace {

// ITU-R BT.601, what picture programs mean by the grey of a colour.
constexpr double kGrayFromRgb[3] = {0.299, 0.587, 0.114};

torch::Tensor restored(const torch::Tensor& rgb,
                       Restorer& restorer) {  // [1, 3, h, w] -> [1, 3, H, W]
  // On the CPU even when the network is on a GPU: a large picture need not fit there whole.
  auto out =
      torch::empty({1, 3, restorer.output_size(rgb.size(2)), restorer.output_size(rgb.size(3))},
                   torch::kFloat32);
  restorer.restore(rgb, out);
  return out;
}

torch::Tensor to_gray(const torch::Tensor& rgb) {  // [1, 3, H, W] -> [1, 1, H, W]
  return rgb.slice(1, 0, 1) * kGrayFromRgb[0] + rgb.slice(1, 1, 2) * kGrayFromRgb[1] +
         rgb.slice(1, 2, 3) * kGrayFromRgb[2];
}

torch::Tensor restore_alpha(const torch::Tensor& alpha, AlphaMode mode, Restorer& restorer) {
  if (mode == AlphaMode::kModel) {
    return to_gray(restored(alpha.expand({1, 3, -1, -1}).contiguous(), restorer));
  }
  return ops::resize(alpha, restorer.output_size(alpha.size(2)),
                     restorer.output_size(alpha.size(3)), ops::ResizeFilter::kBicubic);
}

}  // namespace

AlphaMode parse_alpha_mode(std::string_view word) {
  if (word == "model" || word == "realesrgan") return AlphaMode::kModel;
  if (word == "bicubic") return AlphaMode::kBicubic;
  throw ConfigError("alpha '" + std::string(word) + "' is not one of model, bicubic");
}

media::Image restore_image(const media::Image& image, Restorer& restorer,
                           const ImageOptions& options) {
  const torch::InferenceMode inference;
  auto planar = torch::empty({image.channels, image.height, image.width}, torch::kFloat32);
  ops::interleaved_to_float(imaging::sample_tensor(image), planar);
  planar = planar.unsqueeze(0);  // [1, C, h, w]

  const std::int64_t colors = image.is_gray() ? 1 : 3;
  auto rgb = planar.slice(1, 0, colors);
  torch::Tensor alpha;
  if (image.has_alpha()) {
    alpha = planar.slice(1, colors, colors + 1).contiguous();
    if (alpha.min().item<float>() < 1) {
      rgb = bleed_colors(rgb, alpha);
      alpha = restore_alpha(alpha, options.alpha, restorer);
    } else {
      alpha = torch::ones(
          {1, 1, restorer.output_size(image.height), restorer.output_size(image.width)});
    }
  }
  auto out = restored(rgb.expand({1, 3, -1, -1}).contiguous(), restorer);
  if (image.is_gray()) out = to_gray(out);
  if (alpha.defined()) out = torch::cat({out, alpha}, 1);

  media::Image result;
  result.width = out.size(3);
  result.height = out.size(2);
  result.channels = image.channels;
  result.bit_depth = options.bit_depth == 0 ? image.bit_depth : options.bit_depth;
  result.metadata = image.metadata;
  result.samples.resize(static_cast<std::size_t>(result.width * result.height * result.channels *
                                                 (result.bit_depth > 8 ? 2 : 1)));
  auto samples = imaging::sample_tensor(result);
  ops::float_to_interleaved(out[0].contiguous(), samples);
  return result;
}

}  // namespace vcisr::inference
