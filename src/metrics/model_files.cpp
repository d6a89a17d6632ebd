// SPDX-License-Identifier: Apache-2.0
#include "metrics/model_files.h"

#include <cstdlib>
#include <sstream>
#include <system_error>

#include <dlfcn.h>

#include "vcisr/core/error.h"
#include "vcisr/core/text.h"

namespace vcisr::metrics {
namespace fs = std::filesystem;

std::vector<fs::path> default_model_folders() {
  std::vector<fs::path> folders;
  if (const char* const named = std::getenv("VCISR_METRIC_MODELS")) {
    std::istringstream list(named);
    for (std::string folder; std::getline(list, folder, ':');) {
      if (!folder.empty()) folders.emplace_back(folder);
    }
  }
  Dl_info library{};
  if (::dladdr(reinterpret_cast<const void*>(&default_model_folders), &library) != 0) {
    std::error_code error;
    const fs::path own = fs::canonical(library.dli_fname, error);
    if (!error) {
      folders.push_back(own.parent_path().parent_path() / "share" / "vcisr" / "metric-models");
    }
  }
  folders.emplace_back("/usr/share/opencv4/quality");
  return folders;
}

fs::path find_model(const Config& config, const std::vector<fs::path>& folders,
                    const ModelFile& file) {
  std::string given;
  std::error_code error;
  if (config.read(file.key, given)) {
    if (fs::is_regular_file(given, error)) return given;
    throw CheckpointError(given + ": no such file (" + file.metric + " needs " + file.name + ")");
  }
  std::vector<std::string> looked_in;
  auto all = folders;
  const auto defaults = default_model_folders();
  all.insert(all.end(), defaults.begin(), defaults.end());
  for (const auto& folder : all) {
    if (fs::is_regular_file(folder / file.name, error)) return folder / file.name;
    looked_in.push_back(folder.string());
  }
  throw CheckpointError(file.metric + " needs the file " + file.name +
                        ", which is in none of the folders " + join(looked_in) + ": " +
                        file.origin);
}

}  // namespace vcisr::metrics
