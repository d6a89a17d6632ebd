// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/running_flags.h"
#include "common/tool.h"

namespace vcisr::tools {

/// Everything that the flags of vcisr-degrade say.
struct DegradeArguments : RunningArguments {
  std::set<std::string> given;  ///< Long names of the flags that were given.
  std::vector<std::string> inputs;
  std::string output;
  bool recursive = false;
  bool overwrite = false;
  std::string extension;
  bool save_hq = false;
  bool save_usm = false;
  std::string recipe;
  std::string names = "auto";

  std::string config = "vcisr";
  std::vector<std::string> settings;
  std::optional<std::int64_t> scale;
  std::optional<std::uint64_t> seed;
  std::string replay;

  std::optional<std::int64_t> patches;
  std::string small_pictures = "mirror";
  std::string grid = "random";
  std::int64_t repeat = 1;
  bool shards = false;
  bool pictures = false;
  std::int64_t shard_size = 256;

  std::string preview;
  std::int64_t preview_count = 8;
  std::int64_t preview_size = 360;

  bool list_configs = false;
  bool print_config = false;
  bool dry_run = false;
  std::int64_t threads = 0;
};

/// Declares the flags on `app`; parsing fills `arguments`.
void add_degrade_flags(CLI::App& app, DegradeArguments& arguments);
/// After parsing: fills `arguments.given`.
void note_given_flags(const CLI::App& app, DegradeArguments& arguments);
[[nodiscard]] const FlagAliases& degrade_aliases();

/// What can be said without looking at any file. Errors  ConfigError, naming the flag.
void check_arguments(const DegradeArguments& arguments);

}  // namespace vcisr::tools
