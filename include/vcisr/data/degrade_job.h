// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <vector>

#include "vcisr/core/worker_pool.h"
#include "vcisr/data/hq_source.h"
#include "vcisr/data/pair_sink.h"
#include "vcisr/degradation/recipe_file.h"

namespace vcisr::data {

struct DegradeObserver {
  /// A source that cannot be read, or degraded; the others go on. Empty: its error ends the work.
  std::function<void(const SourceFailure&)> on_failure;
  /// Pairs handed over so far.
  std::function<void(std::int64_t pairs)> on_pairs;
};

/// Degrades everything that a source gives and hands the pairs to all sinks, in order; then
/// finishes sinks and recipe. The outputs do not depend on the pool's number of threads.
///
/// recipe   A line for each pair and each group; may be nullptr.
/// Memory   Three batches.
/// Errors   Interrupted when `stop` was asked for; whatever source, sinks and recipe throw.
/// Returns  The number of pairs.
std::int64_t run_degradation(HqSource& source, WorkerPool& pool,
                             const std::vector<PairSink*>& sinks, degradation::RecipeWriter* recipe,
                             const DegradeObserver& observer, const std::stop_token& stop);

}  // namespace vcisr::data
