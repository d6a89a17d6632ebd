// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace vcisr::tools {

/// Exit codes of all tools (docs/cli.md).
enum ExitCode {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kInputUnreadable = 3,
  kOutputFailed = 4,
  kDeviceFailed = 5,
  kModelFailed = 6,
  kSomeFailed = 7,
  kInterrupted = 130,
};

/// The code that an exception stands for.
[[nodiscard]] int exit_code_of(const std::exception_ptr& error);
/// Its sentence; LibTorch's stack traces are cut.
[[nodiscard]] std::string message_of(const std::exception_ptr& error);

/// Other programs' spellings of our flags: {"--outscale", "--scale"}, {"-ss", "--start"}.
using FlagAliases = std::vector<std::pair<std::string, std::string>>;

/// argv as our parser wants it: `_` in long options becomes `-`, aliases become our names, and
/// options of one dash and several letters, which the parser lacks, their long form. Values are
/// untouched.
[[nodiscard]] std::vector<std::string> normalise_arguments(int argc, char** argv,
                                                           const FlagAliases& aliases);

/// Whose `--config FILE` is.
enum class ConfigFlag {
  kHoldsFlags,   ///< A YAML file of flags (common/config_file.h), read before parsing.
  kOfTheProgram  ///< An option like others.
};

/// The frame of every tool: parses, runs `body`, turns what it throws into one sentence on stderr
/// and an exit code. The only place that catches std::exception.
[[nodiscard]] int run(CLI::App& app, int argc, char** argv, const FlagAliases& aliases,
                      const std::function<int()>& body,
                      ConfigFlag config = ConfigFlag::kHoldsFlags);

/// Has the process keep large buffers for the next picture. Call it before any thread starts.
void keep_large_buffers();

/// Messages to stderr as "<tool>: <level>: <text>", kept apart from a progress bar. Called by
/// run().
void install_log_sink(const std::string& tool);

/// Programs, libraries and devices, for --version.
[[nodiscard]] std::string version_text(const std::string& tool);

/// Help in topics with our wording; shared so that all tools look alike.
void set_help_style(CLI::App& app);

}  // namespace vcisr::tools
