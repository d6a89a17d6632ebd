// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "vcisr/data/training_pairs.h"

namespace vcisr::trainers {

/// The recipe's lines of a pair that was degraded here, as if it were alone: `unit` is its number,
/// groups are numbered from `next_group`, which is moved on. "" for a pair from files.
[[nodiscard]] std::string recipe_lines(const data::PairHistory& pair, std::int64_t unit,
                                       std::int64_t& next_group);

/// Keeps the pairs of a step for someone to look at: lq_<i>, hq_<i> and hq_sharpened_<i> of each
/// batch as uint8 tensors, their names and how they were degraded as metadata. The folder is made.
/// Errors  OutputError.
void dump_batches(const std::filesystem::path& path,
                  const std::vector<data::TrainingBatch>& batches);

}  // namespace vcisr::trainers
