// SPDX-License-Identifier: Apache-2.0
#include "vcisr-degrade/output.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "vcisr/core/error.h"
#include "vcisr/core/log.h"
#include "vcisr/data/film_sink.h"
#include "vcisr/inference/frame_stream.h"
#include "vcisr/media/image.h"

namespace vcisr::tools {
namespace {

namespace fs = std::filesystem;
using data::PairPart;
using media::FileKind;

const char* name_of(PairPart part) {
  return part == PairPart::kLq ? "lq" : part == PairPart::kHq ? "hq" : "hq_usm";
}

bool is_lossless(const std::string& extension) {
  return extension == "png" || extension == "tif" || extension == "tiff" || extension == "webp";
}

[[noreturn]] void fail_lossy(const std::string& what) {
  throw ConfigError(what +
                    " would add a degradation of its own: png, tif and webp are written "
                    "without loss");
}

/// "a/b.png" as "a/b_hq.png".
fs::path with_suffix(const fs::path& path, PairPart part) {
  if (part == PairPart::kLq) return path;
  return path.parent_path() /
         (path.stem().string() + "_" + name_of(part) + path.extension().string());
}

std::string padded(std::int64_t number, int digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%0*lld", digits, static_cast<long long>(number));
  return text.data();
}

/// frames/%06d.png with its number.
fs::path numbered(const fs::path& pattern, std::int64_t number) {
  const std::string text = pattern.string();
  const auto percent = text.find('%');
  const auto end = text.find('d', percent);
  const std::string digits = text.substr(percent + 1, end - percent - 1);
  return text.substr(0, percent) + padded(number, digits.empty() ? 1 : std::stoi(digits)) +
         text.substr(end + 1);
}

/// A file that is there already of those that a pattern names; the first frame's where none is.
fs::path existing_frame(const fs::path& pattern) {
  const std::string name = pattern.filename().string();
  const auto percent = name.find('%');
  const std::string begin = name.substr(0, percent);
  const std::string end = name.substr(name.find('d', percent) + 1);
  const fs::path folder = pattern.parent_path();
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, error)) {
    const std::string other = entry.path().filename().string();
    if (other.size() <= begin.size() + end.size() || !other.starts_with(begin) ||
        !other.ends_with(end)) {
      continue;
    }
    const std::string number = other.substr(begin.size(), other.size() - begin.size() - end.size());
    if (number.find_first_not_of("0123456789") == std::string::npos) return entry.path();
  }
  return numbered(pattern, 1);
}

fs::path canonical_path(const fs::path& path) {
  std::error_code error;
  auto result = fs::weakly_canonical(fs::absolute(path, error), error);
  if (error) result = fs::absolute(path);
  return result.has_filename() ? result : result.parent_path();
}

bool is_inside(const fs::path& path, const fs::path& folder) {
  const auto relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

bool has_entries(const fs::path& folder, const std::string& prefix = "") {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().filename().string().starts_with(prefix)) return true;
  }
  return false;
}

}  // namespace

DegradeOutput::DegradeOutput(const DegradeArguments& arguments, std::vector<data::SourceFile> files,
                             Naming naming)
    : arguments_(arguments), files_(std::move(files)), naming_(naming), path_(arguments.output) {
  if (arguments_.output.empty()) {
    throw ConfigError("no output was given: vcisr-degrade INPUT -o OUTPUT, see --help");
  }
  parts_.push_back(PairPart::kLq);
  const bool is_pairs = naming_ == Naming::kNumber;
  if (arguments_.save_hq || is_pairs) parts_.push_back(PairPart::kHq);
  if (arguments_.save_usm) parts_.push_back(PairPart::kHqSharpened);
  choose_extension();
  choose_form();
}

