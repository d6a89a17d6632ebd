// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

#include "vcisr/core/config.h"
#include "vcisr/trainers/launcher.h"
#include "vcisr/trainers/process_group.h"
#include "vcisr/trainers/train_options.h"
#include "vcisr/trainers/training_log.h"

namespace vcisr::trainers {

enum class Resume {
  kNever,      ///< A fresh start; an experiment of that name is archived.
  kIfPossible  ///< From the newest state of the experiment; a fresh start where there is none.
};

struct TrainingJob {
  Config config;
  TrainOptions options;
  std::shared_ptr<ProcessGroup> group;  ///< nullptr: this process alone.
  torch::Device device = torch::kCPU;   ///< As training_device() says.
  Resume resume = Resume::kNever;
  /// A state to go on from, whatever `resume` says; options.path.resume_state does the same.
  std::filesystem::path resume_state;
  std::string config_name = "config.yaml";  ///< Of the copy in the experiment's folder.
  std::string command;                      ///< For its header.
};

/// The GPU of this process's number on its machine, where there is one and the file does not want
/// the CPU. Errors  DeviceError: fewer GPUs than processes.
[[nodiscard]] torch::Device training_device(const TrainOptions& options, int local_rank);

/// For progress. Called by the training thread of the first process only.
struct TrainingObserver {
  std::function<void(std::int64_t first, std::int64_t total)> on_begin;
  std::function<void(std::int64_t completed)> on_step;
};

struct TrainingSummary {
  std::int64_t first_step = 0;  ///< Completed before.
  std::int64_t steps = 0;       ///< Completed now, those before included.
  std::int64_t skipped_steps = 0;
  double seconds = 0;  ///< Of this run.
  std::filesystem::path folder;
  std::vector<ValidationPoint> validation;  ///< The last one.
};

/// Trains until options.total_steps are done.
///
/// Exact    A training that is stopped (or killed) and resumed goes on from its last state as if it
///          had never been: bit for bit on a CPU with the same number of threads, and on a GPU
///          within what its kernels repeat.
/// Files    ExperimentFolder; see docs/training.md.
/// Errors   ConfigError, InputError, OutputError, CheckpointError, DeviceError; Interrupted, after
///          the state was saved, when `stop` was requested. Error: a hundred steps in a row were
///          not finite.
TrainingSummary run_training(const TrainingJob& job, const TrainingObserver& observer,
                             const std::stop_token& stop);

/// The file with every default, as it would be trained. Opens the data sets.
[[nodiscard]] std::string config_in_effect(const TrainingJob& job);

/// What one step took, without anything being written.
struct TrainingCheck {
  std::string network;  ///< Its type.
  std::int64_t parameters = 0;
  std::string device;
  std::vector<std::int64_t> lq_shape;
  std::vector<std::int64_t> hq_shape;
  double data_seconds = 0;  ///< Until the first batch was there.
  double step_seconds = 0;
  NamedNumbers losses;
  std::vector<std::string> validation_sets;
};
/// Reads the whole file, opens the data sets, takes one batch and does one step.
[[nodiscard]] TrainingCheck check_training(const TrainingJob& job);

/// Restores and measures the sets `val*` and `test*` with path.pretrain_network_g, as BasicSR's
/// test.py does; pictures go to <results>/<name>/visualization/<set>/<picture>_<suffix or name>.png
/// where val.save_img is set, numbers to <results>/<name>/metrics.json.
std::vector<ValidationPoint> run_test(const TrainingJob& job, const std::stop_token& stop);

/// Writes the first pairs that training would see: <number>_lq.png, _hq.png, (_hq_sharpened.png),
/// and recipe.jsonl of those that were degraded here. Returns how many there were.
std::int64_t dump_pairs(const TrainingJob& job, std::int64_t count,
                        const std::filesystem::path& folder, const std::stop_token& stop);

}  // namespace vcisr::trainers
