// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

namespace vcisr {

/// A fixed number of threads that work off tasks, first come, first served.
///
/// Threads  submit() from anywhere, tasks included. Destroying the pool drops what has not begun
/// and
///          waits for what has.
class WorkerPool {
 public:
  /// Urgent tasks are begun before all others: those that let waiting work finish.
  enum class Priority { kNormal, kUrgent };

  /// `on_start` runs first on each thread (one intra-op thread per worker, ops/intra_op.h).
  /// Errors  ConfigError unless threads >= 1.
  explicit WorkerPool(int threads, const std::function<void()>& on_start = {});
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// The task must not throw.
  void submit(std::function<void()> task, Priority priority = Priority::kNormal);

  [[nodiscard]] int threads() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vcisr
