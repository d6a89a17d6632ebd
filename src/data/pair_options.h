// SPDX-License-Identifier: Apache-2.0
// Checks of options that all supplies of training pairs share.
#pragma once

#include <cstdint>

#include "vcisr/data/training_pairs.h"

namespace vcisr::data {

/// Errors  ConfigError.
void check_range(const char* name, std::int64_t value, std::int64_t lo, std::int64_t hi);
void check_common(const TrainingPairsOptions& options);

/// `asked`, or one per core.
[[nodiscard]] int thread_count(int asked);

}  // namespace vcisr::data
