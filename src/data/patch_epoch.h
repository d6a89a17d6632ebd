// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "data/epoch_skip.h"
#include "data/pair_queue.h"
#include "data/pool_loop.h"
#include "data/read_ahead.h"
#include "vcisr/core/rng.h"
#include "vcisr/core/worker_pool.h"
#include "vcisr/data/patch_stream.h"

namespace vcisr::data {

/// What epochs of a stream have in common.
struct PatchSource {
  PatchStreamOptions options;
  std::shared_ptr<const degradation::Pipeline> pipeline;
  std::vector<media::InputFile> files;
  WorkerPool* pool = nullptr;
  std::set<std::size_t> warned;  ///< Files that were complained of; for one epoch at a time.

  [[nodiscard]] bool needs_sharpened() const;
  [[nodiscard]] degradation::UsmOptions usm_options() const;
};

/// One pass over a stream's sources, from a training batch on. A thread of its own keeps the order:
/// it takes what was read, cuts it, hands batches to the degrader, and pairs to next(). The work is
/// done by the pool. Where the pass begins later, the thread first counts what it may leave out.
class PatchEpoch {
 public:
  PatchEpoch(PatchSource& source, std::int64_t epoch, std::int64_t first_batch);
  ~PatchEpoch();  ///< Gives up what is under way.
  PatchEpoch(const PatchEpoch&) = delete;
  PatchEpoch& operator=(const PatchEpoch&) = delete;

  [[nodiscard]] std::optional<TrainingBatch> next() { return queue_.next(); }
  [[nodiscard]] PatchStreamStatistics statistics() const;

 private:
  void coordinate();
  void run();
  void count_ahead();
  void take(const ReadItem& item);
  void take_picture(std::size_t source, const ReadPicture& picture);
  void take_segment(std::size_t source, const FilmSegment& segment);
  [[nodiscard]] GridOffset offset_of(std::size_t source, const ReadPicture& picture,
                                     const std::optional<degradation::PictureSize>& area);
  void complain(const ReadItem& item);
  /// Of the degradation batch that is closed next.
  [[nodiscard]] bool is_needed() const { return !skip_ || skip_->is_needed(pushed_); }
  void degrade(std::vector<HqPicture> pictures);
  void hand_on_finished();
  void hand_on_oldest();
  void count(std::int64_t PatchStreamStatistics::*what, std::int64_t number = 1);
  void check_yield() const;
  [[nodiscard]] std::string path_of(std::size_t source) const {
    return source_.files[source].path.string();
  }

  PatchSource& source_;
  Rng rng_;
  std::int64_t epoch_;
  std::int64_t pairs_taken_;
  ReadAhead counter_;  // For the sizes of what comes before the first batch.
  ReadAhead reader_;
  BatchDegrader degrader_;
  PoolLoop loop_;
  PairQueue queue_;

  // The coordinator's own.
  PublishedOffsets published_;
  std::vector<HqPicture> pending_;  // Patches of pictures that are to be degraded together …
  std::size_t pending_size_;        // … when they are so many.
  std::int64_t pushed_ = 0;         // Degradation batches.
  std::int64_t popped_ = 0;
  std::optional<EpochSkip> skip_;
  std::deque<std::size_t> line_;  // Batches not handed on: pairs that are left out, or 0.

  mutable std::mutex mutex_;
  PatchStreamStatistics statistics_;

  std::thread coordinator_;  // Last: it uses all the rest.
};

}  // namespace vcisr::data
