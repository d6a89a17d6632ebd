// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/degrade_job.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <exception>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "vcisr/core/error.h"
#include "vcisr/data/batch_degrader.h"

namespace vcisr::data {
namespace {

constexpr std::size_t kMostInFlight = 2;

/// What an encoder refused, with the picture's name and what to do.
std::exception_ptr naming(const ConfigError& error, const std::string& source) {
  const std::string message = error.what();
  const bool is_encoder = message.starts_with("encoder ");
  return std::make_exception_ptr(
      ConfigError(source + ": " + message +
                  (is_encoder ? "; where lq is too small for that encoder, leave such pictures "
                                "out or take another video_codec"
                              : "")));
}

class DegradeJob {
 public:
  DegradeJob(HqSource& source, WorkerPool& pool, const std::vector<PairSink*>& sinks,
             degradation::RecipeWriter* recipe, const DegradeObserver& observer,
             const std::stop_token& stop)
      : source_(source),
        sinks_(sinks),
        recipe_(recipe),
        observer_(observer),
        stop_(stop),
        degrader_(pool, kMostInFlight),
        on_stop_(stop, [this] { degrader_.cancel(); }) {}

  std::int64_t run() {
    bool is_at_end = false;
    while (!is_at_end || !waiting_.empty()) {
      if (stop_.stop_requested()) throw Interrupted();
      // Failures wait as well, so that what came before them is handed over first.
      if (!is_at_end && waiting_.size() < kMostInFlight) {
        is_at_end = !push();
      } else {
        deliver();
      }
    }
    for (PairSink* const sink : sinks_) sink->finish();
    if (recipe_ != nullptr) recipe_->finish();
    return pairs_;
  }

 private:
  struct Waiting {
    std::vector<PictureTag> tags;
    std::vector<std::string> sources;
    std::optional<SourceFailure> failure;
  };

  bool push() {
    auto next = source_.next();
    if (!next) return false;
    Waiting waiting{std::move(next->tags), {}, std::move(next->failure)};
    if (!waiting.failure) {
      for (const HqPicture& picture : next->batch.pictures) {
        waiting.sources.push_back(picture.origin.source);
      }
      degrader_.push(std::move(next->batch));
    }
    waiting_.push_back(std::move(waiting));
    return true;
  }

  void deliver() {
    const Waiting waiting = std::move(waiting_.front());
    waiting_.pop_front();
    if (waiting.failure) {
      fail(*waiting.failure);
      return;
    }
    DegradedBatch done;
    try {
      done = degrader_.pop();
    } catch (const Interrupted&) {
      throw;
    } catch (const ConfigError& error) {
      for (const std::string& source : waiting.sources) fail({source, naming(error, source)});
      return;
    } catch (const Error&) {
      for (const std::string& source : waiting.sources) {
        fail({source, std::current_exception()});
      }
      return;
    }
    PairBatch batch = pairs_of(done, waiting.tags);
    if (batch.pairs.empty()) return;
    for (PairSink* const sink : sinks_) sink->write(batch);
    write_recipe(batch, recipe_);
    pairs_ += static_cast<std::int64_t>(batch.pairs.size());
    if (observer_.on_pairs) observer_.on_pairs(pairs_);
  }

  [[nodiscard]] PairBatch pairs_of(DegradedBatch& done, const std::vector<PictureTag>& tags) const {
    PairBatch batch;
    for (std::size_t i = 0; i < tags.size(); ++i) {
      HqPicture& picture = done.input.pictures[i];
      if (failed_.contains(picture.origin.source)) continue;  // The rest of a film that failed.
      Pair pair;
      pair.recipe = {.unit = tags[i].unit,
                     .source = picture.origin.source,
                     .frame = picture.origin.frame,
                     .crop = picture.origin.crop,
                     .steps = std::move(done.input.recipe.units[i].steps),
                     .augment = picture.origin.augment};
      pair.tag = tags[i];
      pair.lq = std::move(done.lq[i]);
      pair.hq = std::move(picture.hq);
      pair.hq_sharpened = std::move(picture.hq_sharpened);
      batch.pairs.push_back(std::move(pair));
    }
    if (batch.pairs.empty()) return batch;
    batch.groups = std::move(done.input.recipe.groups);
    for (auto& group : batch.groups) {
      for (auto& unit : group.units) unit = tags[static_cast<std::size_t>(unit)].unit;
    }
    return batch;
  }

  void fail(const SourceFailure& failure) {
    if (!observer_.on_failure) std::rethrow_exception(failure.error);
    if (!failed_.insert(failure.source).second) return;
    for (PairSink* const sink : sinks_) sink->abandon(failure.source);
    observer_.on_failure(failure);
  }

  HqSource& source_;
  const std::vector<PairSink*>& sinks_;
  degradation::RecipeWriter* recipe_;
  const DegradeObserver& observer_;
  const std::stop_token& stop_;
  std::deque<Waiting> waiting_;
  std::set<std::string> failed_;
  std::int64_t pairs_ = 0;
  BatchDegrader degrader_;
  std::stop_callback<std::function<void()>> on_stop_;  // Last: it uses the degrader.
};

}  // namespace

std::int64_t run_degradation(HqSource& source, WorkerPool& pool,
                             const std::vector<PairSink*>& sinks, degradation::RecipeWriter* recipe,
                             const DegradeObserver& observer, const std::stop_token& stop) {
  return DegradeJob(source, pool, sinks, recipe, observer, stop).run();
}

}  // namespace vcisr::data
