// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/patch_job.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "vcisr/core/error.h"

namespace vcisr::data {
namespace {

/// Puts pairs together again as they were degraded, with numbers of the whole work.
class Regrouping {
 public:
  Regrouping(const PatchJob& job, const std::function<void(PairBatch)>& take)
      : job_(job), take_(take) {}

  void add(const TrainingBatch& patches) {
    for (std::size_t i = 0; i < patches.pairs.size(); ++i) {
      const PairHistory& history = patches.pairs[i];
      if (history.batch != together_) {
        finish();
        together_ = history.batch;
      }
      const auto at = static_cast<std::int64_t>(i);
      Pair pair;
      pair.recipe = recipe_of(history);
      pair.tag.unit = pair.recipe.unit;
      pair.lq = patches.lq[at];
      pair.hq = patches.hq[at];
      if (patches.hq_sharpened.defined()) pair.hq_sharpened = patches.hq_sharpened[at];
      open_.pairs.push_back(std::move(pair));
    }
  }

  /// Hands over what has come of the batch.
  void finish() {
    if (together_ == nullptr) return;
    open_.groups = together_->recipe.groups;
    for (auto& group : open_.groups) {
      group.group += groups_;
      for (auto& unit : group.units) unit += units_;
    }
    groups_ += static_cast<std::int64_t>(open_.groups.size());
    units_ += static_cast<std::int64_t>(together_->origins.size());
    together_.reset();
    take_(std::exchange(open_, {}));
  }

 private:
  [[nodiscard]] degradation::RecipeUnit recipe_of(const PairHistory& history) const {
    const Origin& origin = history.origin();
    degradation::RecipeUnit unit{
        .unit = units_ + history.unit,
        .source = job_.name_of ? job_.name_of(origin.source) : origin.source,
        .frame = origin.frame,
        .crop = origin.crop,
        .steps = history.recipe().steps,
        .augment = origin.augment};
    for (auto& step : unit.steps) {
      if (auto* const group = std::get_if<degradation::GroupStep>(&step)) group->group += groups_;
    }
    return unit;
  }

  const PatchJob& job_;
  const std::function<void(PairBatch)>& take_;
  std::shared_ptr<const DegradedTogether> together_;
  PairBatch open_;
  std::int64_t units_ = 0;
  std::int64_t groups_ = 0;
};

}  // namespace

std::int64_t run_patches(PatchStream& stream, const PatchJob& job,
                         const std::vector<PairSink*>& sinks, degradation::RecipeWriter* recipe,
                         const DegradeObserver& observer, const std::stop_token& stop) {
  std::int64_t pairs = 0;
  const std::function<void(PairBatch)> take = [&](const PairBatch& batch) {
    for (PairSink* const sink : sinks) sink->write(batch);
    write_recipe(batch, recipe);
    pairs += static_cast<std::int64_t>(batch.pairs.size());
    if (observer.on_pairs) observer.on_pairs(pairs);
  };
  Regrouping regrouping(job, take);
  for (std::int64_t epoch = 0; epoch < job.epochs; ++epoch) {
    stream.start_epoch(epoch, 0);
    for (;;) {
      if (stop.stop_requested()) throw Interrupted();
      const auto patches = stream.next();
      if (!patches) break;
      regrouping.add(*patches);
    }
    regrouping.finish();
  }
  for (PairSink* const sink : sinks) sink->finish();
  if (recipe != nullptr) recipe->finish();
  return pairs;
}

}  // namespace vcisr::data
