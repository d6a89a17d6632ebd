// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stop_token>

#include "vcisr-degrade/arguments.h"
#include "vcisr/degradation/pipeline.h"

namespace vcisr::tools {

/// --preview: writes the sheet; returns the exit code.
[[nodiscard]] int preview(const DegradeArguments& arguments, const degradation::Pipeline& pipeline,
                          const std::stop_token& stop);

}  // namespace vcisr::tools
