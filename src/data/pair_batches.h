// SPDX-License-Identifier: Apache-2.0
// What all supplies of pairs from files have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <torch/types.h>

#include "data/ordered_jobs.h"
#include "vcisr/core/rng.h"
#include "vcisr/data/training_pairs.h"
#include "vcisr/degradation/usm_sharpening.h"

namespace vcisr::data {

/// Of an epoch's pairs, those of one process: batches of all processes follow one another, and in
/// each the ranks.
struct EpochShare {
  std::int64_t pairs = 0;  ///< Of the epoch, for all processes.
  std::int64_t batch_size = 1;
  std::int64_t rank = 0;
  std::int64_t world = 1;

  /// The last one may be incomplete where one process trains alone; else it is left out.
  [[nodiscard]] std::int64_t batches() const;
  /// Pairs of this process from its batch `first` on.
  [[nodiscard]] std::int64_t pairs_from(std::int64_t first) const;
  /// Place in the epoch's order of this process' pair number `index`.
  [[nodiscard]] std::int64_t position(std::int64_t index) const;
};

struct LoadedPair {
  torch::Tensor lq;            ///< uint8 [3, h, w].
  torch::Tensor hq;            ///< uint8 [3, H, W].
  torch::Tensor hq_sharpened;  ///< May be undefined.
  std::string name;
};

/// Batches of one epoch, loaded pair by pair on threads of their own, ahead of who takes them.
///
/// Memory  Two batches, one more in next(), and a pair for each thread.
class PairBatches {
 public:
  /// Called from the threads with a place in the epoch's order; may throw.
  using Load = std::function<LoadedPair(std::int64_t position)>;

  PairBatches(const EpochShare& share, std::int64_t first_batch, int threads,
              std::int64_t bytes_of_pair, Load load);

  /// nullopt at the end. Errors  what loading throws.
  [[nodiscard]] std::optional<TrainingBatch> next();

 private:
  EpochShare share_;
  std::int64_t left_;  // Pairs not taken.
  OrderedJobs<LoadedPair> jobs_;
};

/// How patches are cut from pairs.
struct PairCut {
  std::int64_t scale = 4;
  std::int64_t patch_size = 360;  ///< Of hq.
  std::optional<degradation::UsmOptions> sharpening;
  AugmentOptions augment;

  /// The same place of both, turned alike. `lq` and `hq` must pass check_sizes().
  [[nodiscard]] LoadedPair cut(const torch::Tensor& lq, const torch::Tensor& hq,
                               const Rng& rng) const;
  /// The whole of both.
  [[nodiscard]] LoadedPair whole(const torch::Tensor& lq, const torch::Tensor& hq,
                                 const Rng& rng) const;
  /// Of a pair's patches.
  [[nodiscard]] std::int64_t bytes() const;
};

struct NamedSize {
  std::string name;
  degradation::PictureSize size;
};
/// Errors  InputError: the sizes do not differ by the scale; lq is smaller than a patch.
void check_sizes(const NamedSize& lq, const NamedSize& hq, const PairCut& cut);
/// hq alone.
void check_size(const NamedSize& hq, const PairCut& cut);

/// Errors  ConfigError.
void check_cut(const PairCut& cut);
/// Errors  ConfigError: there is no batch for all processes.
void check_share(const EpochShare& share);

}  // namespace vcisr::data
