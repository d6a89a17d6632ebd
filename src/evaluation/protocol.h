// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "vcisr/evaluation/evaluation.h"

namespace vcisr::evaluation {

/// How these items are measured with these metrics, a sentence each.
[[nodiscard]] std::vector<std::string> protocol_of(const std::vector<EvaluationItem>& items,
                                                   const std::vector<metrics::MetricPtr>& metrics,
                                                   const EvaluationOptions& options);

}  // namespace vcisr::evaluation
