// SPDX-License-Identifier: Apache-2.0
// The kinds of bells by the names that YAML files and recipes use (BasicSR's).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vcisr/degradation/blur_kernel.h"

namespace vcisr::degradation {

[[nodiscard]] std::string_view name_of(BellKind kind) noexcept;
[[nodiscard]] std::optional<BellKind> bell_kind(std::string_view name) noexcept;
[[nodiscard]] std::vector<std::string> bell_names();
[[nodiscard]] bool is_aniso(BellKind kind) noexcept;
[[nodiscard]] bool has_beta(BellKind kind) noexcept;
[[nodiscard]] bool is_plateau(BellKind kind) noexcept;

}  // namespace vcisr::degradation
