// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "trainers/training_session.h"
#include "vcisr/trainers/experiment.h"
#include "vcisr/trainers/training.h"
#include "vcisr/trainers/training_log.h"
#include "vcisr/trainers/training_state.h"

namespace vcisr::trainers {

/// Seconds of the steps since the last line of the log.
class StepTimes {
 public:
  void add(double step_seconds, double data_seconds) {
    step_ += step_seconds;
    data_ += data_seconds;
    ++count_;
  }
  [[nodiscard]] double step() const { return count_ == 0 ? 0 : step_ / count_; }
  [[nodiscard]] double data() const { return count_ == 0 ? 0 : data_ / count_; }
  void restart() { *this = {}; }

 private:
  double step_ = 0;
  double data_ = 0;
  double count_ = 0;
};

/// The state that the job goes on from; empty for a fresh start.
[[nodiscard]] std::filesystem::path state_to_resume(const TrainingJob& job);

/// One training from its position to its end: takes batches, steps, logs, validates, saves.
class TrainingLoop {
 public:
  TrainingLoop(TrainingSession& session, const TrainingJob& job, const TrainingObserver& observer,
               const std::stop_token& stop);

  TrainingSummary run();

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] bool is_first() const { return session_.group->rank() == 0; }
  void open_folder();
  void set_later_states_aside() const;
  void resume();
  [[nodiscard]] std::vector<data::TrainingBatch> take_batches();
  void step();
  void after_step(const StepOutcome& outcome, const std::vector<data::TrainingBatch>& batches);
  void note_non_finite(const std::vector<data::TrainingBatch>& batches);
  void log(const StepOutcome& outcome);
  [[nodiscard]] bool is_validation_due() const {
    const std::int64_t interval = session_.options.validation.interval;
    return interval > 0 && position_.step % interval == 0;
  }
  void validate();
  void keep_picture(const ValidatedPicture& picture);
  void keep_best(const std::vector<ValidationPoint>& points);
  void save();
  void save_what_is_whole();
  void finish();
  void note_time();
  void gather_positions();

  TrainingSession& session_;
  const TrainingJob& job_;
  const TrainingObserver& observer_;
  std::stop_token stop_;

  std::filesystem::path state_;             ///< To go on from; empty for a fresh start.
  std::optional<ExperimentFolder> folder_;  ///< Of the first process.
  std::optional<CheckpointWriter> checkpoints_;
  std::optional<TrainingLog> log_;
  TrainingPosition position_;
  DataPosition data_position_;  ///< Of this process.
  TrainingSummary summary_;
  StepTimes times_;
  Clock::time_point started_;
  double seconds_before_ = 0;
  std::int64_t saved_step_ = -1;
  std::int64_t logged_pictures_ = 0;
  std::int64_t non_finite_in_a_row_ = 0;
};

}  // namespace vcisr::trainers
