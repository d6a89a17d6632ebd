// SPDX-License-Identifier: Apache-2.0
#include "data/pool_loop.h"

#include <exception>
#include <utility>

#include "data/task_scope.h"
#include "vcisr/core/error.h"

namespace vcisr::data {

void PoolLoop::run(std::size_t count, const std::function<void(std::size_t)>& body) {
  std::size_t missing = count;
  std::exception_ptr first_error;
  const auto round = [&](std::size_t index) {
    std::exception_ptr error;
    try {
      body(index);
    } catch (...) {
      error = std::current_exception();
    }
    const std::scoped_lock lock(mutex_);
    if (!first_error) first_error = std::move(error);
    --missing;
    changed_.notify_all();
  };
  {
    TaskScope tasks(pool_);  // Ends before what the rounds use.
    for (std::size_t index = 0; index < count; ++index) {
      tasks.submit([&round, index] { round(index); }, WorkerPool::Priority::kUrgent);
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_cancelled_ || missing == 0 || first_error; });
  }
  if (first_error) std::rethrow_exception(std::move(first_error));
  if (missing > 0) throw Interrupted();
}

void PoolLoop::cancel() {
  const std::scoped_lock lock(mutex_);
  is_cancelled_ = true;
  changed_.notify_all();
}

}  // namespace vcisr::data
