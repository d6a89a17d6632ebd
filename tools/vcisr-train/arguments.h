// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/running_flags.h"
#include "common/tool.h"

namespace vcisr::tools {

/// Everything that the flags of vcisr-train say.
struct TrainArguments : RunningArguments {
  std::string config;
  std::vector<std::string> settings;
  std::vector<std::string> more_settings;  ///< Of --force-yml.
  bool lenient = false;
  bool debug = false;

  bool auto_resume = false;
  std::string resume;

  bool check = false;
  bool test = false;
  bool print_config = false;
  std::optional<std::int64_t> dump_degraded;
  std::string output;

  std::string launcher = "auto";
  std::optional<int> local_rank;  ///< Of launchers that give it as a flag; the environment counts.
};

/// Declares the flags on `app`; parsing fills `arguments`.
void add_train_flags(CLI::App& app, TrainArguments& arguments);
[[nodiscard]] const FlagAliases& train_aliases();

/// What can be said without looking at any file. Errors  ConfigError, naming the flag.
void check_arguments(const TrainArguments& arguments);

}  // namespace vcisr::tools
