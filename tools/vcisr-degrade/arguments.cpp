// SPDX-License-Identifier: Apache-2.0
#include "vcisr-degrade/arguments.h"

#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "common/flag_values.h"
#include "common/progress.h"
#include "vcisr/core/error.h"
#include "vcisr/core/log.h"
#include "vcisr/core/text.h"
#include "vcisr/media/image.h"
#include "vcisr/media/input_files.h"

namespace vcisr::tools {
namespace {

namespace fs = std::filesystem;

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
  static_cast<void>(progress_style(a));
  static_cast<void>(log::parse_level(a.log_level));
}

bool is_given(const DegradeArguments& a, const char* flag) { return a.given.contains(flag); }

/// Flags that say what a recipe says already.
void check_replay(const DegradeArguments& a) {
  for (const char* const flag :
       {"--patches", "--config", "--set", "--scale", "--seed", "--repeat", "--grid",
        "--small-pictures", "--recursive", "--preview", "--print-config"}) {
    if (is_given(a, flag)) {
      throw ConfigError(std::string(flag) +
                        " does not go with --replay, which does what its recipe says");
    }
  }
  if (a.inputs.size() > 1) {
    throw ConfigError("--replay takes one --input, the folder that its sources are relative to");
  }
}

fs::path canonical_path(const fs::path& path) {
  std::error_code error;
  auto result = fs::weakly_canonical(path, error);
  return error ? fs::absolute(path).lexically_normal() : fs::absolute(result);
}

/// Where the recipe goes, as DegradeOutput says; for pictures and films their stem counts.
std::string recipe_path(const DegradeArguments& a) {
  if (!a.recipe.empty() || a.output.empty()) return a.recipe;
  const fs::path output = a.output;
  if (a.output.find('%') != std::string::npos) return output.parent_path() / "recipe.jsonl";
  std::error_code error;
  if (!output.has_extension() || fs::is_directory(output, error)) return output / "recipe.jsonl";
  return fs::path(output).replace_extension("recipe.jsonl");
}

/// Files of ours must not replace pictures or films, what is read, or one another.
void check_side_files(const DegradeArguments& a) {
  const std::string recipe = recipe_path(a);
  const std::pair<const std::string&, const char*> files[] = {{a.report, "--report"},
                                                              {a.log_file, "--log-file"},
                                                              {recipe, "--recipe"},
                                                              {a.preview, "--preview"}};
  std::map<fs::path, std::string> taken;
  for (const auto& input : a.inputs) taken.emplace(canonical_path(input), "an input");
  if (!a.replay.empty()) taken.emplace(canonical_path(a.replay), "the replayed recipe");
  if (is_given(a, "--config")) taken.emplace(canonical_path(a.config), "the --config file");
  for (const auto& [path, flag] : files) {
    if (path.empty()) continue;
    const auto [found, is_free] = taken.emplace(canonical_path(path), flag);
    if (!is_free) {
      throw ConfigError(std::string(flag) + " '" + path + "' is " + found->second +
                        " too: give another name");
    }
    if (&path == &a.preview) continue;
    if (media::has_image_extension(path) || media::has_film_extension(path)) {
      throw ConfigError(std::string(flag) + " '" + path + "' is named like a picture or a film");
    }
  }
}

/// Lists of files are read for patches only.
void check_lists(const DegradeArguments& a) {
  if (a.patches) return;
  for (const auto& input : a.inputs) {
    std::error_code error;
    if (media::lower_extension(input) != "txt" || fs::is_directory(input, error)) continue;
    throw ConfigError("input '" + input + "' is a list of files, which needs --patches");
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
  if (a.shards && !a.pictures) {
    for (const char* const flag : {"--save-hq", "--save-usm", "--ext"}) {
      if (!is_given(a, flag)) continue;
      throw ConfigError(std::string(flag) + " is for pictures, which --shards writes with " +
                        "--pictures only");
    }
  }
  for (const char* const flag : {"--grid", "--small-pictures"}) {
    if (is_given(a, flag) && !a.patches) {
      throw ConfigError(std::string(flag) + " goes with --patches");
    }
  }
  if (a.pictures && !a.shards) throw ConfigError("--pictures goes with --shards");
  if (a.patches && !a.preview.empty()) throw ConfigError("--preview does not go with --patches");
  if (!a.preview.empty() && !a.output.empty()) {
    throw ConfigError("--preview writes its sheet only, so --output does not go with it");
  }
  check_lists(a);
}

}  // namespace vcisr::tools
