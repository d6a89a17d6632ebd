// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <vector>

#include <torch/types.h>

#include "data/shuffle_buffer.h"
#include "vcisr/core/rng.h"
#include "vcisr/data/training_pairs.h"

namespace vcisr::data {

/// A degraded patch with its targets.
struct PatchPair {
  torch::Tensor lq;            ///< uint8 [3, h, w].
  torch::Tensor hq;            ///< uint8 [3, H, W].
  torch::Tensor hq_sharpened;  ///< May be undefined.
  PairHistory history;
};

/// Pairs in, shuffled training batches out; who is ahead of the consumer waits.
///
/// Threads  push(), end() and fail() from one thread, next() from another; cancel() from any.
class PairQueue {
 public:
  /// The first `skipped` pairs that come out are dropped.
  PairQueue(std::size_t batch_size, std::size_t shuffle_buffer, const Rng& rng,
            std::int64_t skipped = 0)
      : batch_size_(batch_size), shuffle_(shuffle_buffer, rng), to_skip_(skipped) {}

  /// A pair without samples takes the place of one that will be dropped.
  /// Errors  Interrupted after cancel(); InputError where such a pair would be handed out.
  void push(PatchPair pair);
  /// No more pairs come: hands on what is left. Errors  Interrupted after cancel().
  void end();
  /// next() throws this, after the batches that are ready.
  void fail(std::exception_ptr error);
  /// Nobody calls next() any more.
  void cancel();

  /// Waits. nullopt when all was handed out.
  [[nodiscard]] std::optional<TrainingBatch> next();

 private:
  void add(PatchPair pair);
  void hand_on();

  // The pushing thread's own.
  std::size_t batch_size_;
  ShuffleBuffer<PatchPair> shuffle_;
  std::vector<PatchPair> training_;
  std::int64_t to_skip_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<TrainingBatch> ready_;
  bool is_cancelled_ = false;
  bool has_ended_ = false;
  std::exception_ptr error_;
};

}  // namespace vcisr::data
