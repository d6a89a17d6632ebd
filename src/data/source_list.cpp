// SPDX-License-Identifier: Apache-2.0
#include "data/source_list.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "vcisr/core/error.h"

namespace vcisr::data {
namespace fs = std::filesystem;
namespace {

void read_list(const std::string& list, const std::string& root,
               std::vector<media::InputFile>& files) {
  std::ifstream stream(list);
  if (!stream) throw InputError(list + ": no such list, or it cannot be read");
  const std::size_t before = files.size();
  std::string line;
  for (std::int64_t number = 1; std::getline(stream, line); ++number) {
    std::istringstream words(line);
    std::string name;
    if (!(words >> name)) continue;
    const fs::path path = fs::path(root) / name;
    std::error_code ignored;
    if (!fs::is_regular_file(path, ignored)) {
      throw InputError(list + ":" + std::to_string(number) + ": no such file: " + path.string());
    }
    files.push_back({path, media::file_kind(path)});
  }
  if (files.size() == before) throw InputError(list + ": the list names no file");
}

}  // namespace

std::vector<media::InputFile> list_sources(const std::vector<std::string>& sources,
                                           const std::string& list_root,
                                           media::SubFolders sub_folders) {
  if (sources.empty()) throw InputError("no picture, film, folder or list was given");
  std::vector<media::InputFile> files;
  for (const std::string& source : sources) {
    std::error_code ignored;
    if (media::lower_extension(source) == "txt" && !fs::is_directory(source, ignored)) {
      read_list(source, list_root, files);
    } else {
      const media::InputList list = media::list_inputs({source}, sub_folders);
      files.insert(files.end(), list.files.begin(), list.files.end());
    }
  }
  return files;
}

}  // namespace vcisr::data
