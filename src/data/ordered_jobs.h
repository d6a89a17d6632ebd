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

/// Threads  one caller. Memory  Jobs begun but not taken: one for each thread, and more while their
/// results are below `most_bytes`.
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
        pool_(threads.count, threads.on_start) {}

  /// Waits for the next result; must not be called more often than there are jobs.
  /// Errors  what the job threw.
  Result take() {
    begin_more();
    const std::shared_ptr<Slot> slot = slots_.front();
    slots_.pop_front();
    {
      std::unique_lock lock(slot->mutex);
      slot->has_ended.wait(lock, [&slot] { return slot->is_done; });
    }
    begin_more();
    if (slot->error) std::rethrow_exception(slot->error);
    return std::move(slot->result);
  }

 private:
  struct Slot {
    std::mutex mutex;
    std::condition_variable has_ended;
    bool is_done = false;
    std::int64_t bytes = 0;
    std::exception_ptr error;
    Result result;
  };

  void begin_more() {
    constexpr std::size_t kMostSlots = 256;
    while (begun_ < count_ && slots_.size() < kMostSlots) {
      std::size_t running = 0;
      std::int64_t waiting_bytes = 0;
      for (const auto& slot : slots_) {
        const std::scoped_lock lock(slot->mutex);
        running += slot->is_done ? 0 : 1;
        waiting_bytes += slot->bytes;
      }
      const bool is_needed = slots_.empty();
      if (!is_needed && (running >= threads_ || waiting_bytes >= most_bytes_)) return;
      begin();
    }
  }

  void begin() {
    const auto slot = std::make_shared<Slot>();
    slots_.push_back(slot);
    pool_.submit([this, slot, index = begun_] {
      std::exception_ptr error;
      Result result;
      try {
        result = job_(index);
      } catch (...) {
        error = std::current_exception();
      }
      const std::scoped_lock lock(slot->mutex);
      slot->bytes = error ? 0 : bytes_(result);
      slot->result = std::move(result);
      slot->error = std::move(error);
      slot->is_done = true;
      slot->has_ended.notify_all();
    });
    ++begun_;
  }

  std::size_t count_;
  std::int64_t most_bytes_;
  Job job_;
  Bytes bytes_;
  std::size_t threads_;
  std::size_t begun_ = 0;
  std::deque<std::shared_ptr<Slot>> slots_;
  WorkerPool pool_;  // Last: its threads end before what they use.
};

}  // namespace vcisr::data
