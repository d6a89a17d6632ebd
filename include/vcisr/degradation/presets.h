// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vcisr::degradation {

/// The files of configs/degradation/, which are built into the library, by their names without
/// extension; nullptr if there is none.
[[nodiscard]] const std::string* find_preset(std::string_view name);
[[nodiscard]] std::vector<std::string> preset_names();

}  // namespace vcisr::degradation
