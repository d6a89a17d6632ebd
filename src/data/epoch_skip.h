// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/read_ahead.h"
#include "data/shuffle_buffer.h"
#include "vcisr/core/rng.h"
#include "vcisr/data/grid_crops.h"

namespace vcisr::data {

/// What decides how an epoch's pairs follow one another, beside its sources' sizes.
struct EpochRules {
  std::size_t sources = 0;
  std::int64_t patch_size = 360;
  SmallPictures small_pictures = SmallPictures::kMirror;
  std::size_t first_batch_size = 32;  ///< Patches of pictures degraded together at first …
  std::size_t batch_size = 128;       ///< … and later.
  std::size_t shuffle_buffer = 0;
  Rng shuffle{0};
};

/// What an epoch still needs when its first pairs were handed out before, found by counting: which
/// pairs leave the shuffle buffer when depends on numbers alone.
///
/// Threads  one.
class EpochSkip {
 public:
  EpochSkip(const EpochRules& rules, std::int64_t pairs_taken);

  /// What was read of the sources, in the epoch's order, without samples.
  void add(ReadItem item);
  /// The sources are at their end.
  void end();
  /// The pairs taken are behind: whatever follows is needed.
  [[nodiscard]] bool is_decided() const noexcept { return is_decided_; }

  /// Of a degradation batch, by its number: a pair of it is still to come.
  [[nodiscard]] bool is_needed(std::int64_t batch) const;
  /// No batch that is needed has anything of the source, which was read to its end.
  [[nodiscard]] bool is_passed(std::size_t source) const { return is_passed_[source]; }
  /// What was add()ed of a source.
  [[nodiscard]] const std::vector<ReadItem>& items(std::size_t source) const {
    return items_[source];
  }

 private:
  void add_picture(const ReadItem& item);
  void add_segment(const ReadItem& item);
  void close_batch(const std::vector<std::size_t>& patches);
  void mark_taken(std::int64_t pair);
  void decide();

  EpochRules rules_;
  std::int64_t left_;                     // Pairs taken that have not left the buffer yet.
  ShuffleBuffer<std::int64_t> shuffle_;   // Of pairs' numbers.
  std::vector<std::size_t> pending_;      // Sources of patches in the open batch.
  std::size_t pending_size_;              // What closes it.
  std::int64_t pairs_ = 0;                // In closed batches.
  std::vector<std::int64_t> first_pair_;  // Of each closed batch.
  std::vector<std::int64_t> needed_;      // Pairs of each closed batch to come.
  std::vector<std::vector<std::size_t>> batch_of_;  // Sources of each closed batch.
  std::vector<std::vector<ReadItem>> items_;        // By source.
  std::vector<bool> is_passed_;                     // By source; meanwhile: read to its end.
  bool is_decided_ = false;
};

}  // namespace vcisr::data
