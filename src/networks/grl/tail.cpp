// SPDX-License-Identifier: Apache-2.0
#include "networks/grl/tail.h"

#include <algorithm>
#include <memory>
#include <string>

#include "networks/layers.h"
#include "vcisr/ops/narrow_conv.h"

namespace vcisr::networks::grl {
namespace {

constexpr std::int64_t kFeatures = 64;
// Differs from SwinIR and ESRGAN, which have 0.2 here too: the published code leaves the default.
constexpr double kSlopeBefore = 0.01;
constexpr double kSlopeBetween = 0.2;

// 600 MB at x4. Fewer rows would cost too much: each strip computes reach_px() rows more.
constexpr std::int64_t kStripTokens = 64 * 1024;
constexpr std::int64_t kLeastStripRows = 16;

/// Shuffles that multiply to the scale.
std::vector<std::int64_t> shuffles(std::int64_t scale) {
  if (scale == 3) return {3};
  std::vector<std::int64_t> steps;
  for (; scale > 1; scale /= 2) steps.push_back(2);
  return steps;
}

torch::Tensor enlarge(const torch::Tensor& x) {
  return at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
}

torch::Tensor activate(torch::Tensor x, double slope) {
  return at::GradMode::is_enabled() ? at::leaky_relu(x, slope) : at::leaky_relu_(x, slope);
}

}  // namespace

Tail::Tail(const GrlOptions& options, torch::nn::Module& owner) : options_(options) {
  const std::int64_t channels = options.embed_dim;
  if (options.upsampler == Upsampler::kNone) {
    last_ = owner.register_module("conv_last", conv3x3(channels, 3));
    return;
  }
  const auto up = std::make_shared<torch::nn::Module>();
  if (options.upsampler == Upsampler::kPixelShuffleDirect) {
    const std::int64_t scale = options.upscale;
    steps_.push_back({up->register_module("0", conv3x3(channels, 3 * scale * scale)), scale});
    owner.register_module("upsample", std::make_shared<torch::nn::Module>())
        ->register_module("up", up);
    return;
  }
  before_ = owner.register_module("conv_before_upsample", std::make_shared<torch::nn::Module>())
                ->register_module("0", conv3x3(channels, kFeatures));
  if (options.upsampler == Upsampler::kPixelShuffle) {
    for (const std::int64_t factor : shuffles(options.upscale)) {
      const auto name = std::to_string(2 * steps_.size());
      steps_.push_back(
          {up->register_module(name, conv3x3(kFeatures, factor * factor * kFeatures)), factor});
    }
    owner.register_module("upsample", std::make_shared<torch::nn::Module>())
        ->register_module("up", up);
  } else {
    up1_ = owner.register_module("conv_up1", conv3x3(kFeatures, kFeatures));
    up2_ = owner.register_module("conv_up2", conv3x3(kFeatures, kFeatures));
    hr_ = owner.register_module("conv_hr", conv3x3(kFeatures, kFeatures));
  }
  last_ = owner.register_module("conv_last", conv3x3(kFeatures, 3));
}

const torch::Tensor& Tail::any_weight() const {
  return steps_.empty() ? last_->weight : steps_.front().conv->weight;
}

torch::Tensor Tail::last(const torch::Tensor& x, torch::Dtype picture_type) const {
  const bool is_dense = x.is_cpu() && x.is_contiguous(at::MemoryFormat::ChannelsLast) &&
                        picture_type == torch::kFloat32 &&
                        x.scalar_type() == last_->weight.scalar_type();  // Not under autocast.
  if (is_dense && !records_gradient(x, {last_->weight, last_->bias})) {
    return ops::narrow_conv3x3(x, last_->weight, last_->bias);
  }
  return convolve(last_, x).to(picture_type);
}

torch::Tensor Tail::forward(const torch::Tensor& features, torch::Dtype picture_type) const {
  const std::int64_t height = features.size(2);
  const std::int64_t rows =
      std::max<std::int64_t>(kLeastStripRows, kStripTokens / (features.size(0) * features.size(3)));
  if (rows >= height || options_.upsampler == Upsampler::kNone ||
      records_gradient(features, {any_weight()})) {
    return forward_whole(features, picture_type);
  }
  const std::int64_t s = options_.upscale;
  auto out = torch::empty({features.size(0), 3, s * height, s * features.size(3)},
                          features.options().dtype(picture_type));
  for (std::int64_t begin = 0; begin < height; begin += rows) {
    const std::int64_t end = std::min(begin + rows, height);
    const std::int64_t top = std::max<std::int64_t>(0, begin - reach_px());
    const std::int64_t bottom = std::min(height, end + reach_px());
    const auto strip = forward_whole(features.slice(2, top, bottom), picture_type);
    out.slice(2, s * begin, s * end).copy_(strip.slice(2, s * (begin - top), s * (end - top)));
  }
  return out;
}

torch::Tensor Tail::forward_whole(torch::Tensor x, torch::Dtype picture_type) const {
  if (before_) x = activate(convolve(before_, x), kSlopeBefore);  // [B, 64, H, W]
  const bool needs_gradient = records_gradient(x, {any_weight()});
  for (const auto& [conv, factor, packed] : steps_) {
    x = needs_gradient ? convolve(conv, x)
                       : packed->conv3x3(x, conv->weight, conv->bias);  // [B, f f 64, H, W]
    x = at::pixel_shuffle(x, factor);                                   // [B, 64, f H, f W]
  }
  if (options_.upsampler == Upsampler::kPixelShuffleDirect) return x.to(picture_type);
  if (options_.upsampler == Upsampler::kNearestConv) {
    x = activate(convolve(up1_, enlarge(x)), kSlopeBetween);  // [B, 64, 2H, 2W]
    x = activate(convolve(up2_, enlarge(x)), kSlopeBetween);  // [B, 64, 4H, 4W]
    x = activate(convolve(hr_, x), kSlopeBetween);
  }
  return last(x, picture_type);  // [B, 3, s H, s W]
}

std::int64_t Tail::reach_px() const {
  switch (options_.upsampler) {
    case Upsampler::kNone:
    case Upsampler::kPixelShuffleDirect:
      return 1;
    case Upsampler::kPixelShuffle:
      // 1 before the first shuffle, 1 in front of it, then a fraction for each enlarged map: the
      // fractions add up to less than 1.
      return 3;
    case Upsampler::kNearestConv:
      break;
  }
  return 3;  // 1 before; 1/2 + 1/4 + 1/4 + 1/4 after, which repeated pixels round up.
}

double Tail::macs_per_lq_pixel() const {
  const std::int64_t channels = options_.embed_dim;
  switch (options_.upsampler) {
    case Upsampler::kNone:
      return conv3x3_macs(channels, 3);
    case Upsampler::kPixelShuffleDirect:
      return conv3x3_macs(channels, 3 * options_.upscale * options_.upscale);
    case Upsampler::kNearestConv:
      return conv3x3_macs(channels, kFeatures) +
             (4 + 16 + 16) * conv3x3_macs(kFeatures, kFeatures) + 16 * conv3x3_macs(kFeatures, 3);
    case Upsampler::kPixelShuffle:
      break;
  }
  double macs = conv3x3_macs(channels, kFeatures);
  double area = 1;
  for (const auto& step : steps_) {
    const auto factor = static_cast<double>(step.shuffle * step.shuffle);
    macs += area * factor * conv3x3_macs(kFeatures, kFeatures);
    area *= factor;
  }
  return macs + area * conv3x3_macs(kFeatures, 3);
}

double Tail::values(std::int64_t lq_pixels) const {
  const auto area = static_cast<double>(options_.upscale * options_.upscale);
  const auto all = static_cast<double>(lq_pixels);
  if (options_.upsampler == Upsampler::kNone) return 6 * all;
  if (options_.upsampler == Upsampler::kPixelShuffleDirect) return 6 * area * all;
  // The last two feature maps, of a strip.
  const auto strip = static_cast<double>(std::min(lq_pixels, 5 * kStripTokens / 4));
  return 2.25 * area * static_cast<double>(kFeatures) * strip;
}

}  // namespace vcisr::networks::grl
