// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "vcisr/data/training_pairs.h"
#include "vcisr/degradation/usm_sharpening.h"

namespace vcisr::data {

struct PairShardsOptions : TrainingPairsOptions {
  std::vector<std::string> sources;  ///< Shards, and folders of them.
  std::int64_t scale = 4;
  /// Of hq, cut out at a random place; a multiple of the scale. nullopt: as stored.
  std::optional<std::int64_t> patch_size;
  bool shuffle = true;  ///< Shards, and the pairs of each, anew in each epoch.
  /// Of the stored hq patch, when it is loaded. nullopt: no sharpened targets.
  std::optional<degradation::UsmOptions> sharpening;
};

/// Pairs that vcisr-degrade has put together in .safetensors files (docs/degradation.md).
///
/// Random   Order of shards and of pairs: (seed, epoch); pairs of one shard stay together. Place
///          and augmentation of a pair: (seed, epoch, its number).
/// Ranks    As PairedPictures; each process reads the shards of which it takes pairs.
/// Threads  As TrainingPairs; a thread reads shards, `threads` threads cut and sharpen.
/// Memory   Two shards, three training batches.
/// Errors   The constructor, from the files' heads: InputError for what is not there, no pair shard
///          or of another version or colour order, of another scale, smaller than the patch, or of
///          unequal sizes where no patch size is given; ConfigError as PairedPictures. next():
///          InputError for a shard that cannot be read; the epoch is over then.
class PairShards final : public TrainingPairs {
 public:
  explicit PairShards(const PairShardsOptions& options);
  ~PairShards() override;

  /// Of all shards.
  [[nodiscard]] std::int64_t pairs() const noexcept;

  void start_epoch(std::int64_t epoch, std::int64_t first_batch) override;
  [[nodiscard]] std::optional<TrainingBatch> next() override;
  [[nodiscard]] std::optional<std::int64_t> batches_per_epoch() const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vcisr::data
