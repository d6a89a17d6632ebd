// SPDX-License-Identifier: Apache-2.0
#include "data/picture_store.h"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <system_error>
#include <utility>

#include "data/lmdb_reader.h"
#include "vcisr/core/error.h"
#include "vcisr/imaging/rgb_picture.h"
#include "vcisr/media/image.h"

namespace vcisr::data {
namespace fs = std::filesystem;
namespace {

std::string without_extension(const fs::path& path) {
  return (path.parent_path() / path.stem()).generic_string();
}

class FolderStore final : public PictureStore {
 public:
  FolderStore(const std::string& root, const std::string& list, media::SubFolders sub_folders) {
    std::error_code error;
    if (!fs::is_directory(root, error)) throw InputError(root + ": no such folder");
    if (list.empty()) {
      for (const media::InputFile& file : media::list_folder(root, sub_folders).files) {
        if (file.kind != media::FileKind::kPicture) continue;
        add(root, file.path.lexically_relative(root), std::nullopt);
      }
      if (pictures_.empty()) throw InputError(root + ": holds no picture");
      return;
    }
    for (const ListedPicture& listed : read_picture_list(list)) {
      if (!fs::is_regular_file(fs::path(root) / listed.name, error)) {
        throw InputError((fs::path(root) / listed.name).string() + ": no such file, but " + list +
                         " lists it");
      }
      add(root, listed.name, listed.size);
    }
  }

  [[nodiscard]] torch::Tensor read(std::size_t index) const override {
    return imaging::read_rgb8(pictures_[index].name);
  }

 private:
  void add(const fs::path& root, const fs::path& relative,
           const std::optional<degradation::PictureSize>& size) {
    pictures_.push_back({without_extension(relative), (root / relative).string(), size});
  }
};

class LmdbStore final : public PictureStore {
 public:
  LmdbStore(const std::string& root, const std::string& list) : root_(root), reader_(root) {
    const std::string own_list = (fs::path(root) / "meta_info.txt").string();
    for (const ListedPicture& listed : read_picture_list(list.empty() ? own_list : list)) {
      const std::string key = without_extension(listed.name);
      if (!reader_.has(key)) {
        throw InputError(root + ": has no entry '" + key + "', but " +
                         (list.empty() ? own_list : list) + " lists it");
      }
      pictures_.push_back({key, root + ": " + key, listed.size});
    }
  }

  [[nodiscard]] torch::Tensor read(std::size_t index) const override {
    const StoredPicture& picture = pictures_[index];
    return imaging::to_rgb8(media::decode_image(reader_.read(picture.key), picture.name));
  }

 private:
  std::string root_;
  LmdbReader reader_;
};

/// Partners are found by these names.
void check_keys(const PictureStore& store) {
  std::map<std::string, const StoredPicture*> met;
  for (const StoredPicture& picture : store.pictures()) {
    const auto [other, is_new] = met.emplace(picture.key, &picture);
    if (is_new) continue;
    throw InputError(picture.name + " and " + other->second->name +
                     " have the same name, by which partners are found");
  }
}

}  // namespace

std::vector<ListedPicture> read_picture_list(const std::string& path) {
  std::ifstream stream(path);
  if (!stream) throw InputError(path + ": no such list, or it cannot be read");
  std::vector<ListedPicture> pictures;
  std::string line;
  while (std::getline(stream, line)) {
    std::istringstream words(line);
    ListedPicture picture;
    if (!(words >> picture.name)) continue;
    std::string rest;
    std::getline(words, rest);
    long long height = 0;
    long long width = 0;
    if (std::sscanf(rest.c_str(), " (%9lld ,%9lld", &height, &width) == 2 && height > 0 &&
        width > 0) {
      picture.size = {height, width};
    }
    pictures.push_back(std::move(picture));
  }
  if (pictures.empty()) throw InputError(path + ": the list names no picture");
  return pictures;
}

std::unique_ptr<PictureStore> open_pictures(const std::string& root, const std::string& list,
                                            PictureBackend backend, media::SubFolders sub_folders) {
  std::unique_ptr<PictureStore> store;
  if (backend == PictureBackend::kLmdb) {
    store = std::make_unique<LmdbStore>(root, list);
  } else {
    store = std::make_unique<FolderStore>(root, list, sub_folders);
  }
  check_keys(*store);
  return store;
}

}  // namespace vcisr::data
