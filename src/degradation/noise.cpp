// SPDX-License-Identifier: Apache-2.0
#include "vcisr/degradation/noise.h"

#include <cstdint>
#include <memory>
#include <vector>

#include "degradation/stage_options.h"
#include "vcisr/ops/noise.h"

namespace vcisr::degradation {
namespace {

/// Seeds stand in JSON files, where whole numbers are sure to survive up to 2^53.
constexpr int kSeedShift = 64 - 53;

StagePtr make_noise(const Config& config) {
  NoiseOptions options;
  config.read("gaussian_noise_prob", options.gaussian_prob, kProbability);
  config.read("noise_range", options.sigma_8bit, {0, 255});
  config.read("poisson_scale_range", options.poisson_scale, {0, 100});
  config.read("gray_noise_prob", options.gray_prob, kProbability);
  options.order = read_channel_order(config);
  return std::make_unique<NoiseStage>(options, read_decide_per(config));
}

/// `add` with each frame and its seed.
template <class Add>
torch::Tensor per_frame(const torch::Tensor& clip, std::uint64_t seed, const Add& add) {
  if (clip.size(0) == 1) return add(clip[0], seed).unsqueeze(0);
  std::vector<torch::Tensor> frames;
  for (std::int64_t t = 0; t < clip.size(0); ++t) {
    frames.push_back(add(clip[t], seed + static_cast<std::uint64_t>(t)));
  }
  return torch::stack(frames);
}

}  // namespace

NoiseStage::NoiseStage(NoiseOptions options, DecidePer decide_per)
    : Stage(decide_per), options_(options) {}

void NoiseStage::draw(DrawRngs& rngs, PictureDraw& picture) const {
  const bool is_gaussian = rngs.shared.chance(options_.gaussian_prob);
  const std::uint64_t shared_seed = rngs.shared.next_u64() >> kSeedShift;
  const std::uint64_t own_seed = rngs.own.next_u64() >> kSeedShift;
  const bool gray = rngs.own.chance(options_.gray_prob);
  if (is_gaussian) {
    const double sigma = rngs.own.uniform(options_.sigma_8bit);
    const bool shares_field = gray && decide_per() == DecidePer::kBatch;
    picture.steps.emplace_back(
        GaussianNoiseStep{sigma, gray, shares_field ? shared_seed : own_seed});
  } else {
    const double scale = rngs.own.uniform(options_.poisson_scale);
    picture.steps.emplace_back(PoissonNoiseStep{scale, gray, own_seed, options_.order});
  }
}

Registry<StagePtr>::Entry noise_entry() {
  return {.name = "noise",
          .summary = "Gaussian or Poisson noise, in colour or grey",
          .example = "{type: noise}",
          .make = make_noise};
}

torch::Tensor apply(const torch::Tensor& clip, const GaussianNoiseStep& step) {
  return per_frame(clip, step.seed, [&step](const torch::Tensor& frame, std::uint64_t seed) {
    return ops::add_gaussian_noise(frame, {step.sigma_8bit, step.gray, seed});
  });
}

torch::Tensor apply(const torch::Tensor& clip, const PoissonNoiseStep& step) {
  return per_frame(clip, step.seed, [&step](const torch::Tensor& frame, std::uint64_t seed) {
    return ops::add_poisson_noise(frame, {step.scale, step.gray, seed, step.order});
  });
}

}  // namespace vcisr::degradation
