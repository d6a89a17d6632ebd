// SPDX-License-Identifier: Apache-2.0
#include "data/pair_options.h"

#include <algorithm>
#include <string>
#include <thread>

#include "vcisr/core/error.h"

namespace vcisr::data {

void check_range(const char* name, std::int64_t value, std::int64_t lo, std::int64_t hi) {
  if (value >= lo && value <= hi) return;
  throw ConfigError(std::string(name) + " is " + std::to_string(value) + ", but must be " +
                    std::to_string(lo) + " to " + std::to_string(hi));
}

void check_common(const TrainingPairsOptions& options) {
  check_range("batch_size", options.batch_size, 1, 1 << 20);
  check_range("threads", options.threads, 0, 1024);
  check_range("world", options.world, 1, 1 << 16);
  check_range("rank", options.rank, 0, options.world - 1);
}

int thread_count(int asked) {
  if (asked > 0) return asked;
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace vcisr::data
