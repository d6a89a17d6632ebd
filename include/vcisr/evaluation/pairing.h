// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "vcisr/media/input_files.h"

namespace vcisr::evaluation {

/// One thing to measure. Paths are empty where there is none.
struct EvaluationItem {
  std::string name;  ///< Short and unique in its list; rows and reports are sorted by it.
  media::FileKind kind = media::FileKind::kPicture;
  std::filesystem::path distorted;
  std::filesystem::path reference;
  std::filesystem::path compressed;
};

struct PairingOptions {
  media::SubFolders sub_folders = media::SubFolders::kLeaveOut;
  /// What the stems of distorted files have behind those of the references' ("_out"); without it
  /// equal stems count, or the one suffix, on either side, that all files have in common.
  std::optional<std::string> suffix;
  /// Compares the files that have partners, instead of an error that names those without.
  bool allow_missing = false;
};

struct Pairing {
  std::vector<EvaluationItem> items;
  std::vector<std::string> protocol;  ///< "files are matched by name; distorted ones end in _out"
};

/// What is given, file against file or folder against folder. `reference` and `compressed` may be
/// empty. Files of folders are matched by their path below the folder without extension.
///
/// Errors  InputError: nothing there; a folder against a file; a picture against a film; files
///         without a partner (names them), two files of one name.
[[nodiscard]] Pairing pair_inputs(const std::filesystem::path& distorted,
                                  const std::filesystem::path& reference,
                                  const std::filesystem::path& compressed,
                                  const PairingOptions& options = {});

}  // namespace vcisr::evaluation
