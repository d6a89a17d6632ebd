// SPDX-License-Identifier: Apache-2.0
// Words that YAML files and recipes share.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vcisr/degradation/steps.h"

namespace vcisr::degradation {

[[nodiscard]] std::string_view name_of(ResizeMode mode) noexcept;
[[nodiscard]] std::optional<ResizeMode> resize_mode(std::string_view name) noexcept;
[[nodiscard]] std::vector<std::string> resize_mode_names();

}  // namespace vcisr::degradation
