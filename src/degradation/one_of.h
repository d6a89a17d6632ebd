// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "degradation/stage_list.h"
#include "vcisr/degradation/stage.h"

namespace vcisr::degradation {

/// One of several lists of stages.
class OneOfStage final : public Stage {
 public:
  OneOfStage(std::vector<double> weights, std::vector<StageList> choices, DecidePer decide_per);
  void draw(DrawRngs& rngs, PictureDraw& picture) const override;
  void check(SizeForecast& picture) const override;

 private:
  std::vector<double> weights_;
  std::vector<StageList> choices_;
};

[[nodiscard]] Registry<StagePtr>::Entry one_of_entry();

}  // namespace vcisr::degradation
