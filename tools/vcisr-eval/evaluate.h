// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stop_token>

#include "vcisr-eval/arguments.h"

namespace vcisr::tools {

/// Returns the exit code.
[[nodiscard]] int evaluate(const EvalArguments& arguments, const std::stop_token& stop);

}  // namespace vcisr::tools
