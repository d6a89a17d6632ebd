// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "vcisr/core/config.h"
#include "vcisr/data/training_pairs.h"
#include "vcisr/data/validation_pictures.h"
#include "vcisr/degradation/pipeline.h"

namespace vcisr::data {

/// What a training knows beside its data sections.
struct TrainingDataContext {
  std::int64_t scale = 4;
  std::shared_ptr<const degradation::Pipeline> pipeline;  ///< nullptr: no degradation was given.
  bool needs_sharpened = false;                           ///< Some loss looks at hq_sharpened.
  std::uint64_t seed = 0;
  int rank = 0;
  int world = 1;
  /// Where the section gives none, as in Real-ESRGAN's files, which have gt_size at the top.
  std::optional<std::int64_t> patch_size;
};

/// The pairs of a section datasets.train (docs/training_data.md).
///
/// Keys     Unknown ones are left for the caller's expect_all_keys_read().
/// Errors   ConfigError, InputError: with file, line and key where a key is to blame; as the class
///          that the section's type stands for.
[[nodiscard]] std::unique_ptr<TrainingPairs> make_training_pairs(
    const Config& dataset, const TrainingDataContext& context);

/// The pictures of a section datasets.val, likewise.
[[nodiscard]] std::unique_ptr<ValidationPictures> make_validation_pictures(
    const Config& dataset, const TrainingDataContext& context);

}  // namespace vcisr::data
