// SPDX-License-Identifier: Apache-2.0
// Flags that every tool has: report, progress and log.
#pragma once

#include <string>

#include <CLI/App.hpp>

#include "common/progress.h"

namespace vcisr::tools {

/// A tool's arguments derive from it.
struct RunningArguments {
  std::string report;
  std::string progress = "auto";
  bool no_progress = false;
  std::string log_level = "info";
  std::string log_file;
  bool verbose = false;
  bool quiet = false;
};

/// Declares --report … --quiet in the topic "Running".
void add_running_flags(CLI::App& app, RunningArguments& arguments);

/// Of flags given twice the last one counts, as in ffmpeg; call it when all flags are declared.
void let_last_value_count(CLI::App& app);

/// Errors  ConfigError: words that are none.
[[nodiscard]] ProgressStyle progress_style(const RunningArguments& arguments);
void set_log_level(const RunningArguments& arguments);

}  // namespace vcisr::tools
