// SPDX-License-Identifier: Apache-2.0
#include "degradation/step_names.h"

namespace vcisr::degradation {

std::string_view name_of(ResizeMode mode) noexcept {
  switch (mode) {
    case ResizeMode::kArea:
      return "area";
    case ResizeMode::kBilinear:
      return "bilinear";
    case ResizeMode::kBicubic:
      break;
  }
  return "bicubic";
}

std::optional<ResizeMode> resize_mode(std::string_view name) noexcept {
  for (const ResizeMode mode : {ResizeMode::kArea, ResizeMode::kBilinear, ResizeMode::kBicubic}) {
    if (name == name_of(mode)) return mode;
  }
  return std::nullopt;
}

std::vector<std::string> resize_mode_names() { return {"area", "bilinear", "bicubic"}; }

}  // namespace vcisr::degradation
