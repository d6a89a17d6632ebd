// SPDX-License-Identifier: Apache-2.0
// Results of numbered jobs in order, worked on by threads of its own ahead of the caller.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "vcisr/core/worker_pool.h"
#include "vcisr/data/hq_source.h"

namespace vcisr::data {

/// Threads  one caller.
/// Memory   Results not taken yet: `most_bytes`, and one more for each thread. Jobs begin at once.
template <class Result>
class OrderedJobs {
 public:
  using Job = std::function<Result(std::size_t index)>;  ///< Called from the threads; may throw.
  using Bytes = std::function<std::int64_t(const Result&)>;

  OrderedJobs(std::size_t count, const ReaderThreads& threads, std::int64_t most_bytes, Job job,
              Bytes bytes)
      : count_(count),
        most_bytes_(most_bytes),
        job_(std::move(job)),
        bytes_(std::move(bytes)),
        threads_(static_cast<std::size_t>(threads.count)),
        pool_(threads.count, threads.on_start) {
    const std::scoped_lock lock(mutex_);
    begin_more();
  }
  ~OrderedJobs() {
    const std::scoped_lock lock(mutex_);
    begun_ = count_;  // Jobs that end now begin no other.
  }
  OrderedJobs(const OrderedJobs&) = delete;
  OrderedJobs& operator=(const OrderedJobs&) = delete;

  /// Waits for the next result; must not be called more often than there are jobs.
  /// Errors  what the job threw.
  Result take() {
    std::unique_lock lock(mutex_);
    begin_more();
    const std::shared_ptr<Slot> slot = slots_.front();
    one_ended_.wait(lock, [&slot] { return slot->is_done; });
    slots_.pop_front();
    waiting_bytes_ -= slot->bytes;
    begin_more();
    if (slot->error) std::rethrow_exception(slot->error);
    return std::move(slot->result);
  }

 private:
  struct Slot {
    bool is_done = false;
    std::int64_t bytes = 0;
    std::exception_ptr error;
    Result result;
  };

  // The mutex is held by who calls it.
  void begin_more() {
    while (begun_ < count_ &&
           (slots_.empty() || (running_ < threads_ && waiting_bytes_ < most_bytes_))) {
      const auto slot = std::make_shared<Slot>();
      slots_.push_back(slot);
      ++running_;
      pool_.submit([this, slot, index = begun_] { work(*slot, index); });
      ++begun_;
    }
  }

  void work(Slot& slot, std::size_t index) {
    std::exception_ptr error;
    Result result;
    try {
      result = job_(index);
    } catch (...) {
      error = std::current_exception();
    }
    const std::scoped_lock lock(mutex_);
    slot.bytes = error ? 0 : bytes_(result);
    slot.result = std::move(result);
    slot.error = std::move(error);
    slot.is_done = true;
    waiting_bytes_ += slot.bytes;
    --running_;
    begin_more();
    one_ended_.notify_all();
  }

  const std::size_t count_;
  const std::int64_t most_bytes_;
  const Job job_;
  const Bytes bytes_;
  const std::size_t threads_;
  std::mutex mutex_;  // Of the rest.
  std::condition_variable one_ended_;
  std::deque<std::shared_ptr<Slot>> slots_;
  std::size_t begun_ = 0;
  std::size_t running_ = 0;
  std::int64_t waiting_bytes_ = 0;
  WorkerPool pool_;  // Last: its threads end before what they use.
};

}  // namespace vcisr::data
