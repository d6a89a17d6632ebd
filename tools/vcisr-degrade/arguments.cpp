// SPDX-License-Identifier: Apache-2.0
#include "vcisr-degrade/arguments.h"

#include <string_view>
#include <utility>

#include "common/progress.h"
#include "vcisr/core/error.h"
#include "vcisr/core/log.h"
#include "vcisr/core/text.h"
#include "vcisr/media/image.h"
#include "vcisr/media/input_files.h"

namespace vcisr::tools {
namespace {

void check_range(std::int64_t value, std::int64_t low, std::int64_t high, const std::string& flag) {
  if (value >= low && value <= high) return;
  throw ConfigError(flag + " " + std::to_string(value) + " is outside [" + std::to_string(low) +
                    ", " + std::to_string(high) + "]");
}

void check_word(const std::string& word, const std::vector<std::string>& allowed,
                const std::string& flag) {
  for (const auto& one : allowed) {
    if (word == one) return;
  }
  throw ConfigError(flag + " '" + word + "' is not one of " + join(allowed));
}

void check_numbers(const DegradeArguments& a) {
  check_range(a.threads, 0, 1024, "--threads");
  check_range(a.repeat, 1, 1'000'000, "--repeat");
  check_range(a.shard_size, 1, 1'000'000, "--shard-size");
  check_range(a.preview_count, 1, 200, "--preview-count");
  check_range(a.preview_size, 16, 4096, "--preview-size");
  if (a.patches) check_range(*a.patches, 1, 65536, "--patches");
  if (a.scale) check_range(*a.scale, 1, 16, "--scale");
  check_word(a.small_pictures, {"mirror", "leave-out"}, "--small-pictures");
  check_word(a.grid, {"random", "published"}, "--grid");
  check_word(a.names, {"auto", "source", "number"}, "--names");
  static_cast<void>(parse_progress_style(a.progress));
  static_cast<void>(log::parse_level(a.log_level));
}

/// Flags that say what a recipe says already.
void check_replay(const DegradeArguments& a) {
  const std::pair<bool, const char*> others[] = {
      {a.patches.has_value(), "--patches"}, {!a.settings.empty(), "--set"},
      {a.scale.has_value(), "--scale"},     {a.seed.has_value(), "--seed"},
      {a.repeat != 1, "--repeat"},          {!a.preview.empty(), "--preview"},
      {a.print_config, "--print-config"}};
  for (const auto& [is_given, flag] : others) {
    if (is_given) {
      throw ConfigError(std::string(flag) +
                        " does not go with --replay, which does what its recipe says");
    }
  }
  if (a.inputs.size() > 1) {
    throw ConfigError("--replay takes one --input, the folder that its sources are relative to");
  }
}

/// Files of ours must not replace pictures or films.
void check_side_files(const DegradeArguments& a) {
  const std::pair<const std::string&, const char*> files[] = {
      {a.report, "--report"}, {a.log_file, "--log-file"}, {a.recipe, "--recipe"}};
  for (const auto& [path, flag] : files) {
    if (media::has_image_extension(path) || media::has_film_extension(path)) {
      throw ConfigError(std::string(flag) + " '" + path + "' is named like a picture or a film");
    }
  }
}

}  // namespace

void check_arguments(const DegradeArguments& a) {
  check_numbers(a);
  check_side_files(a);
  if (!a.replay.empty()) {
    check_replay(a);
  } else if (a.names != "auto") {
    throw ConfigError("--names goes with --replay");
  }
  const bool makes_patches = a.patches || !a.replay.empty();
  if (a.shards && !makes_patches) throw ConfigError("--shards goes with --patches or --replay");
  if (a.repeat != 1 && !a.patches) throw ConfigError("--repeat goes with --patches");
  if (a.pictures && !a.shards) throw ConfigError("--pictures goes with --shards");
  if (a.patches && !a.preview.empty()) throw ConfigError("--preview does not go with --patches");
}

}  // namespace vcisr::tools
