// SPDX-License-Identifier: Apache-2.0
#include "vcisr/core/worker_pool.h"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "vcisr/core/error.h"

namespace vcisr {

class WorkerPool::Impl {
 public:
  Impl(int threads, const std::function<void()>& on_start) {
    if (threads < 1) {
      throw ConfigError("a worker pool needs at least 1 thread, not " + std::to_string(threads));
    }
    threads_.reserve(static_cast<std::size_t>(threads));
    try {
      for (int i = 0; i < threads; ++i) {
        threads_.emplace_back([this, on_start] {
          if (on_start) on_start();
          work();
        });
      }
    } catch (...) {
      stop();  // The system has no more threads: those that began must not outlive the object.
      throw;
    }
  }
  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void submit(std::function<void()> task, Priority priority) {
    {
      const std::scoped_lock lock(mutex_);
      if (is_stopping_) return;
      (priority == Priority::kUrgent ? urgent_ : normal_).push_back(std::move(task));
    }
    has_tasks_.notify_one();
  }

  [[nodiscard]] int threads() const noexcept { return static_cast<int>(threads_.size()); }

 private:
  using Tasks = std::deque<std::function<void()>>;

  void work() {
    for (;;) {
      std::function<void()> task;
      {
        std::unique_lock lock(mutex_);
        has_tasks_.wait(lock,
                        [this] { return is_stopping_ || !urgent_.empty() || !normal_.empty(); });
        if (is_stopping_) return;
        Tasks& tasks = urgent_.empty() ? normal_ : urgent_;
        task = std::move(tasks.front());
        tasks.pop_front();
      }
      task();
    }
  }

  void stop() {
    // Let go without the lock: what a task holds may submit on its way out.
    Tasks dropped_urgent;
    Tasks dropped_normal;
    {
      const std::scoped_lock lock(mutex_);
      is_stopping_ = true;
      dropped_urgent.swap(urgent_);
      dropped_normal.swap(normal_);
    }
    has_tasks_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  std::mutex mutex_;
  std::condition_variable has_tasks_;
  Tasks urgent_;
  Tasks normal_;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;  // Changed by the constructor only.
};

WorkerPool::WorkerPool(int threads, const std::function<void()>& on_start)
    : impl_(std::make_unique<Impl>(threads, on_start)) {}
WorkerPool::~WorkerPool() = default;

void WorkerPool::submit(std::function<void()> task, Priority priority) {
  impl_->submit(std::move(task), priority);
}

int WorkerPool::threads() const noexcept { return impl_->threads(); }

}  // namespace vcisr
