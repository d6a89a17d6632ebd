// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "common/tool.h"

namespace vcisr::tools {

/// Replaces `--config FILE` by the flags that the YAML file holds, put in front, so that flags on
/// the command line win. Keys are our long flags or their aliases; lists repeat a flag; true sets a
/// switch. Errors  ConfigError with file and line: unknown key (nearest name), a list where one
/// value fits.
[[nodiscard]] std::vector<std::string> expand_config_file(const CLI::App& app,
                                                          std::vector<std::string> arguments,
                                                          const FlagAliases& aliases);

/// The flags in force as such a file.
[[nodiscard]] std::string print_config(const CLI::App& app);

}  // namespace vcisr::tools
