// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "vcisr/inference/job.h"
#include "vcisr/inference/plan.h"
#include "vcisr/inference/restorer.h"
#include "vcisr/networks/weights.h"

namespace vcisr::tools {

/// What --report writes, as JSON text.
[[nodiscard]] std::string report_json(const inference::Plan& plan,
                                      const std::vector<inference::ItemResult>& results,
                                      const networks::LoadedNetwork& model,
                                      const std::string& model_name,
                                      const inference::Restorer& restorer, int exit_code);

/// One line for a finished film: frames, speed, each stage's share of the work.
[[nodiscard]] std::string film_summary(const inference::ItemResult& result);

}  // namespace vcisr::tools
