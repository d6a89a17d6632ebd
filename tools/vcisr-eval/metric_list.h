// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "vcisr-eval/arguments.h"
#include "vcisr/evaluation/pairing.h"
#include "vcisr/metrics/metric.h"

namespace vcisr::tools {

/// The metrics that the flags ask for, or those that suit the items.
///
/// Errors  ConfigError: unknown names, wrong options. CheckpointError: model files.
[[nodiscard]] std::vector<metrics::MetricPtr> make_metrics(
    const EvalArguments& arguments, const std::vector<evaluation::EvaluationItem>& items);

/// Name and what it is, a line each.
void print_metrics();

}  // namespace vcisr::tools
