// SPDX-License-Identifier: Apache-2.0
#include "vcisr/media/input_files.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <system_error>

#include "vcisr/core/error.h"
#include "vcisr/media/image.h"

namespace vcisr::media {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 30> kFilmExtensions = {
    "mp4",  "m4v", "mov",  "mkv", "webm", "avi", "ts",  "m2ts", "mts",   "mpg",
    "mpeg", "vob", "flv",  "wmv", "3gp",  "ogv", "y4m", "yuv",  "mxf",   "m2v",
    "h264", "264", "h265", "265", "hevc", "ivf", "rm",  "asf",  "mjpeg", "dv"};
constexpr std::array<std::string_view, 11> kWritableFilmExtensions = {
    "mp4", "m4v", "mov", "mkv", "webm", "avi", "ts", "m2ts", "mts", "y4m", "yuv"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

template <class Iterator>
InputList list_entries(const fs::path& folder) {
  InputList list;
  std::error_code error;
  for (Iterator entry(folder, error); !error && entry != Iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (!entry->is_regular_file(ignored)) continue;
    const fs::path& path = entry->path();
    const bool is_hidden = path.filename().string().starts_with('.');
    if (!is_hidden && (has_image_extension(path) || has_film_extension(path))) {
      list.files.push_back({path, file_kind(path)});
    } else {
      ++list.ignored_files;
    }
  }
  if (error) throw InputError(folder.string() + ": cannot be listed: " + error.message());
  std::sort(list.files.begin(), list.files.end(),
            [](const InputFile& a, const InputFile& b) { return a.path < b.path; });
  return list;
}

}  // namespace

std::string lower_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension.empty() ? extension : extension.substr(1);
}

bool has_film_extension(const fs::path& path) {
  return contains(kFilmExtensions, lower_extension(path));
}

bool can_write_film(const fs::path& path) {
  return contains(kWritableFilmExtensions, lower_extension(path));
}

FileKind file_kind(const fs::path& path) {
  return has_image_extension(path) ? FileKind::kPicture : FileKind::kFilm;
}

InputList list_folder(const fs::path& folder, SubFolders sub_folders) {
  return sub_folders == SubFolders::kRead ? list_entries<fs::recursive_directory_iterator>(folder)
                                          : list_entries<fs::directory_iterator>(folder);
}

InputList list_inputs(const std::vector<std::string>& inputs, SubFolders sub_folders) {
  InputList all;
  for (const std::string& input : inputs) {
    std::error_code error;
    if (fs::is_directory(input, error)) {
      InputList list = list_folder(input, sub_folders);
      all.files.insert(all.files.end(), list.files.begin(), list.files.end());
      all.ignored_files += list.ignored_files;
    } else if (fs::exists(input, error)) {
      all.files.push_back({input, file_kind(input)});
    } else {
      throw InputError(input + ": no such file or folder");
    }
  }
  if (all.files.empty()) {
    const bool may_be_deeper = sub_folders == SubFolders::kLeaveOut;
    throw InputError(inputs.empty()
                         ? std::string("no input was given")
                         : inputs.front() + ": holds no picture and no film" +
                               (may_be_deeper ? " (sub-folders were not looked into)" : ""));
  }
  return all;
}

}  // namespace vcisr::media
