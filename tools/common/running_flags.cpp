// SPDX-License-Identifier: Apache-2.0
#include "common/running_flags.h"

#include "vcisr/core/log.h"

namespace vcisr::tools {

void add_running_flags(CLI::App& app, RunningArguments& a) {
  const std::string topic = "Running";
  app.add_option("--report", a.report, "Write a JSON report")->group(topic)->type_name("FILE");
  app.add_option("--progress", a.progress, "auto, bar, plain, json, none. Default: auto")
      ->group(topic)
      ->type_name("STYLE");
  app.add_flag("--no-progress", a.no_progress, "Short for --progress none")->group(topic);
  app.add_option("--log-level", a.log_level, "trace, debug, info, warn, error, none. Default: info")
      ->group(topic)
      ->type_name("LEVEL");
  app.add_option("--log-file", a.log_file, "Also write messages there")
      ->group(topic)
      ->type_name("FILE");
  app.add_flag("-v,--verbose", a.verbose, "Short for --log-level debug")->group(topic);
  app.add_flag("-q,--quiet", a.quiet, "Short for --log-level error --progress none")->group(topic);
}

void let_last_value_count(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    if (option->get_items_expected_max() == 1) {
      option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
  }
}

ProgressStyle progress_style(const RunningArguments& a) {
  const ProgressStyle style = parse_progress_style(a.progress);
  return a.no_progress || a.quiet ? ProgressStyle::kNone : style;
}

void set_log_level(const RunningArguments& a) {
  log::Level level = log::parse_level(a.log_level);
  if (a.verbose) level = log::Level::kDebug;
  if (a.quiet) level = log::Level::kError;
  log::set_level(level);
}

}  // namespace vcisr::tools
