// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace vcisr::trainers {

/// ASCII letters only, whatever the locale.
[[nodiscard]] inline std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace vcisr::trainers
