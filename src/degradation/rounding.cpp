// SPDX-License-Identifier: Apache-2.0
#include "vcisr/degradation/rounding.h"

#include <memory>

#include "degradation/stage_options.h"
#include "vcisr/imaging/rgb_picture.h"

namespace vcisr::degradation {
namespace {

// Nothing is decided, but every stage may say for whom.
template <class Kind>
StagePtr make(const Config& config) {
  static_cast<void>(read_decide_per(config));
  return std::make_unique<Kind>();
}

}  // namespace

void ClampStage::draw(DrawRngs& rngs, PictureDraw& picture) const {
  static_cast<void>(rngs);
  picture.steps.emplace_back(ClampStep{});
}

void Round8BitStage::draw(DrawRngs& rngs, PictureDraw& picture) const {
  static_cast<void>(rngs);
  picture.steps.emplace_back(Round8BitStep{});
}

Registry<StagePtr>::Entry clamp_entry() {
  return {.name = "clamp",
          .summary = "to [0, 1]",
          .example = "{type: clamp}",
          .make = make<ClampStage>};
}

Registry<StagePtr>::Entry round_8bit_entry() {
  return {.name = "round_8bit",
          .summary = "to the values of an 8-bit file",
          .example = "{type: round_8bit}",
          .make = make<Round8BitStage>};
}

torch::Tensor apply(const torch::Tensor& clip, const ClampStep& step) {
  static_cast<void>(step);
  return clip.nan_to_num(0).clamp(0, 1);
}

torch::Tensor apply(const torch::Tensor& clip, const Round8BitStep& step) {
  static_cast<void>(step);
  return imaging::to_float(imaging::to_8bit(clip));
}

}  // namespace vcisr::degradation
