// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "vcisr/trainers/train_options.h"

namespace vcisr::trainers {

/// The folders of one training, as BasicSR lays them out:
///   <experiments>/<name>/{models,training_states,visualization,metrics.jsonl,report.html}
///   <experiments>/../tb_logger/<name>
class ExperimentFolder {
 public:
  enum class Start {
    kFresh,   ///< An experiment that is there is renamed to <name>_archived_<time> first.
    kResume,  ///< It goes on in the folder that is there (or in a new one).
  };

  /// Makes the folders and takes the lock, which the system lets go of when the process ends,
  /// however it ends.
  /// Errors  OutputError: another training holds the lock; folders that cannot be made.
  ExperimentFolder(const TrainOptions& options, Start start);
  ~ExperimentFolder();
  ExperimentFolder(ExperimentFolder&& other) noexcept;
  ExperimentFolder& operator=(ExperimentFolder&&) = delete;

  [[nodiscard]] const std::filesystem::path& root() const noexcept { return root_; }
  [[nodiscard]] std::filesystem::path models() const { return root_ / "models"; }
  [[nodiscard]] std::filesystem::path states() const { return root_ / "training_states"; }
  [[nodiscard]] std::filesystem::path pictures() const { return root_ / "visualization"; }
  [[nodiscard]] std::filesystem::path metrics() const { return root_ / "metrics.jsonl"; }
  [[nodiscard]] std::filesystem::path report() const { return root_ / "report.html"; }
  [[nodiscard]] const std::filesystem::path& events() const noexcept { return events_; }
  /// "train_<name>_<time>.log".
  [[nodiscard]] std::filesystem::path log_file() const;

  /// The configuration in effect beside a header with time and command, as BasicSR keeps it.
  /// Errors  OutputError.
  void keep_config(const std::string& file_name, const std::string& yaml,
                   const std::string& command) const;

 private:
  std::filesystem::path root_;
  std::filesystem::path events_;
  std::string name_;
  std::string time_;
  int lock_ = -1;
};

/// Where an experiment of that name keeps its states; nothing is made.
[[nodiscard]] std::filesystem::path states_folder(const TrainOptions& options);

/// A state file and the number of completed steps in its name.
struct StateFile {
  std::filesystem::path path;
  std::int64_t step = 0;
};
/// "<number>.state" files in ascending order; none where there is no such folder.
[[nodiscard]] std::vector<StateFile> list_states(const std::filesystem::path& folder);

/// "20261121_153000", local time.
[[nodiscard]] std::string time_stamp();

}  // namespace vcisr::trainers
