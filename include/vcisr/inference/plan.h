// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vcisr::inference {

enum class InputKind {
  kImage,     ///< A still picture.
  kFilm,      ///< A film file, raw planes, or a pipe ("-").
  kSequence,  ///< Numbered pictures or a folder of pictures, taken as one film.
};

[[nodiscard]] std::string_view name(InputKind kind) noexcept;

/// One thing to restore and where it goes.
struct WorkItem {
  InputKind kind = InputKind::kImage;
  std::string input;
  std::string output;
};

struct PlanOptions {
  std::vector<std::string> inputs;  ///< Files, folders, patterns ("f/%05d.png") or "-".
  std::string output;               ///< File, folder, pattern, "-", or "" for the default place.
  std::string suffix = "out";       ///< <stem>_<suffix>.<ext>; "" = <stem>.<ext>.
  std::string extension =
      "auto";  ///< Of outputs whose name is ours to choose; "auto" = as the input.
  bool recursive = false;
  bool overwrite = false;
  bool skip_existing = false;
};

struct Plan {
  std::vector<WorkItem> items;
  std::vector<WorkItem> skipped;     ///< Their output exists and --skip-existing was given.
  std::vector<std::string> folders;  ///< To be made before work begins.
  std::int64_t ignored_files = 0;    ///< Of folders: neither picture nor film by their name.
  bool is_folder_job = false;        ///< Several things: one failing does not stop the rest.
};

/// What to do, decided and checked before anything is read or written.
///
/// Names   one file: `output` as given, or beside the input as <stem>_<suffix>.<ext>. Folders: into
///         `output` ("results" by default), sub-folders kept. A picture keeps its kind (BMP becomes
///         PNG), a film its container (what we cannot write becomes mkv).
/// Errors  InputError: an input that is not there, a folder without pictures and films.
///         ConfigError: output = input; two inputs for one output; an output folder inside a
///         recursive input; several inputs for one output file; an extension that cannot be
///         written. OutputError: an output exists and neither overwrite nor skip_existing was asked
///         for.
[[nodiscard]] Plan plan_work(const PlanOptions& options);

}  // namespace vcisr::inference
