// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "vcisr/data/hq_source.h"
#include "vcisr/degradation/pipeline.h"

namespace vcisr::data {

struct WholePictureOptions {
  std::vector<SourceFile> files;
  std::uint64_t seed = 0;
  bool needs_sharpened = false;  ///< Fill hq_sharpened also where lq is not made from it.
  ReaderThreads readers;         ///< For pictures; films are read by the caller of next().
};

/// Pictures and films as they are, cut at the right and at the bottom to multiples of the scale.
///
/// Batches  Consecutive pictures of one size, and consecutive frames of one film, up to the
///          pipeline's batch_size and to 256 MiB of samples (then in whole sixteens, so that small
///          groups stay whole). They depend on the files alone.
/// Random   Batch n is drawn from Rng(seed, n).
/// Memory   A batch, and pictures read ahead: up to 256 MiB or one picture for each thread.
/// Failures A picture or film that cannot be read, or is smaller than the scale; a batch that the
///          pipeline cannot draw for.
class WholePictures final : public HqSource {
 public:
  /// `pipeline` must live as long as the source.
  WholePictures(const degradation::Pipeline& pipeline, WholePictureOptions options);
  ~WholePictures() override;

  [[nodiscard]] std::optional<SourceBatch> next() override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vcisr::data
