// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "vcisr/metrics/metric.h"

namespace vcisr::metrics {

/// What a restoration gained over the compressed picture that it was made from (CRDS's protocol):
/// the metric of `distorted`, of `compressed`, and the first minus the second, frame by frame.
///
/// For each of the metric's columns c: c, c_compressed, delta_c. Where one of the two is infinite
/// (identical pictures), the difference is not defined. Pooled numbers are treated alike.
/// Errors  ConfigError: a metric that compares with no reference, or looks at other frames.
[[nodiscard]] MetricPtr with_delta(MetricPtr metric);

}  // namespace vcisr::metrics
