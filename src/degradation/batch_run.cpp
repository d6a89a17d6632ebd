// SPDX-License-Identifier: Apache-2.0
#include "vcisr/degradation/batch_run.h"

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "vcisr/core/error.h"
#include "vcisr/degradation/blur.h"
#include "vcisr/degradation/noise.h"
#include "vcisr/degradation/resize.h"
#include "vcisr/degradation/rounding.h"
#include "vcisr/degradation/still_compression.h"
#include "vcisr/degradation/video_compression.h"
#include "vcisr/imaging/rgb_picture.h"

namespace vcisr::degradation {
namespace {

torch::Tensor apply(const torch::Tensor& clip, const GroupStep& step) {
  static_cast<void>(clip);
  throw ConfigError("group " + std::to_string(step.group) +
                    " is no step of one picture: its pictures are compressed together");
}

}  // namespace

torch::Tensor apply_step(const torch::Tensor& clip, const Step& step) {
  return std::visit([&clip](const auto& one) { return apply(clip, one); }, step);
}

class BatchRun::Impl {
 public:
  Impl(const BatchRecipe& recipe, Finished finished)
      : recipe_(recipe), finished_(std::move(finished)), units_(recipe.units.size()) {
    for (const GroupRecipe& group : recipe.groups) {
      Members& members = members_[group.group];
      if (members.recipe != nullptr) {
        throw ConfigError("group " + std::to_string(group.group) + " stands in the recipe twice");
      }
      members.recipe = &group;
      members.missing = group.units.size();
      for (const std::int64_t unit : group.units) check_member(unit, group.group);
    }
    for (std::size_t unit = 0; unit < units_.size(); ++unit) check_unit(unit);
  }

  void degrade(std::int64_t unit, const torch::Tensor& hq) {
    units_.at(static_cast<std::size_t>(unit)).picture = hq.unsqueeze(0);
    proceed(unit);
  }

 private:
  struct Unit {
    torch::Tensor picture;  ///< float32 [1, 3, H, W], as far as it has come.
    std::size_t next = 0;   ///< Step.
  };
  struct Members {
    const GroupRecipe* recipe = nullptr;
    std::size_t missing = 0;
  };

  void check_member(std::int64_t unit, std::int64_t group) const {
    if (unit < 0 || static_cast<std::size_t>(unit) >= units_.size()) {
      throw ConfigError("group " + std::to_string(group) + " has unit " + std::to_string(unit) +
                        ", which the batch lacks");
    }
    std::size_t count = 0;
    for (const Step& step : recipe_.units[static_cast<std::size_t>(unit)].steps) {
      const auto* const named = std::get_if<GroupStep>(&step);
      if (named != nullptr && named->group == group) ++count;
    }
    if (count != 1) {
      throw ConfigError("unit " + std::to_string(unit) + " names group " + std::to_string(group) +
                        " " + std::to_string(count) + " times instead of once");
    }
  }

  void check_unit(std::size_t unit) const {
    for (const Step& step : recipe_.units[unit].steps) {
      const auto* const named = std::get_if<GroupStep>(&step);
      if (named == nullptr) continue;
      const auto found = members_.find(named->group);
      std::size_t count = 0;
      if (found != members_.end()) {
        for (const std::int64_t member : found->second.recipe->units) {
          if (static_cast<std::size_t>(member) == unit) ++count;
        }
      }
      if (count != 1) {
        throw ConfigError("unit " + std::to_string(unit) + " stands " + std::to_string(count) +
                          " times instead of once in group " + std::to_string(named->group));
      }
    }
  }

  void proceed(std::int64_t index) {
    Unit& unit = units_[static_cast<std::size_t>(index)];
    const std::vector<Step>& steps = recipe_.units[static_cast<std::size_t>(index)].steps;
    for (; unit.next < steps.size(); ++unit.next) {
      if (const auto* const step = std::get_if<GroupStep>(&steps[unit.next])) {
        arrive(step->group);
        return;
      }
      unit.picture = apply_step(unit.picture, steps[unit.next]);
    }
    const torch::Tensor lq = imaging::to_8bit(unit.picture)[0];
    unit.picture = torch::Tensor();
    finished_(index, lq);
  }

  void arrive(std::int64_t group) {
    Members& members = members_.at(group);
    {
      const std::scoped_lock lock(mutex_);
      if (--members.missing > 0) return;
    }
    std::vector<torch::Tensor> frames;
    for (const std::int64_t index : members.recipe->units) {
      Unit& unit = units_[static_cast<std::size_t>(index)];
      check_frame(*members.recipe, frames, unit.picture);
      frames.push_back(std::move(unit.picture));
    }
    const torch::Tensor clip = apply(torch::cat(frames), members.recipe->step);
    std::int64_t frame = 0;
    for (const std::int64_t index : members.recipe->units) {
      Unit& unit = units_[static_cast<std::size_t>(index)];
      unit.picture = clip.narrow(0, frame++, 1);
      ++unit.next;
      proceed(index);
    }
  }

  static void check_frame(const GroupRecipe& group, const std::vector<torch::Tensor>& frames,
                          const torch::Tensor& picture) {
    if (frames.empty() || frames.front().sizes() == picture.sizes()) return;
    throw ConfigError("group " + std::to_string(group.group) +
                      " has pictures of unequal sizes, which no codec takes as one clip");
  }

  const BatchRecipe& recipe_;
  Finished finished_;
  std::vector<Unit> units_;
  std::map<std::int64_t, Members> members_;
  std::mutex mutex_;  ///< Of `missing`; the last to arrive sees all that the others wrote.
};

BatchRun::BatchRun(const BatchRecipe& recipe, Finished finished)
    : impl_(std::make_unique<Impl>(recipe, std::move(finished))) {}
BatchRun::~BatchRun() = default;

void BatchRun::degrade(std::int64_t unit, const torch::Tensor& hq) { impl_->degrade(unit, hq); }

std::vector<torch::Tensor> degrade_batch(const std::vector<torch::Tensor>& hq,
                                         const BatchRecipe& recipe) {
  if (hq.size() != recipe.units.size()) {
    throw ConfigError(std::to_string(hq.size()) + " pictures for a recipe of " +
                      std::to_string(recipe.units.size()));
  }
  std::vector<torch::Tensor> lq(hq.size());
  BatchRun run(recipe, [&lq](std::int64_t unit, const torch::Tensor& picture) {
    lq[static_cast<std::size_t>(unit)] = picture;
  });
  for (std::size_t unit = 0; unit < hq.size(); ++unit) {
    run.degrade(static_cast<std::int64_t>(unit), hq[unit]);
  }
  return lq;
}

}  // namespace vcisr::degradation
