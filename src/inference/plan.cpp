// SPDX-License-Identifier: Apache-2.0
#include "vcisr/inference/plan.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>

#include "vcisr/core/error.h"
#include "vcisr/inference/frame_stream.h"
#include "vcisr/media/image.h"

namespace vcisr::inference {
namespace fs = std::filesystem;
namespace {

constexpr std::array kFilmExtensions = {
    "mp4",  "m4v", "mov",  "mkv", "webm", "avi", "ts",  "m2ts", "mts",   "mpg",
    "mpeg", "vob", "flv",  "wmv", "3gp",  "ogv", "y4m", "yuv",  "mxf",   "m2v",
    "h264", "264", "h265", "265", "hevc", "ivf", "rm",  "asf",  "mjpeg", "dv"};
constexpr std::array kWritableFilmExtensions = {"mp4", "m4v",  "mov", "mkv", "webm", "avi",
                                                "ts",  "m2ts", "mts", "y4m", "yuv"};

std::string extension_of(std::string_view path) {
  std::string extension = fs::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension.empty() ? extension : extension.substr(1);
}

template <std::size_t N>
bool contains(const std::array<const char*, N>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

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
    if (!media::can_write_image(file) && !can_write_film(file)) {
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
    return output.ends_with('/') || fs::is_directory(output, error) || extension_of(output).empty();
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
    const auto kind = kind_of(input);
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
    if (kind == InputKind::kFilm && !can_write_film(output)) {
      throw ConfigError("output '" + output +
                        "' cannot be written as a film (mp4, mov, m4v, mkv, webm, ts, m2ts, avi, "
                        "y4m, yuv, or a pattern like frames/%05d.png)");
    }
  }

  void add_folder(const std::string& input) {
    if (!options_.output.empty() && !output_is_folder()) {
      if (can_write_film(options_.output) || is_sequence_pattern(options_.output)) {
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
    for (const auto& file : files_in(input)) {
      const auto kind = kind_of(file.string());
      const auto folder = output / file.lexically_relative(input).parent_path();
      need_folder(folder.lexically_normal());
      plan_.items.push_back(
          {kind, file.string(),
           (folder / output_name(file.string(), kind)).lexically_normal().string()});
    }
  }

  std::vector<fs::path> files_in(const std::string& folder) {
    std::vector<fs::path> files;
    std::error_code error;
    const auto take = [&](const fs::directory_entry& entry) {
      std::error_code ignored;
      if (!entry.is_regular_file(ignored)) return;
      const std::string file_name = entry.path().filename().string();
      if (!file_name.starts_with('.') &&
          (media::has_image_extension(entry.path()) || has_film_extension(entry.path().string()))) {
        files.push_back(entry.path());
      } else {
        ++plan_.ignored_files;
      }
    };
    if (options_.recursive) {
      for (const auto& entry : fs::recursive_directory_iterator(folder, error)) take(entry);
    } else {
      for (const auto& entry : fs::directory_iterator(folder, error)) take(entry);
    }
    if (error) throw InputError(folder + ": cannot be listed: " + error.message());
    std::sort(files.begin(), files.end());
    return files;
  }

  static InputKind kind_of(const std::string& input) {
    return input != "-" && media::has_image_extension(input) ? InputKind::kImage : InputKind::kFilm;
  }

  [[nodiscard]] std::string output_name(const std::string& input, InputKind kind) const {
    const fs::path path(input);
    std::string extension = path.extension().string();
    if (!extension.empty()) extension.erase(0, 1);
    const bool is_image = kind == InputKind::kImage;
    if (is_image && !media::can_write_image(input)) extension = "png";
    if (!is_image && !can_write_film(input)) extension = "mkv";
    const std::string wanted = "x." + options_.extension;
    if (options_.extension != "auto" &&
        (is_image ? media::can_write_image(wanted) : can_write_film(wanted))) {
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

bool has_film_extension(std::string_view path) {
  return contains(kFilmExtensions, extension_of(path));
}

bool can_write_film(std::string_view path) {
  return contains(kWritableFilmExtensions, extension_of(path));
}

}  // namespace vcisr::inference
