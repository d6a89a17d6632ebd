// SPDX-License-Identifier: Apache-2.0
// In place of vmaf.cpp where libvmaf was not found at configure time.
#include "metrics/families.h"
#include "vcisr/core/error.h"

namespace vcisr::metrics {
namespace {

MetricPtr refuse(const Config& config) {
  throw ConfigError(
      config.get<std::string>("type") +
      ": this build has no libvmaf (github.com/Netflix/vmaf; install it and configure "
      "again)");
}

}  // namespace

MetricFamily vmaf_metrics() {
  return {metric_entry("vmaf", "VMAF by libvmaf (not in this build)", "{type: vmaf}", &refuse),
          metric_entry("vmaf_neg", "VMAF without enhancement gain (not in this build)",
                       "{type: vmaf_neg}", &refuse)};
}

}  // namespace vcisr::metrics
