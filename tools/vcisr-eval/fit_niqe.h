// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stop_token>
#include <vector>

#include "vcisr-eval/arguments.h"
#include "vcisr/evaluation/pairing.h"

namespace vcisr::tools {

/// Fits NIQE's model to pristine pictures and writes it. Returns the exit code.
[[nodiscard]] int fit_niqe(const EvalArguments& arguments,
                           const std::vector<evaluation::EvaluationItem>& pictures,
                           const std::stop_token& stop);

}  // namespace vcisr::tools
