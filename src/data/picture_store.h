// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vcisr/data/paired_pictures.h"

namespace vcisr::data {

struct StoredPicture {
  std::string key;   ///< Path in the set, without extension: "city/0001".
  std::string name;  ///< For messages: the file, or database and key.
  /// Where the set says it.
  std::optional<degradation::PictureSize> size;
};

/// Pictures of one folder or database.
///
/// Threads  const members from any.
class PictureStore {
 public:
  virtual ~PictureStore() = default;

  /// In the set's order: sorted by path, or as its list has them.
  [[nodiscard]] const std::vector<StoredPicture>& pictures() const noexcept { return pictures_; }
  /// uint8 [3, H, W]. Errors  InputError.
  [[nodiscard]] virtual torch::Tensor read(std::size_t index) const = 0;

 protected:
  std::vector<StoredPicture> pictures_;
};

/// A line of a list ("meta_info"): "name (h,w,c) 1"; what follows the name may be missing.
struct ListedPicture {
  std::string name;
  std::optional<degradation::PictureSize> size;
};
/// Errors  InputError: not to be read, names nothing.
[[nodiscard]] std::vector<ListedPicture> read_picture_list(const std::string& path);

/// `list`: only the pictures it names; "" for all.
/// Errors  InputError: no such folder or database, no picture in it, a name in the list that is not
///         there, two pictures that differ in their extension alone.
[[nodiscard]] std::unique_ptr<PictureStore> open_pictures(const std::string& root,
                                                          const std::string& list,
                                                          PictureBackend backend,
                                                          media::SubFolders sub_folders);

}  // namespace vcisr::data
