// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "vcisr/data/degrade_job.h"
#include "vcisr/data/pair_sink.h"
#include "vcisr/data/patch_stream.h"
#include "vcisr/degradation/recipe_file.h"

namespace vcisr::data {

struct PatchJob {
  std::int64_t epochs = 1;
  /// What recipes call a source; as the stream does where it is empty.
  std::function<std::string(const std::string& path)> name_of;
};

/// Hands all pairs of a stream's epochs to all sinks, degradation batch by degradation batch; then
/// finishes sinks and recipe. Units and groups are numbered through all epochs.
///
/// Needs    A stream that keeps the order: shuffle_buffer 0.
/// Memory   The stream's, one degradation batch.
/// Errors   As run_degradation; what the stream throws.
/// Returns  The number of pairs.
std::int64_t run_patches(PatchStream& stream, const PatchJob& job,
                         const std::vector<PairSink*>& sinks, degradation::RecipeWriter* recipe,
                         const DegradeObserver& observer, const std::stop_token& stop);

}  // namespace vcisr::data
