// SPDX-License-Identifier: Apache-2.0
// What the metrics of the registry have in common.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vcisr/core/config.h"
#include "vcisr/metrics/metric.h"

namespace vcisr::metrics {

/// Keys that every metric takes.
struct CommonOptions {
  std::int64_t crop_border_px = 0;
  std::vector<std::filesystem::path> model_folders;
};

/// Errors  ConfigError: wrong values; `better` that is not the metric's direction.
[[nodiscard]] CommonOptions read_common_options(const Config& config, Better better);

/// For metrics that look at whole pictures only. Errors  ConfigError: a border is asked for.
void refuse_border(const Config& config, const CommonOptions& options);

/// ", 4 pixels of each side left out" or "".
[[nodiscard]] std::string border_text(std::int64_t border_px);

/// [..., H, W] without `border_px` pixels of each side; a view.
/// Errors  c10::Error: nothing would be left.
[[nodiscard]] torch::Tensor without_border(const torch::Tensor& planes, std::int64_t border_px);

/// Errors  c10::Error: no reference, or pictures of different sizes or bit depths.
void check_pair(const Comparison& comparison, const std::string& metric);

}  // namespace vcisr::metrics
