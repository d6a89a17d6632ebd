// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "trainers/validator.h"
#include "vcisr/data/training_data.h"
#include "vcisr/data/training_pairs.h"
#include "vcisr/trainers/training.h"
#include "vcisr/trainers/training_model.h"

namespace vcisr::trainers {

/// The whole file, read and built: what run, check and dump have in common.
struct TrainingSession {
  TrainOptions options;
  torch::Device device = torch::kCPU;
  std::shared_ptr<ProcessGroup> group;
  std::unique_ptr<TrainingModel> model;
  data::TrainingDataContext data_context;
  Config dataset;
  std::unique_ptr<data::TrainingPairs> pairs;  ///< No epoch is begun.
  std::unique_ptr<Validator> validator;
  std::string yaml;  ///< The configuration in effect.

  /// Weights are loaded as the file says, or not where a state follows.
  enum class Weights { kAsTheFileSays, kFromState };
  TrainingSession(const TrainingJob& job, Weights weights);
};

/// The degradation of a training file: `degradation` names a preset or a file, or is a section;
/// else flat keys may stand at the top and in datasets.train, as in Real-ESRGAN's files. nullptr
/// where there is nothing of all that.
[[nodiscard]] std::shared_ptr<const degradation::Pipeline> read_pipeline(const Config& config,
                                                                         std::int64_t scale);

/// A batch of 8 bits as the networks want it. Without sharpened targets where there are none.
[[nodiscard]] DeviceBatch to_device(const data::TrainingBatch& batch, const torch::Device& device);

}  // namespace vcisr::trainers
