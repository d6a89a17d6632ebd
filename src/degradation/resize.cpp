// SPDX-License-Identifier: Apache-2.0
#include "vcisr/degradation/resize.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "degradation/stage_options.h"
#include "degradation/step_names.h"
#include "vcisr/core/error.h"
#include "vcisr/ops/interpolate.h"
#include "vcisr/ops/resize.h"

namespace vcisr::degradation {
namespace {

enum Direction : std::size_t { kUp, kDown, kKeep };

PictureSize reduced(const PictureSize& input, std::int64_t scale) {
  return {std::max<std::int64_t>(1, input.height / scale),
          std::max<std::int64_t>(1, input.width / scale)};
}

ResizeMode draw_mode(Rng& rng, const ResizeModes& modes) {
  return modes.modes[rng.choose(modes.weights)];
}

ResizeModes read_modes(const Config& config) {
  ResizeModes modes;
  std::vector<std::string> names = resize_mode_names();
  if (config.read_choices("modes", names, resize_mode_names())) {
    if (names.empty()) throw ConfigError(config.where("modes") + ": the list is empty");
    modes.modes.clear();
    for (const auto& name : names) modes.modes.push_back(*resize_mode(name));
    modes.weights.assign(modes.modes.size(), 1);
  }
  read_weights(config, "mode_prob", modes.weights, modes.modes.size());
  config.read("antialias", modes.antialias);
  if (modes.antialias &&
      std::find(modes.modes.begin(), modes.modes.end(), ResizeMode::kArea) != modes.modes.end()) {
    throw ConfigError(config.where("antialias") +
                      ": area has no antialiased form; give modes: [bilinear, bicubic]");
  }
  return modes;
}

StagePtr make_resize(const Config& config) {
  ResizeOptions options;
  read_weights(config, "resize_prob", options.direction_weights, 3);
  config.read("resize_range", options.range, {0.01, 16});
  if (!options.range.contains(1.0)) {
    throw ConfigError(config.where("resize_range") + ": the range must contain 1");
  }
  options.modes = read_modes(config);
  config.read_enum("relative_to", options.relative_to_input, {{"current", false}, {"input", true}});
  return std::make_unique<ResizeStage>(std::move(options), read_decide_per(config));
}

StagePtr make_resize_to_lq(const Config& config) {
  return std::make_unique<ResizeToLqStage>(read_modes(config), read_decide_per(config));
}

}  // namespace

ResizeStage::ResizeStage(ResizeOptions options, DecidePer decide_per)
    : Stage(decide_per), options_(std::move(options)) {}

void ResizeStage::draw(DrawRngs& rngs, PictureDraw& picture) const {
  Rng& rng = rngs.shared;
  const std::size_t direction = rng.choose(options_.direction_weights);
  double scale = 1;
  if (direction == kUp) scale = rng.uniform(1, options_.range.hi);
  if (direction == kDown) scale = rng.uniform(options_.range.lo, 1);
  ResizeStep step;
  step.mode = draw_mode(rng, options_.modes);
  step.antialias = options_.modes.antialias;
  const PictureSize from = options_.relative_to_input ? picture.input : picture.size;
  const double factor =
      options_.relative_to_input ? scale / static_cast<double>(picture.scale) : scale;
  step.size = {ops::scaled_length(from.height, factor), ops::scaled_length(from.width, factor)};
  const bool vanishes = step.size.height < 1 || step.size.width < 1;
  step.size = {std::max<std::int64_t>(1, step.size.height),
               std::max<std::int64_t>(1, step.size.width)};
  // A published program that gives a scale factor has its coordinates computed from it.
  if (!options_.relative_to_input && !step.antialias && !vanishes) step.scale = scale;
  if (step.size == picture.size && scale == 1) return;  // Nothing changes.
  picture.size = step.size;
  picture.steps.emplace_back(step);
}

void ResizeStage::check(SizeForecast& picture) const {
  picture.size.reset();
  if (decide_per() == DecidePer::kImage) picture.is_shared = false;
  if (options_.relative_to_input && decide_per() == DecidePer::kBatch) picture.is_shared = true;
}

ResizeToLqStage::ResizeToLqStage(ResizeModes modes, DecidePer decide_per)
    : Stage(decide_per), modes_(std::move(modes)) {}

void ResizeToLqStage::draw(DrawRngs& rngs, PictureDraw& picture) const {
  ResizeStep step;
  step.mode = draw_mode(rngs.shared, modes_);
  step.antialias = modes_.antialias;
  step.size = reduced(picture.input, picture.scale);
  picture.size = step.size;
  picture.steps.emplace_back(step);
}

void ResizeToLqStage::check(SizeForecast& picture) const {
  picture.size = reduced(picture.input, picture.scale);
  picture.is_shared = true;
}

Registry<StagePtr>::Entry resize_entry() {
  return {.name = "resize",
          .summary = "random enlarging or reducing: area, bilinear, bicubic",
          .example = "{type: resize}",
          .make = make_resize};
}

Registry<StagePtr>::Entry resize_to_lq_entry() {
  return {.name = "resize_to_lq",
          .summary = "to the size that lq must have",
          .example = "{type: resize_to_lq}",
          .make = make_resize_to_lq};
}

torch::Tensor apply(const torch::Tensor& clip, const ResizeStep& step) {
  if (step.antialias) {
    if (step.mode == ResizeMode::kArea) {
      throw ConfigError("a resize step has no antialiased form of mode area");
    }
    return ops::resize(clip, step.size.height, step.size.width,
                       step.mode == ResizeMode::kBicubic ? ops::ResizeFilter::kBicubic
                                                         : ops::ResizeFilter::kBilinear);
  }
  const auto mode = step.mode == ResizeMode::kArea       ? ops::InterpolateMode::kArea
                    : step.mode == ResizeMode::kBilinear ? ops::InterpolateMode::kBilinear
                                                         : ops::InterpolateMode::kBicubic;
  if (!step.scale) return ops::interpolate(clip, step.size.height, step.size.width, mode);
  torch::Tensor result = ops::interpolate_by(clip, *step.scale, mode);
  const bool is_given = step.size.height > 0;
  if (is_given && (result.size(2) != step.size.height || result.size(3) != step.size.width)) {
    throw ConfigError("a resize step's size does not fit its scale and the picture it meets");
  }
  return result;
}

}  // namespace vcisr::degradation
