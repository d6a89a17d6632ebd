// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/types.h>

namespace vcisr::data {

struct SheetTile {
  torch::Tensor picture;  ///< uint8 [3, H, W], all of one size.
  std::string heading;
  std::string text;  ///< Parts between "; " stay together where they fit.
};

/// Tiles in rows with their texts below and a title on top: uint8 [3, H, W].
[[nodiscard]] torch::Tensor draw_sheet(const std::string& title,
                                       const std::vector<SheetTile>& tiles);

}  // namespace vcisr::data
