// SPDX-License-Identifier: Apache-2.0
#include "metrics/comparison.h"

#include <cstdint>
#include <string>

#include <torch/torch.h>

#include "vcisr/metrics/luma.h"

namespace vcisr::metrics {
namespace {

void check_picture(const torch::Tensor& picture, const char* role) {
  TORCH_CHECK(picture.defined() && picture.dim() == 3 && picture.size(0) == 3 &&
                  picture.scalar_type() == torch::kUInt8,
              role, " must be uint8 [3, H, W], but it is ",
              picture.defined() ? picture.toString() : std::string("undefined"), " ",
              picture.defined() ? picture.sizes() : torch::IntArrayRef());
}

torch::Tensor without_border(const torch::Tensor& planes, std::int64_t border_px) {
  const std::int64_t height = planes.size(-2) - 2 * border_px;
  const std::int64_t width = planes.size(-1) - 2 * border_px;
  return planes.narrow(-2, border_px, height).narrow(-1, border_px, width).contiguous();
}

}  // namespace

torch::Tensor basicsr_luma(const torch::Tensor& rgb) {
  check_picture(rgb, "rgb");
  return luma(rgb, Luma::kBasicsr);
}

ComparedPair compared_pair(const torch::Tensor& restored, const torch::Tensor& hq,
                           const ComparisonOptions& options) {
  check_picture(restored, "restored");
  check_picture(hq, "hq");
  TORCH_CHECK(restored.sizes() == hq.sizes(),
              "pictures of different sizes cannot be compared: ", restored.size(2), "x",
              restored.size(1), " restored, ", hq.size(2), "x", hq.size(1), " hq");
  const std::int64_t border_px = options.crop_border_px;
  TORCH_CHECK(border_px >= 0, "crop_border must not be negative, but it is ", border_px);
  TORCH_CHECK(hq.size(1) > 2 * border_px && hq.size(2) > 2 * border_px, "crop_border ", border_px,
              " leaves nothing of a picture of ", hq.size(2), "x", hq.size(1));
  ComparedPair pair{without_border(restored.cpu(), border_px), without_border(hq.cpu(), border_px)};
  if (options.channels == Channels::kBasicsrY) {
    pair = {basicsr_luma(pair.restored).unsqueeze(0), basicsr_luma(pair.hq).unsqueeze(0)};
  }
  return pair;
}

}  // namespace vcisr::metrics
