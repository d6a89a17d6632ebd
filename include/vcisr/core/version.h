// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace vcisr {

/// "0.1.0", as in CMake's project().
[[nodiscard]] std::string_view version() noexcept;

}  // namespace vcisr
