// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "vcisr/media/input_files.h"

namespace vcisr::data {

/// Pictures and films in the order given: media::list_inputs, and what text files (.txt) list: the
/// first word of each line is a path, relative to `list_root` (BasicSR's "meta_info" files).
///
/// Errors  InputError: as media::list_inputs; a list that cannot be read, has no line, or names a
///         file that is not there (names list and line).
[[nodiscard]] std::vector<media::InputFile> list_sources(const std::vector<std::string>& sources,
                                                         const std::string& list_root,
                                                         media::SubFolders sub_folders);

}  // namespace vcisr::data
