// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stop_token>
#include <string>

#include "vcisr-train/arguments.h"

namespace vcisr::tools {

/// Does what the arguments say. Returns the exit code. Errors  those of vcisr::trainers.
[[nodiscard]] int train(const TrainArguments& arguments, const std::string& command,
                        const std::stop_token& stop);

}  // namespace vcisr::tools
