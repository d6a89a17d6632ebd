// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/flag_values.h"
#include "common/running_flags.h"
#include "common/tool.h"
#include "vcisr/evaluation/evaluation.h"
#include "vcisr/evaluation/pairing.h"

namespace vcisr::tools {

/// Everything that the flags of vcisr-eval say, as text.
struct EvalArguments : RunningArguments {
  std::string distorted;
  std::string reference;
  std::string compressed;
  std::optional<std::string> suffix;
  bool recursive = false;
  std::vector<std::string> accepted;

  std::vector<std::string> metrics;
  std::vector<std::string> scripts;
  std::vector<std::string> model_folders;
  std::optional<std::int64_t> crop_border;
  bool test_y_channel = false;
  std::string grid;
  std::optional<std::int64_t> scale;
  bool list_metrics = false;
  std::string fit_niqe;

  FilmFlags film;
  bool ignore_edit_list = false;
  bool keep_going = false;
  std::optional<int> bit_depth;
  std::int64_t subsample = 1;

  std::string output;
  std::string json;
  std::string csv;
  std::string markdown;
  std::string html;
  std::string rank_by;
  std::int64_t worst = 8;
  bool overwrite = false;

  std::int64_t threads = 0;
  std::string config_file;
  bool print_config = false;
  std::string command;  ///< The command line, for reports.
};

/// Declares the flags on `app`; parsing fills `arguments`.
void add_eval_flags(CLI::App& app, EvalArguments& arguments);
[[nodiscard]] const FlagAliases& eval_aliases();

/// Errors  ConfigError, naming the flag and what it takes.
void check_arguments(const EvalArguments& arguments);
[[nodiscard]] evaluation::PairingOptions pairing_options(const EvalArguments& arguments);
[[nodiscard]] evaluation::EvaluationOptions evaluation_options(const EvalArguments& arguments);

}  // namespace vcisr::tools
