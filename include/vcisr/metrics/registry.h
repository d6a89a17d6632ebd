// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "vcisr/core/registry.h"
#include "vcisr/metrics/metric.h"

namespace vcisr::metrics {

/// The metrics by YAML's `type`; BasicSR's and pyiqa's names are aliases.
///
/// Keys    crop_border (default 0), better ("higher" or "lower", which must be the metric's own
///         direction) and input_order, because BasicSR's files have them; psnr and ssim take
///         test_y_channel (default false). Further keys as each metric's own file says, such as
///         `model` (a file) and `model_folders` (where models lie, first found first taken).
/// Errors  make(): ConfigError for an unknown metric (ours are listed), wrong keys and values;
///         CheckpointError for a model file that is missing or damaged.
[[nodiscard]] const Registry<MetricPtr>& registry();

}  // namespace vcisr::metrics
