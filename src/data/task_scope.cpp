// SPDX-License-Identifier: Apache-2.0
#include "data/task_scope.h"

#include <utility>

namespace vcisr::data {

TaskScope::~TaskScope() {
  std::unique_lock lock(state_->mutex);
  state_->is_cancelled = true;
  state_->one_ended.wait(lock, [this] { return state_->running == 0; });
}

void TaskScope::submit(std::function<void()> task, WorkerPool::Priority priority) {
  pool_.submit(
      [state = state_, task = std::move(task)]() mutable {
        {
          const std::scoped_lock lock(state->mutex);
          if (state->is_cancelled) return;
          ++state->running;
        }
        task();
        task = nullptr;  // What it holds goes before the scope may end.
        const std::scoped_lock lock(state->mutex);
        --state->running;
        state->one_ended.notify_all();
      },
      priority);
}

void TaskScope::cancel() {
  const std::scoped_lock lock(state_->mutex);
  state_->is_cancelled = true;
}

bool TaskScope::is_cancelled() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->is_cancelled;
}

}  // namespace vcisr::data
