// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/picture.h"

#include <array>
#include <mutex>
#include <utility>

#include <torch/torch.h>

namespace vcisr::metrics {
namespace {

constexpr std::size_t kLumas = 5;

void check_samples(const torch::Tensor& samples, int bit_depth, const char* role) {
  TORCH_CHECK(bit_depth >= 8 && bit_depth <= 16, "samples have 8 to 16 bits, not ", bit_depth);
  const auto type = bit_depth == 8 ? torch::kUInt8 : torch::kUInt16;
  TORCH_CHECK(samples.defined() && samples.scalar_type() == type && samples.numel() > 0, role,
              " of ", bit_depth, " bits must be ", toString(type), " and not empty");
}

}  // namespace

struct Picture::Cache {
  std::mutex mutex;
  torch::Tensor rgb;
  torch::Tensor unit_rgb;
  std::array<torch::Tensor, kLumas> lumas;

  /// With the lock held.
  const torch::Tensor& samples(const MakeRgb& make_rgb, int bit_depth) {
    if (!rgb.defined()) {
      rgb = make_rgb();
      check_samples(rgb, bit_depth, "the RGB samples of a frame");
    }
    return rgb;
  }
};

Picture::Picture(torch::Tensor rgb, int bit_depth) : cache_(std::make_unique<Cache>()) {
  check_samples(rgb, bit_depth, "a picture's RGB samples");
  TORCH_CHECK(rgb.dim() == 3 && rgb.size(0) == 3, "a picture's RGB samples must be [3, H, W], not ",
              rgb.sizes());
  samples_ = {rgb.size(1), rgb.size(2), bit_depth, {}};
  cache_->rgb = std::move(rgb);
}

Picture::Picture(FrameSamples samples, MakeRgb make_rgb)
    : samples_(std::move(samples)),
      make_rgb_(std::move(make_rgb)),
      cache_(std::make_unique<Cache>()) {
  for (const auto& plane : planes()) check_samples(plane, bit_depth(), "a frame's planes");
  TORCH_CHECK(planes().empty() || planes().size() == 1 || planes().size() == 3,
              "a frame has one or three planes, not ", planes().size());
}

Picture::~Picture() = default;

torch::Tensor Picture::rgb() const {
  const std::scoped_lock lock(cache_->mutex);
  return cache_->samples(make_rgb_, bit_depth());
}

torch::Tensor Picture::unit_rgb() const {
  const std::scoped_lock lock(cache_->mutex);
  if (!cache_->unit_rgb.defined()) {
    const torch::NoGradGuard no_grad;
    const auto& samples = cache_->samples(make_rgb_, bit_depth());
    cache_->unit_rgb = samples.to(torch::kFloat32).div_(static_cast<float>(peak()));
  }
  return cache_->unit_rgb;
}

torch::Tensor Picture::luma(Luma kind) const {
  const std::scoped_lock lock(cache_->mutex);
  auto& luma = cache_->lumas.at(static_cast<std::size_t>(kind));
  if (!luma.defined())
    luma = metrics::luma(cache_->samples(make_rgb_, bit_depth()), kind, bit_depth());
  return luma;
}

Picture::Ptr Picture::without_cache() const {
  if (make_rgb_) return std::make_shared<const Picture>(samples_, make_rgb_);
  return std::make_shared<const Picture>(rgb(), bit_depth());
}

}  // namespace vcisr::metrics
