// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>

#include "vcisr/core/worker_pool.h"

namespace vcisr::data {

/// Loops whose rounds run on a pool, for one waiting thread that is none of the pool's.
class PoolLoop {
 public:
  explicit PoolLoop(WorkerPool& pool) : pool_(pool) {}

  /// Calls body(0) … body(count - 1) in any order, side by side; returns when none is at work.
  /// Errors  what the body throws; Interrupted after cancel().
  void run(std::size_t count, const std::function<void(std::size_t)>& body);
  void cancel();  ///< From any thread.

 private:
  WorkerPool& pool_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_cancelled_ = false;
};

}  // namespace vcisr::data
