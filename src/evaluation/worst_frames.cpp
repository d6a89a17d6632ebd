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
  if (entries_.size() == most_ && !is_worse(value, entries_.back().value)) return;
  const auto& reference = comparison.reference;
  insert({sequence, frame, value, comparison.distorted->without_cache(),
          reference ? reference->without_cache() : nullptr});
}

void WorstFrames::merge(WorstFrames part) {
  for (auto& entry : part.entries_) insert(std::move(entry));
}

void WorstFrames::insert(Entry entry) {
  const auto place = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& other) {
    return is_worse(entry.value, other.value);
  });
  entries_.insert(place, std::move(entry));
  if (entries_.size() > most_) entries_.pop_back();
}

std::vector<WorstFrame> WorstFrames::take() const {
  std::vector<WorstFrame> frames;
  for (const auto& entry : entries_) {
    WorstFrame worst{entry.sequence, entry.frame, entry.value, {}, {}, 0, 0};
    const auto small = small_picture(*entry.distorted->without_cache());
    worst.width = small.size(2);
    worst.height = small.size(1);
    worst.distorted_jpeg = jpeg_of(small);
    if (entry.reference) {
      worst.reference_jpeg = jpeg_of(small_picture(*entry.reference->without_cache()));
    }
    frames.push_back(std::move(worst));
  }
  return frames;
}

}  // namespace vcisr::evaluation
