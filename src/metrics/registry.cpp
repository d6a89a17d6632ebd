// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/registry.h"

#include <utility>

#include "metrics/families.h"

namespace vcisr::metrics {

const Registry<MetricPtr>& registry() {
  static const Registry<MetricPtr> table = [] {
    Registry<MetricPtr> metrics("metric", {});
    for (auto* const family : {&psnr_metrics, &ssim_metrics, &plane_metrics, &film_metrics,
                               &no_reference_metrics, &vmaf_metrics, &script_metrics}) {
      for (auto& entry : family()) metrics.add(std::move(entry));
    }
    return metrics;
  }();
  return table;
}

}  // namespace vcisr::metrics
