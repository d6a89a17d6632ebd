// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <vector>

#include <torch/types.h>

#include "data/shuffle_buffer.h"
#include "vcisr/core/rng.h"
#include "vcisr/data/patch_stream.h"

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
  PairQueue(std::size_t batch_size, std::size_t shuffle_buffer, const Rng& rng)
      : batch_size_(batch_size), shuffle_(shuffle_buffer, rng) {}

  /// Errors  Interrupted after cancel().
  void push(PatchPair pair);
  /// No more pairs come: hands on what is left. Errors  Interrupted after cancel().
  void end();
  /// next() throws this, after the batches that are ready.
  void fail(std::exception_ptr error);
  /// Nobody calls next() any more.
  void cancel();

  /// Waits. nullopt when all was handed out.
  [[nodiscard]] std::optional<PatchBatch> next();

 private:
  void add(PatchPair pair);
  void hand_on();

  // The pushing thread's own.
  std::size_t batch_size_;
  ShuffleBuffer<PatchPair> shuffle_;
  std::vector<PatchPair> training_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<PatchBatch> ready_;
  bool is_cancelled_ = false;
  bool has_ended_ = false;
  std::exception_ptr error_;
};

}  // namespace vcisr::data
