// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>

#include "vcisr/core/worker_pool.h"

namespace vcisr::data {

/// Tasks on a pool that belong to one object: none of them runs once the scope is gone, so they may
/// use what outlives it.
///
/// Threads  any, tasks of the scope included; it must not end in one of its own tasks.
class TaskScope {
 public:
  explicit TaskScope(WorkerPool& pool) : pool_(pool) {}
  ~TaskScope();  ///< Cancels, and waits for what has begun.
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

  /// The task must not throw.
  void submit(std::function<void()> task, WorkerPool::Priority priority);

  /// What has not begun never does. Long tasks look at is_cancelled() now and then.
  void cancel();
  [[nodiscard]] bool is_cancelled() const;

 private:
  struct State {
    mutable std::mutex mutex;
    std::condition_variable one_ended;
    std::size_t running = 0;
    bool is_cancelled = false;
  };

  WorkerPool& pool_;
  std::shared_ptr<State> state_ = std::make_shared<State>();  // Outlived by tasks in the queue.
};

}  // namespace vcisr::data
