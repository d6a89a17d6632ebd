// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vcisr/data/batch_degrader.h"
#include "vcisr/data/grid_crops.h"
#include "vcisr/degradation/pipeline.h"
#include "vcisr/degradation/steps.h"
#include "vcisr/degradation/usm_sharpening.h"
#include "vcisr/media/input_files.h"

namespace vcisr::data {

enum class GridOffsets {
  kRandom,     ///< New ones for each picture in each epoch, and for each segment of a film.
  kPublished,  ///< Those of VCISR's patches, the same in all epochs. Pictures in their order only.
};

struct PatchStreamOptions {
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

  std::int64_t batch_size = 8;        ///< Pairs of a training batch.
  std::int64_t shuffle_buffer = 512;  ///< Pairs among which the next is chosen; 0 keeps the order.
  std::uint64_t seed = 0;
  int threads = 0;  ///< 0 = one per core.
};

/// What was degraded together (degradation/steps.h), shared by its pairs.
struct DegradedTogether {
  std::int64_t epoch = 0;
  std::int64_t number = 0;      ///< In the epoch.
  std::vector<Origin> origins;  ///< For each unit of the recipe.
  degradation::BatchRecipe recipe;
  degradation::DegradedSource source = degradation::DegradedSource::kHq;
};

/// How a pair came about.
struct PairHistory {
  std::shared_ptr<const DegradedTogether> batch;
  std::int64_t unit = 0;

  [[nodiscard]] const Origin& origin() const;
  [[nodiscard]] const degradation::UnitRecipe& recipe() const;
  /// What it went through with others.
  [[nodiscard]] std::vector<const degradation::GroupRecipe*> groups() const;
};

/// Pairs for one training step.
struct PatchBatch {
  torch::Tensor lq;            ///< uint8 [B, 3, h, w], RGB.
  torch::Tensor hq;            ///< uint8 [B, 3, scale * h, scale * w].
  torch::Tensor hq_sharpened;  ///< As hq; undefined without sharpening.
  std::vector<PairHistory> pairs;
};

/// A picture or film of which nothing could be used.
struct UnreadableSource {
  std::string path;
  std::string message;
};

/// Of the running epoch (or the last one), so far.
struct PatchStreamStatistics {
  std::int64_t pairs = 0;          ///< Degraded; those not yet handed out included.
  std::int64_t pictures_read = 0;  ///< Decoded.
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
/// Random   The pairs and their order depend on (seed, epoch, sources, options, pipeline) alone,
/// not
///          on the number of threads.
/// Threads  One object, one thread at a time; statistics() from any. Reading, sharpening and
///          degrading run on `threads` threads; they rest while nobody takes batches.
/// Memory   Flat in the number of sources: 2 * threads + 2 pictures, 3 + threads / 8 degradation
///          batches, the shuffle buffer, two training batches; of films two segments' cells.
/// Errors   A source that cannot be read is logged once and left out of each epoch; a damaged film
///          is used up to the damage. If nothing is left, next() throws InputError.
class PatchStream {
 public:
  /// Errors  ConfigError: options out of range or against each other, or as Pipeline::check.
  ///         InputError: sources that are not there.
  PatchStream(const PatchStreamOptions& options,
              std::shared_ptr<const degradation::Pipeline> pipeline);
  ~PatchStream();
  PatchStream(PatchStream&&) noexcept;
  PatchStream& operator=(PatchStream&&) noexcept;

  [[nodiscard]] const std::vector<media::InputFile>& files() const noexcept;

  /// Begins an epoch; one that was running is given up.
  void start_epoch(std::int64_t epoch);

  /// The next pairs; fewer than a whole batch at the end of an epoch, then nullopt.
  /// Errors  InputError: no source yields a patch; what degrading throws; c10::Error when no epoch
  ///         was begun, or the last one failed.
  [[nodiscard]] std::optional<PatchBatch> next();

  [[nodiscard]] PatchStreamStatistics statistics() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vcisr::data
