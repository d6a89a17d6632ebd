// SPDX-License-Identifier: Apache-2.0
#include "vcisr/evaluation/pairing.h"

#include <algorithm>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "vcisr/core/error.h"

namespace vcisr::evaluation {
namespace {

namespace fs = std::filesystem;

/// Files by their path below the folder, without extension.
using FilesByStem = std::map<std::string, media::InputFile>;

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

std::string stem_below(const fs::path& folder, const fs::path& file) {
  return fs::path(file).lexically_relative(folder).replace_extension().generic_string();
}

FilesByStem files_of(const fs::path& folder, const PairingOptions& options) {
  FilesByStem files;
  for (const auto& file : media::list_folder(folder, options.sub_folders).files) {
    const auto [found, is_new] = files.emplace(stem_below(folder, file.path), file);
    if (!is_new) {
      throw InputError(file.path.string() + ": has the same name as " +
                       found->second.path.filename().string() +
                       " but for the extension, so that it is not clear which of them is meant: "
                       "move one away");
    }
  }
  if (files.empty()) {
    throw InputError(folder.string() + ": holds no picture and no film");
  }
  return files;
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
  return text;
}

std::vector<std::string> stems_without(const FilesByStem& files, const FilesByStem& partners,
                                       const std::string& own_suffix,
                                       const std::string& their_suffix) {
  std::vector<std::string> missing;
  for (const auto& [stem, file] : files) {
    const bool is_longer = stem.ends_with(own_suffix) && stem.size() > own_suffix.size();
    const auto base = stem.substr(0, stem.size() - (is_longer ? own_suffix.size() : 0));
    if (!is_longer || !partners.contains(base + their_suffix)) missing.push_back(stem);
  }
  return missing;
}

/// What `longer`'s stems have behind `shorter`'s, where it is the same for all of them.
std::optional<std::string> common_suffix(const FilesByStem& longer, const FilesByStem& shorter) {
  const auto& first = longer.begin()->first;
  std::optional<std::string> best;
  for (const auto& [stem, file] : shorter) {
    if (!first.starts_with(stem) || first.size() == stem.size()) continue;
    const auto suffix = first.substr(stem.size());
    if (stems_without(longer, shorter, suffix, "").empty()) best = suffix;
  }
  return best;
}

struct Suffixes {
  std::string distorted;
  std::string reference;
};

Suffixes choose_suffixes(const FilesByStem& distorted, const FilesByStem& reference,
                         const PairingOptions& options) {
  if (options.suffix) return {*options.suffix, ""};
  const bool some_are_equal = stems_without(distorted, reference, "", "").size() < distorted.size();
  if (some_are_equal) return {};
  if (const auto suffix = common_suffix(distorted, reference)) return {*suffix, ""};
  if (const auto suffix = common_suffix(reference, distorted)) return {"", *suffix};
  return {};
}

/// A folder and what is in it.
struct Folder {
  fs::path path;
  FilesByStem files;
};

void check_partners(const Folder& from, const Folder& to, const std::string& from_suffix,
                    const std::string& to_suffix) {
  const auto missing = stems_without(from.files, to.files, from_suffix, to_suffix);
  if (missing.empty()) return;
  throw InputError(from.path.string() + ": " + std::to_string(missing.size()) + " of " +
                   std::to_string(from.files.size()) + " files have no partner in " +
                   to.path.string() + ": " + some_of(missing) +
                   " (--suffix says what distorted names have behind the references', --accept "
                   "missing leaves such files out)");
}

void check_kinds(const EvaluationItem& item, const fs::path& path, media::FileKind kind) {
  if (item.kind == kind) return;
  const auto word = [](media::FileKind k) {
    return k == media::FileKind::kFilm ? std::string("a film") : std::string("a picture");
  };
  throw InputError(item.distorted.string() + " is " + word(item.kind) + " and " + path.string() +
                   " " + word(kind) + ": compare pictures with pictures and films with films");
}

/// Adds the files of `partners` as the member that is said.
void add_partners(std::vector<EvaluationItem>& items, const Folder& distorted,
                  const Folder& partners, const PairingOptions& options,
                  fs::path EvaluationItem::*member, std::vector<std::string>& protocol) {
  const auto suffixes = choose_suffixes(distorted.files, partners.files, options);
  if (!options.allow_missing) {
    check_partners(distorted, partners, suffixes.distorted, suffixes.reference);
    check_partners(partners, distorted, suffixes.reference, suffixes.distorted);
  }
  std::vector<EvaluationItem> found;
  for (auto& item : items) {
    const auto stem = stem_below(distorted.path, item.distorted);
    if (!stem.ends_with(suffixes.distorted)) continue;
    const auto base = stem.substr(0, stem.size() - suffixes.distorted.size());
    const auto partner = partners.files.find(base + suffixes.reference);
    if (partner == partners.files.end()) continue;
    check_kinds(item, partner->second.path, partner->second.kind);
    item.name = base;
    item.*member = partner->second.path;
    found.push_back(item);
  }
  if (found.empty()) {
    throw InputError(distorted.path.string() + ": no file has a partner in " +
                     partners.path.string());
  }
  std::string rule = "files are matched by name";
  if (!suffixes.distorted.empty()) rule += "; distorted names end in '" + suffixes.distorted + "'";
  if (!suffixes.reference.empty()) {
    rule +=
        "; names in " + partners.path.filename().string() + " end in '" + suffixes.reference + "'";
  }
  if (found.size() < items.size()) {
    rule += "; " + std::to_string(items.size() - found.size()) + " without a partner are left out";
  }
  if (std::find(protocol.begin(), protocol.end(), rule) == protocol.end()) protocol.push_back(rule);
  items = std::move(found);
}

/// "a/b/" is "a/b".
fs::path without_slash(const fs::path& path) {
  return path.has_filename() || path.empty() ? path : path.parent_path();
}

Folder read_folder(const fs::path& given, const PairingOptions& options) {
  const auto path = without_slash(given);
  return {path, files_of(path, options)};
}

Pairing pair_folders(const fs::path& distorted, const fs::path& reference,
                     const fs::path& compressed, const PairingOptions& options) {
  const Folder ours = read_folder(distorted, options);
  Pairing pairing;
  for (const auto& [stem, file] : ours.files) {
    pairing.items.push_back({stem, file.kind, file.path, {}, {}});
  }
  const auto add = [&](const fs::path& path, fs::path EvaluationItem::*member) {
    if (path.empty()) return;
    add_partners(pairing.items, ours, read_folder(path, options), options, member,
                 pairing.protocol);
  };
  add(reference, &EvaluationItem::reference);
  add(compressed, &EvaluationItem::compressed);
  return pairing;
}

void check_file(const fs::path& path) {
  std::error_code error;
  if (path.empty() || path == "-" || fs::exists(path, error)) return;
  throw InputError(path.string() + ": no such file or folder");
}

}  // namespace

Pairing pair_inputs(const fs::path& distorted, const fs::path& reference,
                    const fs::path& compressed, const PairingOptions& options) {
  for (const auto& path : {distorted, reference, compressed}) check_file(path);
  for (const auto& path : {reference, compressed}) {
    if (path.empty() || is_folder(path) == is_folder(distorted)) continue;
    const auto& folder = is_folder(path) ? path : distorted;
    const auto& file = is_folder(path) ? distorted : path;
    throw InputError(folder.string() + " is a folder and " + file.string() +
                     " a file: compare folders with folders and files with files");
  }
  if (is_folder(distorted)) return pair_folders(distorted, reference, compressed, options);
  EvaluationItem item{distorted.filename().string(), media::file_kind(distorted), distorted,
                      reference, compressed};
  for (const auto& path : {reference, compressed}) {
    if (!path.empty()) check_kinds(item, path, media::file_kind(path));
  }
  return {{std::move(item)}, {}};
}

}  // namespace vcisr::evaluation
