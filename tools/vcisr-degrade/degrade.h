// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stop_token>

#include "vcisr-degrade/arguments.h"

namespace vcisr::tools {

/// The whole program; returns the exit code. Errors  as exit_code_of knows them.
[[nodiscard]] int degrade(const DegradeArguments& arguments, const std::stop_token& stop);

}  // namespace vcisr::tools
