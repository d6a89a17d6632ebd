// SPDX-License-Identifier: Apache-2.0
// What the ways of working share: outputs, progress, report.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/progress.h"
#include "vcisr-degrade/arguments.h"
#include "vcisr-degrade/output.h"
#include "vcisr/core/file.h"
#include "vcisr/core/worker_pool.h"
#include "vcisr/data/degrade_job.h"
#include "vcisr/data/pair_sink.h"
#include "vcisr/degradation/recipe_file.h"

namespace vcisr::tools {

/// -j, or the processor's threads.
[[nodiscard]] int thread_count(const DegradeArguments& arguments);

/// The folder of an output, and those in it of its report and recipe: there from now on; what was
/// made and stayed empty goes with the object.
class OutputFolder {
 public:
  /// Errors  OutputError.
  OutputFolder(const DegradeArguments& arguments, const DegradeOutput& output);
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

 private:
  OutputFolder() = default;
  void make(const std::filesystem::path& folder);

  std::vector<std::filesystem::path> made_;  ///< Outer ones first.
};

/// The sinks and the recipe of a job, opened before its work so that an unwritable place is told
/// first.
class DegradeOutputs {
 public:
  DegradeOutputs(const DegradeArguments& arguments, const DegradeOutput& output,
                 const degradation::RecipeHeader& header, WorkerPool& pool);

  [[nodiscard]] const std::vector<data::PairSink*>& sinks() const noexcept { return pointers_; }
  [[nodiscard]] degradation::RecipeWriter* recipe() noexcept { return recipe_.get(); }

 private:
  void add(std::unique_ptr<data::PairSink> sink);

  std::vector<std::unique_ptr<data::PairSink>> sinks_;
  std::vector<data::PairSink*> pointers_;
  std::unique_ptr<degradation::RecipeWriter> recipe_;
};

/// What a job says of itself, on the terminal and in --report.
class DegradeReport {
 public:
  DegradeReport(const DegradeArguments& arguments, std::string mode,
                const degradation::RecipeHeader& header);

  /// Reports pairs to the progress line, and with `collects_failures` those sources that fail; else
  /// they end the work.
  [[nodiscard]] data::DegradeObserver observer(bool collects_failures);
  void start(std::optional<std::int64_t> expected_pairs);
  /// A source that a stream left out and logged.
  void add_unreadable(const std::string& source, const std::string& message);

  /// Runs the work and writes the report in any case. Returns the exit code.
  [[nodiscard]] int run(const std::function<std::int64_t()>& work, std::int64_t sources);

 private:
  struct Failure {
    std::string source;
    std::string message;
    int exit_code;
  };
  void write(int exit_code);

  const DegradeArguments& arguments_;
  std::string mode_;
  degradation::RecipeHeader header_;
  std::optional<AtomicFile> file_;
  Progress progress_;
  std::chrono::steady_clock::time_point start_;
  std::vector<Failure> failures_;
  std::int64_t pairs_ = 0;
};

}  // namespace vcisr::tools
