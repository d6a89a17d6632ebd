// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "vcisr/trainers/experiment.h"
#include "vcisr/trainers/train_options.h"
#include "vcisr/trainers/training_model.h"

namespace vcisr::trainers {

/// The best value of a metric on a validation set.
struct BestRecord {
  double value = 0;
  std::int64_t step = 0;

  friend bool operator==(const BestRecord&, const BestRecord&) = default;
};

/// Where a process stands in its data.
struct DataPosition {
  std::int64_t epoch = 0;
  std::int64_t batch = 0;  ///< Batches of that epoch that were taken.

  friend bool operator==(const DataPosition&, const DataPosition&) = default;
};

/// Where a training stands, beside its tensors.
struct TrainingPosition {
  std::int64_t step = 0;                  ///< Completed updates.
  std::vector<DataPosition> data = {{}};  ///< Of each process, by rank.
  std::uint64_t seed = 0;  ///< All random numbers follow from it, the step and the position.
  std::int64_t skipped_steps = 0;    ///< With an update left out because it was not finite.
  double seconds = 0;                ///< Spent so far.
  std::int64_t validated_step = -1;  ///< When validation was last done.
  std::string config_hash;           ///< Of the file in effect.
  GradientScalerState scaler;
  std::map<std::string, BestRecord> best;  ///< By "<set>/<metric>".

  friend bool operator==(const TrainingPosition&, const TrainingPosition&) = default;
};

/// Writes and reads everything from which training goes on bit for bit, as one .safetensors file:
/// weights, averages, optimizers, scaler, position. Learning rates and random numbers are functions
/// of the step and need no state.
///
/// Errors  OutputError; for read_training_state CheckpointError in a sentence that begins with the
///         path: missing, damaged, no state, of other networks or optimizers.
void write_training_state(const std::filesystem::path& path, const TrainingModel& model,
                          const TrainingPosition& position);
[[nodiscard]] TrainingPosition read_training_state(const std::filesystem::path& path,
                                                   TrainingModel& model);

/// Writes models and states of an experiment, oldest ones removed where only the last are kept.
class CheckpointWriter {
 public:
  CheckpointWriter(const ExperimentFolder& folder, const TrainOptions& options,
                   std::string config_hash);

  /// net_g_<step>, net_d_<step> and last <step>.state, whose presence says that all is there.
  /// Errors  OutputError: before anything is written where the disk is too full for it.
  void save(const TrainingModel& model, const TrainingPosition& position) const;
  /// net_g_latest, net_d_latest.
  void save_latest(const TrainingModel& model, const TrainingPosition& position) const;
  /// net_g_best, net_d_best.
  void save_best(const TrainingModel& model, const TrainingPosition& position) const;

 private:
  void save_models(const TrainingModel& model, const TrainingPosition& position,
                   const std::string& label) const;
  void check_space(const TrainingModel& model) const;
  void remove_oldest() const;

  std::filesystem::path models_;
  std::filesystem::path states_;
  TrainOptions options_;
  std::string config_hash_;
};

}  // namespace vcisr::trainers
