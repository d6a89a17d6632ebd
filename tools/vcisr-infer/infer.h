// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stop_token>

#include "vcisr-infer/arguments.h"

namespace vcisr::tools {

/// Does what the arguments say; the tool's exit code.
[[nodiscard]] int infer(const InferArguments& arguments, std::stop_token stop);

/// The --list-… answers on standard output; false when none was asked for.
[[nodiscard]] bool print_lists(const InferArguments& arguments);

}  // namespace vcisr::tools
