// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vcisr/data/augmentation.h"
#include "vcisr/data/batch_degrader.h"
#include "vcisr/degradation/steps.h"

namespace vcisr::data {

/// What was degraded together (degradation/steps.h), shared by its pairs.
struct DegradedTogether {
  std::int64_t epoch = 0;
  std::int64_t number = 0;      ///< In the epoch.
  std::vector<Origin> origins;  ///< For each unit of the recipe.
  degradation::BatchRecipe recipe;
  degradation::DegradedSource source = degradation::DegradedSource::kHq;
};

/// How a pair that was degraded here came about.
struct PairHistory {
  std::shared_ptr<const DegradedTogether> batch;
  std::int64_t unit = 0;

  [[nodiscard]] const Origin& origin() const;
  [[nodiscard]] const degradation::UnitRecipe& recipe() const;
  /// What it went through with others.
  [[nodiscard]] std::vector<const degradation::GroupRecipe*> groups() const;
};

/// Pairs for one training step.
struct TrainingBatch {
  torch::Tensor lq;                ///< uint8 [B, 3, h, w], RGB, contiguous, CPU.
  torch::Tensor hq;                ///< uint8 [B, 3, scale * h, scale * w].
  torch::Tensor hq_sharpened;      ///< As hq; undefined where nobody asked for sharpened targets.
  std::vector<PairHistory> pairs;  ///< For each pair; empty for pairs that came from files.
  std::vector<std::string> names;  ///< For each pair: its source, for messages.
};

/// What all supplies of pairs are told.
struct TrainingPairsOptions {
  std::int64_t batch_size = 8;  ///< Pairs of a training batch of this process.
  std::uint64_t seed = 0;       ///< The same in all processes.
  int threads = 0;              ///< 0 = one per core.
  int rank = 0;                 ///< This process …
  int world = 1;                ///< … of so many that train together.
  AugmentOptions augment;
};

/// An endless supply of training pairs, epoch by epoch.
///
/// Random   An epoch's batches depend on (seed, epoch, sources, options) alone, not on the number
///          of threads, nor on how many of its first batches were skipped.
/// Threads  One object, one thread at a time. Batches are made ahead on threads of its own.
class TrainingPairs {
 public:
  TrainingPairs() = default;
  TrainingPairs(const TrainingPairs&) = delete;
  TrainingPairs& operator=(const TrainingPairs&) = delete;
  virtual ~TrainingPairs() = default;

  /// Begins an epoch at its batch number `first_batch`, as if those before had been taken; an epoch
  /// that was running is given up. Where the epoch has no more batches, next() gives nullopt.
  virtual void start_epoch(std::int64_t epoch, std::int64_t first_batch) = 0;

  /// nullopt at the epoch's end. Errors  what reading or degrading throws.
  [[nodiscard]] virtual std::optional<TrainingBatch> next() = 0;

  /// How many batches an epoch has, where that is known beforehand.
  [[nodiscard]] virtual std::optional<std::int64_t> batches_per_epoch() const = 0;
};

}  // namespace vcisr::data
