// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "core/bounded_queue.h"
#include "vcisr/core/error.h"

namespace vcisr::inference {

/// Seconds that each stage was at work, waiting not counted; over all threads of the stage.
struct StageSeconds {
  double produce = 0;
  double transform = 0;
  double consume = 0;
};

struct PipelineOptions {
  std::size_t workers = 1;      ///< Threads of the middle stage.
  std::size_t queue_depth = 2;  ///< Items that may wait before and after it.
};

/// Three stages side by side: one producer thread, `workers` transformers, and the consumer on the
/// calling thread. Items reach the consumer in the order in which they were produced.
///
/// Memory  at most 2 * queue_depth + 2 * workers + 2 items live at a time: one with the producer,
/// one
///         with the consumer, queue_depth before the workers, one with each worker, and
///         queue_depth + workers that wait for their turn.
/// Errors  the first exception of any stage stops all and is thrown here. A requested stop gives
///         Interrupted.
template <class In, class Out>
class Pipeline {
 public:
  using Produce = std::function<std::optional<In>()>;
  using Transform = std::function<Out(In, std::size_t worker)>;
  using Consume = std::function<void(Out)>;

  Pipeline(Produce produce, Transform transform, Consume consume, const PipelineOptions& options)
      : produce_(std::move(produce)),
        transform_(std::move(transform)),
        consume_(std::move(consume)),
        options_(options),
        queue_(options.queue_depth),
        limit_(options.queue_depth + options.workers) {}

  StageSeconds run(const std::stop_token& stop) {
    const std::stop_callback on_stop(stop,
                                     [this] { fail(std::make_exception_ptr(Interrupted())); });
    std::vector<std::jthread> threads;
    threads.emplace_back([this] { guarded([this] { produce_all(); }); });
    running_workers_ = options_.workers;
    for (std::size_t worker = 0; worker < options_.workers; ++worker) {
      threads.emplace_back([this, worker] { guarded([this, worker] { transform_all(worker); }); });
    }
    guarded([this] { consume_all(); });
    queue_.cancel();
    threads.clear();  // Joins.
    if (error_) std::rethrow_exception(error_);
    return {to_seconds(produce_ns_), to_seconds(transform_ns_), to_seconds(consume_ns_)};
  }

 private:
  using Clock = std::chrono::steady_clock;
  using Numbered = std::pair<std::uint64_t, In>;

  static double to_seconds(const std::atomic<std::int64_t>& nanoseconds) {
    return static_cast<double>(nanoseconds.load()) * 1e-9;
  }

  template <class Work>
  static auto timed(std::atomic<std::int64_t>& nanoseconds, Work&& work) {
    const auto start = Clock::now();
    struct Stop {
      std::atomic<std::int64_t>& total;
      Clock::time_point start;
      ~Stop() { total += std::chrono::nanoseconds(Clock::now() - start).count(); }
    } const stop{nanoseconds, start};
    return work();
  }

  template <class Work>
  void guarded(Work work) {
    try {
      work();
    } catch (...) {
      fail(std::current_exception());
    }
  }

  void fail(const std::exception_ptr& error) {
    {
      const std::scoped_lock lock(mutex_);
      if (!error_) error_ = error;
      failed_ = true;
    }
    queue_.cancel();
    done_changed_.notify_all();
  }

  void produce_all() {
    for (std::uint64_t index = 0;; ++index) {
      auto item = timed(produce_ns_, produce_);
      if (!item || !queue_.push(Numbered(index, std::move(*item)))) break;
    }
    queue_.close();
  }

  void transform_all(std::size_t worker) {
    while (auto item = queue_.pop()) {
      const auto index = item->first;
      {
        // Without this a worker that runs ahead of a slow neighbour would pile up finished items.
        std::unique_lock lock(mutex_);
        done_changed_.wait(lock, [&] { return index < next_ + limit_ || failed_; });
        if (failed_) return;
      }
      auto result =
          timed(transform_ns_, [&] { return transform_(std::move(item->second), worker); });
      item.reset();
      const std::scoped_lock lock(mutex_);
      done_.emplace(index, std::move(result));
      done_changed_.notify_all();
    }
    const std::scoped_lock lock(mutex_);
    --running_workers_;
    done_changed_.notify_all();
  }

  void consume_all() {
    for (;;) {
      std::optional<Out> item;
      {
        std::unique_lock lock(mutex_);
        done_changed_.wait(
            lock, [this] { return failed_ || done_.contains(next_) || running_workers_ == 0; });
        const auto found = done_.find(next_);
        if (failed_ || found == done_.end()) return;
        item.emplace(std::move(found->second));
        done_.erase(found);
        ++next_;
        done_changed_.notify_all();
      }
      timed(consume_ns_, [&] {
        consume_(std::move(*item));
        return 0;
      });
    }
  }

  Produce produce_;
  Transform transform_;
  Consume consume_;
  PipelineOptions options_;
  BoundedQueue<Numbered> queue_;
  std::uint64_t limit_;
  std::mutex mutex_;
  std::condition_variable done_changed_;
  std::map<std::uint64_t, Out> done_;
  std::uint64_t next_ = 0;
  std::size_t running_workers_ = 0;
  bool failed_ = false;
  std::exception_ptr error_;
  std::atomic<std::int64_t> produce_ns_{0};
  std::atomic<std::int64_t> transform_ns_{0};
  std::atomic<std::int64_t> consume_ns_{0};
};

}  // namespace vcisr::inference
