// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace vcisr::media {

/// What a file is taken for by its name.
enum class FileKind { kPicture, kFilm };

struct InputFile {
  std::filesystem::path path;
  FileKind kind = FileKind::kPicture;
  bool operator==(const InputFile&) const = default;
};

struct InputList {
  std::vector<InputFile> files;
  std::int64_t ignored_files = 0;  ///< Of folders: neither picture nor film by their name.
};

enum class SubFolders { kLeaveOut, kRead };

/// Pictures and films of a folder, sorted by path (bytes of the names, folder by folder), so that
/// the order is the same on every machine. Hidden files (".name") are ignored.
///
/// Errors  InputError: no such folder, or it cannot be listed.
[[nodiscard]] InputList list_folder(const std::filesystem::path& folder, SubFolders sub_folders);

/// Files and folders in the order given; a folder stands for what list_folder finds in it. A file
/// that is named is taken as file_kind says, whatever its extension.
///
/// Errors  InputError: no such file or folder (names it); nothing to read at all.
[[nodiscard]] InputList list_inputs(const std::vector<std::string>& inputs, SubFolders sub_folders);

/// Of a single file: what is not named like a picture is a film.
[[nodiscard]] FileKind file_kind(const std::filesystem::path& path);

/// By extension, any case: what is taken for a film in folders.
[[nodiscard]] bool has_film_extension(const std::filesystem::path& path);
/// By extension, any case: containers that can be written.
[[nodiscard]] bool can_write_film(const std::filesystem::path& path);

/// "MKV" of "a/film.MKV" in small letters: "mkv"; "" without one.
[[nodiscard]] std::string lower_extension(const std::filesystem::path& path);

}  // namespace vcisr::media
