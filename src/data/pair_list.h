// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/picture_store.h"
#include "vcisr/data/paired_pictures.h"

namespace vcisr::data {

/// The pairs of PairedFiles, found but not read.
///
/// Threads  const members from any.
class PairList {
 public:
  /// Errors  ConfigError, InputError: as PairedPictures.
  explicit PairList(const PairedFiles& files);

  [[nodiscard]] std::size_t size() const noexcept { return pairs_.size(); }
  [[nodiscard]] const StoredPicture& hq(std::size_t index) const;
  [[nodiscard]] const StoredPicture& lq(std::size_t index) const;
  /// uint8 [3, H, W]. Errors  InputError.
  [[nodiscard]] torch::Tensor read_hq(std::size_t index) const;
  [[nodiscard]] torch::Tensor read_lq(std::size_t index) const;

 private:
  struct Place {
    std::size_t root = 0;
    std::size_t hq = 0;
    std::size_t lq = 0;
  };
  void pair_up(const PairedFiles& files, std::size_t root);

  std::vector<std::unique_ptr<PictureStore>> hq_;
  std::vector<std::unique_ptr<PictureStore>> lq_;
  std::vector<Place> pairs_;
};

}  // namespace vcisr::data
