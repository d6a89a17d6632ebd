// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vcisr/core/worker_pool.h"
#include "vcisr/degradation/pipeline.h"
#include "vcisr/degradation/recipe_file.h"
#include "vcisr/degradation/steps.h"

namespace vcisr::data {

/// Where an hq picture comes from.
struct Origin {
  std::string source;      ///< Path of a picture or film.
  std::int64_t frame = 0;  ///< Of a film.
  std::optional<degradation::Crop> crop;
  degradation::Augment augment = {};  ///< What was done to the crop then.
};

/// One picture of a degradation batch.
struct HqPicture {
  torch::Tensor hq;            ///< uint8 [3, H, W], sides multiples of the scale.
  torch::Tensor hq_sharpened;  ///< The same sharpened; may be undefined where nobody needs it.
  Origin origin;
};

struct HqBatch {
  std::vector<HqPicture> pictures;
  degradation::BatchRecipe recipe;  ///< Of these pictures.
  degradation::DegradedSource source = degradation::DegradedSource::kHq;
};

struct DegradedBatch {
  HqBatch input;
  std::vector<torch::Tensor> lq;  ///< uint8 [3, h, w] for each picture.
};

/// Degrades batches on a pool's threads, picture by picture, and returns them in the order in which
/// they came. The result does not depend on the number of threads.
///
/// Threads  push() and pop() from one thread each (may be the same), neither from a thread of the
///          pool; the pool must outlive the degrader.
/// Memory   at most `most_in_flight` batches between push() and pop().
/// Errors   pop() throws what a batch's work threw; that batch is gone then, later ones are not.
class BatchDegrader {
 public:
  BatchDegrader(WorkerPool& pool, std::size_t most_in_flight);
  ~BatchDegrader();  ///< Waits for what has begun.
  BatchDegrader(const BatchDegrader&) = delete;
  BatchDegrader& operator=(const BatchDegrader&) = delete;

  [[nodiscard]] bool is_full() const;
  [[nodiscard]] bool is_empty() const;
  /// pop() would not wait: the oldest batch is finished, or has failed.
  [[nodiscard]] bool is_ready() const;
  /// Errors  c10::Error when full, or for pictures that are not uint8 [3, H, W] or do not match the
  ///         recipe's number; ConfigError as degradation::BatchRun.
  void push(HqBatch batch);
  /// Waits for the oldest batch. Errors  c10::Error when empty; Interrupted after cancel().
  [[nodiscard]] DegradedBatch pop();
  /// Gives up all batches: what has not begun never does, and pop() no longer waits. Any thread.
  void cancel();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vcisr::data
