// SPDX-License-Identifier: Apache-2.0
#include "degradation/stage_list.h"

namespace vcisr::degradation {

StageList make_stages(const std::vector<Config>& sections) {
  StageList stages;
  for (const Config& section : sections) stages.push_back(stage_registry().make(section));
  return stages;
}

DrawRngs rngs_for(const Rng& list, std::size_t index, std::int64_t unit, DecidePer decide_per) {
  const Rng stage = list.fork(static_cast<std::uint64_t>(index));
  const Rng own = stage.fork("picture").fork(static_cast<std::uint64_t>(unit));
  const bool is_shared = decide_per == DecidePer::kBatch;
  return {.shared = (is_shared ? stage : own).fork("decisions"),
          .own = own.fork("own"),
          .stage = stage,
          .unit = unit};
}

void draw_stages(const StageList& stages, const Rng& rng, std::int64_t unit, PictureDraw& picture) {
  for (std::size_t i = 0; i < stages.size(); ++i) {
    DrawRngs rngs = rngs_for(rng, i, unit, stages[i]->decide_per());
    stages[i]->draw(rngs, picture);
  }
}

void check_stages(const StageList& stages, SizeForecast& picture) {
  for (const StagePtr& stage : stages) stage->check(picture);
}

}  // namespace vcisr::degradation
