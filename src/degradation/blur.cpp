// SPDX-License-Identifier: Apache-2.0
#include "vcisr/degradation/blur.h"

#include <numbers>
#include <string>
#include <utility>

#include "degradation/bell_names.h"
#include "degradation/stage_options.h"
#include "vcisr/core/error.h"
#include "vcisr/ops/blur.h"

namespace vcisr::degradation {
namespace {

constexpr double kPi = std::numbers::pi;
// Small sincs with a low cutoff would be boxes.
constexpr std::int64_t kSmallSinc = 13;

double draw_beta(Rng& rng, const Range<double>& beta) {
  return rng.chance(0.5) ? rng.uniform(beta.lo, 1) : rng.uniform(1, beta.hi);
}

BellBlur draw_bell(Rng& rng, const BlurOptions& options, std::int64_t size) {
  BellBlur bell;
  bell.size = size;
  bell.kind = options.kinds[rng.choose(options.weights)];
  bell.sigma_x = rng.uniform(options.sigma);
  bell.sigma_y = bell.sigma_x;
  if (is_aniso(bell.kind)) {
    bell.sigma_y = rng.uniform(options.sigma);
    bell.rotation_rad = rng.uniform(-kPi, kPi);
  }
  if (has_beta(bell.kind)) {
    bell.beta =
        draw_beta(rng, is_plateau(bell.kind) ? options.plateau_beta : options.generalized_beta);
  }
  return bell;
}

void read_beta(const Config& config, std::string_view key, Range<double>& beta) {
  config.read(key, beta, {1e-3, 100});
  if (beta.lo > 1 || beta.hi < 1) {
    throw ConfigError(config.where(key) + ": the range must contain 1, its halves are drawn alike");
  }
}

StagePtr make_blur(const Config& config) {
  BlurOptions options;
  config.read("prob", options.prob, kProbability);
  read_kernel_size(config, options.kernel_size);
  config.read("sinc_prob", options.sinc_prob, kProbability);
  std::vector<std::string> names;
  for (const BellKind kind : options.kinds) names.emplace_back(name_of(kind));
  if (config.read_choices("kernel_list", names, bell_names())) {
    options.kinds.clear();
    for (const auto& name : names) options.kinds.push_back(*bell_kind(name));
  }
  read_weights(config, "kernel_prob", options.weights, options.kinds.size());
  config.read("blur_sigma", options.sigma, {1e-3, 100});
  read_beta(config, "betag_range", options.generalized_beta);
  read_beta(config, "betap_range", options.plateau_beta);
  return std::make_unique<BlurStage>(std::move(options), read_decide_per(config));
}

StagePtr make_sinc(const Config& config) {
  SincOptions options;
  config.read("prob", options.prob, kProbability);
  read_kernel_size(config, options.kernel_size);
  return std::make_unique<SincStage>(options, read_decide_per(config));
}

}  // namespace

BlurStage::BlurStage(BlurOptions options, DecidePer decide_per)
    : Stage(decide_per), options_(std::move(options)) {}

void BlurStage::draw(DrawRngs& rngs, PictureDraw& picture) const {
  Rng& rng = rngs.shared;
  if (!rng.chance(options_.prob)) return;
  const std::int64_t size = draw_odd(rng, options_.kernel_size);
  if (rng.chance(options_.sinc_prob)) {
    const double lowest = size < kSmallSinc ? kPi / 3 : kPi / 5;
    picture.steps.emplace_back(BlurStep{SincBlur{size, rng.uniform(lowest, kPi)}});
  } else {
    picture.steps.emplace_back(BlurStep{draw_bell(rng, options_, size)});
  }
}

SincStage::SincStage(SincOptions options, DecidePer decide_per)
    : Stage(decide_per), options_(options) {}

void SincStage::draw(DrawRngs& rngs, PictureDraw& picture) const {
  Rng& rng = rngs.shared;
  if (!rng.chance(options_.prob)) return;
  const std::int64_t size = draw_odd(rng, options_.kernel_size);
  picture.steps.emplace_back(BlurStep{SincBlur{size, rng.uniform(kPi / 3, kPi)}});
}

Registry<StagePtr>::Entry blur_entry() {
  return {.name = "blur",
          .summary = "isotropic, anisotropic, generalized, plateau and sinc kernels",
          .example = "{type: blur}",
          .make = make_blur};
}

Registry<StagePtr>::Entry sinc_entry() {
  return {.name = "sinc",
          .summary = "low-pass that rings at edges (the final filter of Real-ESRGAN)",
          .example = "{type: sinc}",
          .make = make_sinc};
}

torch::Tensor apply(const torch::Tensor& clip, const BlurStep& step) {
  const torch::Tensor kernel = std::holds_alternative<SincBlur>(step.kernel)
                                   ? sinc_blur_kernel(std::get<SincBlur>(step.kernel).size,
                                                      std::get<SincBlur>(step.kernel).cutoff_rad)
                                   : bell_blur_kernel(std::get<BellBlur>(step.kernel));
  return ops::filter2d(clip, kernel.to(torch::kFloat32));
}

}  // namespace vcisr::degradation
