// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vcisr/data/grid_crops.h"
#include "vcisr/data/training_pairs.h"
#include "vcisr/degradation/pipeline.h"
#include "vcisr/degradation/steps.h"
#include "vcisr/degradation/usm_sharpening.h"
#include "vcisr/media/input_files.h"

namespace vcisr::data {

enum class GridOffsets {
  kRandom,     ///< New ones for each picture in each epoch, and for each segment of a film.
  kPublished,  ///< Those of VCISR's patches, the same in all epochs. Pictures in their order only.
};

struct PatchStreamOptions : TrainingPairsOptions {
  /// Pictures, films, folders of both, and text files (.txt) that list them: the first word of each
  /// line is a path, relative to `list_root`.
  std::vector<std::string> sources;
  std::string list_root;
  media::SubFolders sub_folders = media::SubFolders::kLeaveOut;

  std::int64_t patch_size = 360;  ///< BasicSR's gt_size; a multiple of the pipeline's scale.
  SmallPictures small_pictures = SmallPictures::kMirror;
  GridOffsets offsets = GridOffsets::kRandom;
  bool shuffle_pictures = true;  ///< Their order, and the films', anew in each epoch.
  /// Of whole pictures, before they are cut. nullopt: no sharpened targets.
  std::optional<degradation::UsmOptions> sharpening = degradation::UsmOptions{};
  std::int64_t cells_per_clip = 4;  ///< Patches that are followed through a segment of a film.

  std::int64_t shuffle_buffer = 512;  ///< Pairs among which the next is chosen; 0 keeps the order.
};

/// A picture or film of which nothing could be used.
struct UnreadableSource {
  std::string path;
  std::string message;
};

/// Of the running epoch (or the last one), so far, in this process.
struct PatchStreamStatistics {
  std::int64_t pairs = 0;          ///< Degraded; those not yet handed out included.
  std::int64_t pictures_read = 0;  ///< Decoded, for their size alone too.
  std::int64_t frames_read = 0;    ///< Of films.
  std::int64_t unreadable = 0;     ///< Pictures and films of which nothing could be used.
  std::int64_t left_out = 0;       ///< Pictures and films smaller than a patch, where so asked.
  std::vector<UnreadableSource> unreadable_sources;  ///< In the order in which they were met.
};

/// Pictures and films in, an endless supply of degraded pairs out, made while they are needed.
///
/// Each picture is cut into a grid of patches that lies anew in each epoch. Patches are degraded in
/// batches, in the order of the pictures, so that neighbours meet in a codec; the first batch of an
/// epoch has a random length. Of a film's segments, each as long as such a batch, a few cells are
/// followed: the frames of a cell are a batch, so a codec sees true motion.
///
/// Augmentation turns patches before they are degraded (a codec's scan and the stretch of its
/// width see directions), all frames of a film's cell alike.
///
/// Random   The pairs and their order depend on (seed, epoch, sources, options, pipeline) alone,
/// not
///          on the number of threads.
/// Resume   An epoch that begins at a later batch decodes the sources before it for their sizes,
///          but sharpens and degrades only batches of which a pair is still to come: a little more
///          than the shuffle buffer holds.
/// Ranks    Each process takes every `world`-th source, with numbers of its own, so epochs differ
///          in length from rank to rank.
/// Threads  One object, one thread at a time; statistics() from any. Reading, sharpening and
///          degrading run on `threads` threads; they rest while nobody takes batches.
/// Memory   Flat in the number of sources: 2 * threads + 2 pictures, 3 + threads / 8 degradation
///          batches, the shuffle buffer, two training batches; of films two segments' cells.
/// Errors   A source that cannot be read is logged once and left out of each epoch; a damaged film
///          is used up to the damage. If nothing is left, next() throws InputError.
class PatchStream final : public TrainingPairs {
 public:
  /// Errors  ConfigError: options out of range or against each other, fewer sources than ranks, or
  ///         as Pipeline::check.
  ///         InputError: sources that are not there.
  PatchStream(const PatchStreamOptions& options,
              std::shared_ptr<const degradation::Pipeline> pipeline);
  ~PatchStream() override;

  /// Those of this rank.
  [[nodiscard]] const std::vector<media::InputFile>& files() const noexcept;

  void start_epoch(std::int64_t epoch, std::int64_t first_batch) override;

  /// The next pairs; fewer than a whole batch at the end of an epoch, then nullopt.
  /// Errors  InputError: no source yields a patch; what degrading throws; c10::Error when no epoch
  ///         was begun, or the last one failed.
  [[nodiscard]] std::optional<TrainingBatch> next() override;

  /// nullopt: pictures would have to be decoded for it.
  [[nodiscard]] std::optional<std::int64_t> batches_per_epoch() const override {
    return std::nullopt;
  }

  [[nodiscard]] PatchStreamStatistics statistics() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vcisr::data
