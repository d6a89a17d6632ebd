// SPDX-License-Identifier: Apache-2.0
#include "degradation/one_of.h"

#include <memory>
#include <string>
#include <utility>

#include "degradation/stage_options.h"
#include "vcisr/core/error.h"

namespace vcisr::degradation {
namespace {

StagePtr make_one_of(const Config& config) {
  std::vector<StageList> choices;
  for (const auto& sections : config.section_lists("choices")) {
    choices.push_back(make_stages(sections));
  }
  if (choices.empty()) {
    throw ConfigError(config.where("choices") + ": a list of lists of stages is needed");
  }
  std::vector<double> weights(choices.size(), 1);
  read_weights(config, "weights", weights, choices.size());
  return std::make_unique<OneOfStage>(std::move(weights), std::move(choices),
                                      read_decide_per(config));
}

}  // namespace

OneOfStage::OneOfStage(std::vector<double> weights, std::vector<StageList> choices,
                       DecidePer decide_per)
    : Stage(decide_per), weights_(std::move(weights)), choices_(std::move(choices)) {}

void OneOfStage::draw(DrawRngs& rngs, PictureDraw& picture) const {
  const std::size_t choice = rngs.shared.choose(weights_);
  draw_stages(choices_[choice], rngs.stage.fork("choices").fork(choice), rngs.unit, picture);
}

void OneOfStage::check(SizeForecast& picture) const {
  SizeForecast joined;
  bool is_first = true;
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    if (weights_[i] == 0) continue;
    SizeForecast branch = picture;
    check_stages(choices_[i], branch);
    if (is_first) {
      joined = branch;
    } else if (joined.size != branch.size || !branch.size) {
      joined.size.reset();
      joined.is_shared = joined.is_shared && branch.is_shared && decide_per() == DecidePer::kBatch;
    }
    is_first = false;
  }
  picture = joined;
}

Registry<StagePtr>::Entry one_of_entry() {
  return {.name = "one_of",
          .summary = "one of several lists of stages",
          .example = "{type: one_of, weights: [1, 1], choices: [[{type: clamp}], []]}",
          .make = make_one_of};
}

}  // namespace vcisr::degradation
