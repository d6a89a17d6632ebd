// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "vcisr/data/training_pairs.h"
#include "vcisr/degradation/usm_sharpening.h"
#include "vcisr/media/input_files.h"

namespace vcisr::data {

enum class PictureBackend {
  kDisk,  ///< Folders of picture files.
  kLmdb,  ///< BasicSR's databases: <name>.lmdb with data.mdb and meta_info.txt.
};

/// Where pairs of pictures lie.
struct PairedFiles {
  std::vector<std::string> hq_roots;  ///< BasicSR's dataroot_gt.
  std::vector<std::string> lq_roots;  ///< As many: the partners of each.
  /// One for each root, or none: lists of the hq pictures to take, "name (h,w,c) 1" in each line.
  std::vector<std::string> meta_info;
  /// The lq picture's name (without extension) from the hq picture's, which stands for {}.
  std::string filename_tmpl = "{}";
  PictureBackend backend = PictureBackend::kDisk;
  media::SubFolders sub_folders = media::SubFolders::kRead;  ///< Of kDisk.
};

struct PairedPicturesOptions : TrainingPairsOptions {
  PairedFiles files;
  std::int64_t scale = 4;
  std::int64_t patch_size = 360;     ///< Of hq (BasicSR's gt_size); a multiple of the scale.
  double dataset_enlarge_ratio = 1;  ///< An epoch takes each pair so many times.
  bool shuffle_pictures = true;      ///< Their order, anew in each epoch.
  /// Of whole pictures, before they are cut. nullopt: no sharpened targets.
  std::optional<degradation::UsmOptions> sharpening;
};

/// Pairs of picture files: a patch of each pair, at a place of its own in each epoch, cut from both
/// alike and turned alike.
///
/// Pairs    A picture's partner has its path below the root, after filename_tmpl, with any
///          extension; with a database the same key. Without a list each lq needs an hq as well.
/// Random   Order: (seed, epoch). Place and augmentation of a pair: (seed, epoch, its number).
/// Ranks    `world` processes see together what one process with the batch `world` times as large
///          sees; pairs that fill no batch of all are left out then.
/// Threads  As TrainingPairs; decoding, cutting and sharpening run on `threads` threads.
/// Memory   Three training batches, and a pair of whole pictures for each thread.
/// Errors   The constructor: ConfigError for options out of range or against each other; InputError
///          for folders, lists and databases that are not there or are damaged, for partners that
///          are missing, and for sizes that do not fit, where a list says them. next(): InputError
///          for what cannot be read, for a pair whose sizes do not differ by the scale, or smaller
///          than a patch; the epoch is over then.
class PairedPictures final : public TrainingPairs {
 public:
  explicit PairedPictures(const PairedPicturesOptions& options);
  ~PairedPictures() override;

  /// How many there are.
  [[nodiscard]] std::int64_t pairs() const noexcept;

  void start_epoch(std::int64_t epoch, std::int64_t first_batch) override;
  [[nodiscard]] std::optional<TrainingBatch> next() override;
  [[nodiscard]] std::optional<std::int64_t> batches_per_epoch() const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vcisr::data