void DegradeOutput::choose_extension() {
  std::string extension = arguments_.extension;
  if (extension.starts_with('.')) extension.erase(0, 1);
  if (extension.empty()) return;
  extension = media::lower_extension("x." + extension);
  if (is_lossless(extension)) {
    picture_extension_ = extension;
  } else if (media::can_write_image("x." + extension)) {
    fail_lossy("--ext " + extension);
  } else if (media::can_write_film("x." + extension)) {
    static_cast<void>(data::lossless_film("film." + extension, AtomicFile::Existing::kRefuse));
    if (naming_ == Naming::kNumber) {
      throw ConfigError("--ext " + extension +
                        " does not go with numbered pairs (--patches, --names number), which are "
                        "pictures");
    }
    film_extension_ = extension;
  } else {
    throw ConfigError("--ext '" + extension +
                      "' is none of png, tif, webp, mkv, mp4, mov, avi, "
                      "ts, webm");
  }
}

void DegradeOutput::choose_form() {
  const std::string& text = arguments_.output;
  const std::string extension = media::lower_extension(path_);
  const bool is_single = files_.size() == 1 && naming_ == Naming::kSource && !has_shards();
  const bool is_film = is_single && files_.front().kind == FileKind::kFilm;
  std::error_code error;
  if (inference::is_sequence_pattern(text)) {
    if (!is_film) {
      throw ConfigError("output '" + text + "' is a pattern for the frames of one film");
    }
    if (!is_lossless(extension)) fail_lossy("output '" + text + "'");
    form_ = Form::kPattern;
  } else if (text.ends_with('/') || fs::is_directory(path_, error) || extension.empty()) {
    form_ = Form::kFolder;
  } else if (media::can_write_image(path_)) {
    if (!is_single || is_film) {
      throw ConfigError("output '" + text + "' is one picture, the input is not: give a folder");
    }
    if (!is_lossless(extension)) fail_lossy("output '" + text + "'");
    form_ = Form::kPicture;
  } else if (media::can_write_film(path_)) {
    if (!is_film) {
      throw ConfigError("output '" + text + "' is one film, the input is not: give a folder");
    }
    static_cast<void>(data::lossless_film(path_, AtomicFile::Existing::kRefuse));
    form_ = Form::kFilm;
  } else {
    throw ConfigError("output '" + text + "' is named like no folder, picture or film");
  }
}

bool DegradeOutput::has_films() const {
  return form_ == Form::kFilm ||
         (form_ == Form::kFolder && naming_ == Naming::kSource && !film_extension_.empty());
}

fs::path DegradeOutput::by_source(PairPart part, const std::string& source, FileKind kind) const {
  // An absolute source of a recipe keeps its name only.
  const fs::path relative = fs::path(source).is_absolute() ? fs::path(source).filename()
                                                           : fs::path(source).lexically_normal();
  if (!relative.empty() && *relative.begin() == "..") {
    throw ConfigError("source '" + source +
                      "' lies outside of its folder, so its output has no "
                      "place: use --names number");
  }
  fs::path path = path_ / name_of(part) / relative;
  if (kind == FileKind::kPicture) return path.replace_extension(picture_extension_);
  return path.replace_extension(film_extension_);
}

fs::path DegradeOutput::picture(PairPart part, const data::Pair& pair) const {
  const degradation::RecipeUnit& unit = pair.recipe;
  if (naming_ == Naming::kNumber) {
    return path_ / name_of(part) / (padded(unit.unit + 1, 5) + "." + picture_extension_);
  }
  const bool is_frame = pair.tag.film != nullptr;
  switch (form_) {
    case Form::kFilm:
      return {};
    case Form::kPicture:
      return with_suffix(path_, part);
    case Form::kPattern:
      return numbered(with_suffix(path_, part), unit.frame + 1);
    case Form::kFolder:
      break;
  }
  if (!is_frame) return by_source(part, unit.source, FileKind::kPicture);
  if (has_films()) return {};
  return by_source(part, unit.source, FileKind::kFilm) /
         (padded(unit.frame + 1, 6) + "." + picture_extension_);
}

