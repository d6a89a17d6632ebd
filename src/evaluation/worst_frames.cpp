// SPDX-License-Identifier: Apache-2.0
#include "evaluation/worst_frames.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <torch/torch.h>

#include "vcisr/imaging/rgb_picture.h"
#include "vcisr/media/image.h"

namespace vcisr::evaluation {
namespace {

constexpr std::int64_t kSmallWidthPx = 400;
constexpr int kJpegQuality = 85;

/// uint8 [3, h, w], at most kSmallWidthPx wide: means of areas.
torch::Tensor small_picture(const metrics::Picture& picture) {
  const torch::NoGradGuard no_grad;
  const auto rgb = picture.unit_rgb();
  const std::int64_t width = std::min(picture.width(), kSmallWidthPx);
  const std::int64_t height =
      std::max<std::int64_t>(1, std::llround(static_cast<double>(picture.height() * width) /
                                             static_cast<double>(picture.width())));
  return imaging::to_8bit(torch::adaptive_avg_pool2d(rgb.unsqueeze(0), {height, width}).squeeze(0));
}

std::vector<std::uint8_t> jpeg_of(const torch::Tensor& rgb) {
  media::Image image;
  image.width = rgb.size(2);
  image.height = rgb.size(1);
  const auto rows = rgb.permute({1, 2, 0}).contiguous();
  const auto* const samples = rows.const_data_ptr<std::uint8_t>();
  image.samples.assign(samples, samples + rows.numel());
  return media::encode_image(image, "frame.jpg", {.quality = kJpegQuality});
}

}  // namespace

void WorstFrames::offer(std::size_t sequence, std::int64_t frame, double value,
                        const metrics::Comparison& comparison) {
  if (!std::isfinite(value) || most_ == 0) return;
  if (frames_.size() == most_ && !is_worse(value, frames_.back().value)) return;
  if (frames_.size() == most_) frames_.pop_back();
  WorstFrame worst{sequence, frame, value, {}, {}, 0, 0};
  const auto small = small_picture(*comparison.distorted);
  worst.width = small.size(2);
  worst.height = small.size(1);
  worst.distorted_jpeg = jpeg_of(small);
  if (comparison.reference) worst.reference_jpeg = jpeg_of(small_picture(*comparison.reference));
  const auto place = std::find_if(frames_.begin(), frames_.end(), [&](const WorstFrame& other) {
    return is_worse(value, other.value);
  });
  frames_.insert(place, std::move(worst));
}

void WorstFrames::drop(std::size_t sequence) {
  std::erase_if(frames_, [sequence](const WorstFrame& f) { return f.sequence == sequence; });
}

}  // namespace vcisr::evaluation
