// SPDX-License-Identifier: Apache-2.0
#include "vcisr/inference/plan.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>

#include "vcisr/core/error.h"
#include "vcisr/inference/frame_stream.h"
#include "vcisr/media/image.h"
#include "vcisr/media/input_files.h"

namespace vcisr::inference {
namespace fs = std::filesystem;
namespace {

/// Absolute, without links as far as the path exists: equal for two names of one file.
fs::path canonical_path(const fs::path& path) {
  std::error_code error;
  auto result = fs::weakly_canonical(fs::absolute(path, error), error);
  return error ? fs::absolute(path) : result;
}

bool is_inside(const fs::path& path, const fs::path& folder) {
  const auto relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

class Planner {
 public:
  explicit Planner(const PlanOptions& options) : options_(options) { check_extension(); }

  Plan plan() {
    if (options_.inputs.empty()) throw ConfigError("no input was given");
    if (options_.suffix.find('/') != std::string::npos) {
      throw ConfigError("suffix '" + options_.suffix + "' contains a slash");
    }
    for (const auto& input : options_.inputs) check_exists(input);
    for (const auto& input : options_.inputs) add(input);
    if (plan_.items.empty()) {
      throw InputError(options_.inputs.front() + ": holds no picture and no film" +
                       (options_.recursive ? "" : " (sub-folders are read with --recursive)"));
    }
    check_collisions();
    check_existing();
    return std::move(plan_);
  }

 private:
  void check_extension() {
    if (options_.extension == "auto") return;
    const std::string file = "x." + options_.extension;
    if (!media::can_write_image(file) && !media::can_write_film(file)) {
      throw ConfigError("extension '" + options_.extension +
                        "' cannot be written (pictures: png, jpg, webp, tif; films: mp4, mkv, mov, "
                        "webm, ts, avi, y4m)");
    }
  }

  static void check_exists(const std::string& input) {
    if (input == "-" || is_sequence_pattern(input)) return;
    std::error_code error;
    if (!fs::exists(input, error)) throw InputError(input + ": no such file or folder");
  }

  [[nodiscard]] bool output_is_folder() const {
    const auto& output = options_.output;
    if (output.empty() || output == "-" || is_sequence_pattern(output)) return false;
    std::error_code error;
    if (fs::exists(output, error) && !fs::is_directory(output, error)) return false;
    return output.ends_with('/') || fs::is_directory(output, error) ||
           media::lower_extension(output).empty();
  }

  void add(const std::string& input) {
    std::error_code error;
    if (input != "-" && fs::is_directory(input, error)) {
      add_folder(input);
    } else if (input != "-" && is_sequence_pattern(input) && !fs::exists(input, error)) {
      add_sequence(input);
    } else {
      add_file(input);
    }
  }

  /// Pictures as one film, when the output is a film or again numbered pictures; else one by one.
  void add_sequence(const std::string& pattern) {
    if (options_.output.empty() || output_is_folder()) {
      throw ConfigError("input '" + pattern +
                        "' is a numbered sequence: give an output film, or a pattern like "
                        "results/%05d.png, with --output");
    }
    need_sequence_folder();
    plan_.items.push_back({InputKind::kSequence, pattern, options_.output});
  }

  void need_sequence_folder() {
    if (is_sequence_pattern(options_.output)) need_folder(fs::path(options_.output).parent_path());
  }

  void add_file(const std::string& input) {
    const bool several = options_.inputs.size() > 1;
    plan_.is_folder_job = plan_.is_folder_job || several;
    const auto kind = kind_of(media::file_kind(input));
    if (several && !options_.output.empty() && !output_is_folder()) {
      throw ConfigError("output '" + options_.output +
                        "' is one file, but there are several inputs: give a folder");
    }
    std::string output = options_.output;
    if (output.empty() || output_is_folder()) {
      if (input == "-") throw ConfigError("input '-' has no name: name the output with --output");
      fs::path folder = output.empty() ? fs::path(input).parent_path() : fs::path(output);
      if (!output.empty()) need_folder(folder);
      output = (folder / output_name(input, kind)).string();
    } else {
      check_output_kind(input, kind, output);
      need_sequence_folder();
    }
    plan_.items.push_back({kind, input, output});
  }

  static void check_output_kind(const std::string& input, InputKind kind,
                                const std::string& output) {
    if (output == "-" || is_sequence_pattern(output)) {
      if (kind == InputKind::kImage) {
        throw ConfigError("input '" + input + "' is a picture, output '" + output +
                          "' is not: name a picture file or a folder");
      }
      return;
    }
    if (kind == InputKind::kImage && !media::can_write_image(output)) {
      throw ConfigError("output '" + output +
                        "' cannot be written as a picture (png, jpg, webp, tif)");
    }
    if (kind == InputKind::kFilm && !media::can_write_film(output)) {
      throw ConfigError("output '" + output +
                        "' cannot be written as a film (mp4, mov, m4v, mkv, webm, ts, m2ts, avi, "
                        "y4m, yuv, or a pattern like frames/%05d.png)");
    }
  }

  void add_folder(const std::string& input) {
    if (!options_.output.empty() && !output_is_folder()) {
      if (media::can_write_film(options_.output) || is_sequence_pattern(options_.output)) {
        need_sequence_folder();
        plan_.items.push_back({InputKind::kSequence, input, options_.output});
        return;
      }
      throw ConfigError("input '" + input + "' is a folder, output '" + options_.output +
                        "' is a file: give a folder, or a film to join the pictures to");
    }
    plan_.is_folder_job = true;
    const fs::path output = options_.output.empty() ? "results" : options_.output;
    if (options_.recursive && is_inside(canonical_path(output), canonical_path(input))) {
      throw ConfigError("output folder '" + output.string() +
                        "' lies inside the recursive input '" + input + "': give one outside");
    }
    const auto list = media::list_folder(
        input, options_.recursive ? media::SubFolders::kRead : media::SubFolders::kLeaveOut);
    plan_.ignored_files += list.ignored_files;
    for (const auto& file : list.files) {
      const auto kind = kind_of(file.kind);
      const auto folder = output / file.path.lexically_relative(input).parent_path();
      need_folder(folder.lexically_normal());
      plan_.items.push_back(
          {kind, file.path.string(),
           (folder / output_name(file.path.string(), kind)).lexically_normal().string()});
    }
  }

  static InputKind kind_of(media::FileKind kind) {
    return kind == media::FileKind::kPicture ? InputKind::kImage : InputKind::kFilm;
  }

  [[nodiscard]] std::string output_name(const std::string& input, InputKind kind) const {
    const fs::path path(input);
    std::string extension = path.extension().string();
    if (!extension.empty()) extension.erase(0, 1);
    const bool is_image = kind == InputKind::kImage;
    if (is_image && !media::can_write_image(input)) extension = "png";
    if (!is_image && !media::can_write_film(input)) extension = "mkv";
    const std::string wanted = "x." + options_.extension;
    if (options_.extension != "auto" &&
        (is_image ? media::can_write_image(wanted) : media::can_write_film(wanted))) {
      extension = options_.extension;
    }
    const std::string suffix = options_.suffix.empty() ? "" : "_" + options_.suffix;
    return path.stem().string() + suffix + "." + extension;
  }

  void need_folder(const fs::path& folder) {
    const std::string name = folder.string();
    if (!name.empty() &&
        std::find(plan_.folders.begin(), plan_.folders.end(), name) == plan_.folders.end()) {
      plan_.folders.push_back(name);
    }
  }

  void check_collisions() const {
    std::set<fs::path> inputs;
    for (const auto& item : plan_.items) {
      if (item.input != "-") inputs.insert(canonical_path(item.input));
    }
    std::map<fs::path, std::string> outputs;
    for (const auto& item : plan_.items) {
      if (item.output == "-") continue;
      const auto output = canonical_path(item.output);
      if (inputs.contains(output)) {
        throw ConfigError("output '" + item.output +
                          "' is an input too: give another output, or a --suffix");
      }
      const auto [found, is_new] = outputs.emplace(output, item.input);
      if (!is_new && canonical_path(found->second) == canonical_path(item.input)) {
        throw ConfigError("input '" + item.input + "' was given twice");
      }
      if (!is_new) {
        throw ConfigError("inputs '" + found->second + "' and '" + item.input +
                          "' would both be written to '" + item.output + "'");
      }
    }
  }

  void check_existing() {
    if (options_.overwrite) return;
    std::vector<WorkItem> wanted;
    std::error_code error;
    for (auto& item : plan_.items) {
      const bool exists = item.output != "-" && !is_sequence_pattern(item.output) &&
                          fs::exists(fs::symlink_status(item.output, error));
      if (exists && !options_.skip_existing) {
        throw OutputError(item.output +
                          ": exists already (replace it with --overwrite, leave it with "
                          "--skip-existing)");
      }
      (exists ? plan_.skipped : wanted).push_back(item);
    }
    plan_.items = std::move(wanted);
  }

  const PlanOptions& options_;
  Plan plan_;
};

}  // namespace

std::string_view name(InputKind kind) noexcept {
  switch (kind) {
    case InputKind::kImage:
      return "image";
    case InputKind::kFilm:
      return "film";
    case InputKind::kSequence:
      return "sequence";
  }
  return "";
}

Plan plan_work(const PlanOptions& options) { return Planner(options).plan(); }

}  // namespace vcisr::inference