fs::path DegradeOutput::film(PairPart part, const std::string& source) const {
  return form_ == Form::kFilm ? with_suffix(path_, part) : by_source(part, source, FileKind::kFilm);
}

fs::path DegradeOutput::folder() const {
  const fs::path folder = form_ == Form::kFolder ? path_ : path_.parent_path();
  return folder.empty() ? "." : folder;
}

fs::path DegradeOutput::recipe() const {
  if (!arguments_.recipe.empty()) return arguments_.recipe;
  if (form_ == Form::kPicture || form_ == Form::kFilm) {
    return fs::path(path_).replace_extension("recipe.jsonl");
  }
  return folder() / "recipe.jsonl";
}

std::vector<fs::path> DegradeOutput::expected() const {
  std::vector<fs::path> paths;
  if (naming_ == Naming::kNumber || has_shards()) return paths;
  for (const auto& file : files_) {
    for (const PairPart part : parts_) {
      if (form_ == Form::kPattern) {
        paths.push_back(existing_frame(with_suffix(path_, part)));
      } else if (form_ != Form::kFolder) {
        paths.push_back(with_suffix(path_, part));
      } else {
        paths.push_back(by_source(part, file.name, file.kind));
      }
    }
  }
  return paths;
}

void DegradeOutput::check() const {
  check_collisions();
  check_existing();
}

void DegradeOutput::check_collisions() const {
  std::set<fs::path> inputs;
  for (const auto& file : files_) {
    if (!inputs.insert(canonical_path(file.path)).second) {
      throw ConfigError("input '" + file.path.string() + "' was given twice");
    }
  }
  std::set<fs::path> outputs;
  for (const auto& path : expected()) {
    const fs::path output = canonical_path(path);
    if (inputs.contains(output)) {
      throw ConfigError("output '" + path.string() + "' is an input too: give another output");
    }
    if (!outputs.insert(output).second) {
      throw ConfigError("two inputs would both be written to '" + path.string() + "'");
    }
  }
  if (!arguments_.recursive || form_ != Form::kFolder) return;
  for (const auto& input : arguments_.inputs) {
    std::error_code error;
    if (fs::is_directory(input, error) && is_inside(canonical_path(path_), canonical_path(input))) {
      throw ConfigError("output folder '" + path_.string() + "' lies inside the recursive input '" +
                        input + "': give one outside");
    }
  }
}

void DegradeOutput::check_existing() const {
  std::vector<fs::path> existing;
  std::error_code error;
  for (const auto& path : expected()) {
    const bool is_folder = fs::is_directory(path, error);
    if (is_folder ? has_entries(path) : fs::exists(fs::symlink_status(path, error))) {
      existing.push_back(path);
    }
  }
  if (naming_ == Naming::kNumber && (!has_shards() || arguments_.pictures)) {
    for (const PairPart part : parts_) {
      const fs::path folder = path_ / name_of(part);
      if (has_entries(folder)) existing.push_back(folder);
    }
  }
  if (has_shards() && has_entries(path_, "pairs_")) existing.push_back(path_ / "pairs_*");
  if (fs::exists(fs::symlink_status(recipe(), error))) existing.push_back(recipe());
  if (existing.empty()) return;
  if (!arguments_.overwrite) {
    throw OutputError(existing.front().string() + ": exists already (replace it with --overwrite)");
  }
  for (const auto& path : existing) {
    if (naming_ == Naming::kNumber && path != recipe()) {
      log::warn(path.string() + ": files of an earlier run that this one does not replace stay");
    }
  }
}

void DegradeOutput::print() const {
  for (const auto& file : files_) {
    const bool is_own = naming_ == Naming::kSource && form_ == Form::kFolder;
    const fs::path target = is_own ? by_source(PairPart::kLq, file.name, file.kind) : path_;
    std::printf("%s -> %s\n", file.path.c_str(), target.c_str());
  }
  std::printf("recipe -> %s\n", recipe().c_str());
}

}  // namespace vcisr::tools
