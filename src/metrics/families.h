// SPDX-License-Identifier: Apache-2.0
// The registry's entries, family by family.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "vcisr/metrics/registry.h"

namespace vcisr::metrics {

using MetricFamily = std::vector<Registry<MetricPtr>::Entry>;

/// An entry of the registry. (As a braced list in a braced list it makes GCC 12 fail.)
[[nodiscard]] inline MetricFamily::value_type metric_entry(
    std::string name, std::string summary, std::string example,
    std::function<MetricPtr(const Config&)> make, std::vector<std::string> aliases = {}) {
  MetricFamily::value_type entry;
  entry.name = std::move(name);
  entry.summary = std::move(summary);
  entry.example = std::move(example);
  entry.make = std::move(make);
  entry.aliases = std::move(aliases);
  return entry;
}

[[nodiscard]] MetricFamily psnr_metrics();
[[nodiscard]] MetricFamily ssim_metrics();
[[nodiscard]] MetricFamily plane_metrics();
[[nodiscard]] MetricFamily film_metrics();
[[nodiscard]] MetricFamily no_reference_metrics();
[[nodiscard]] MetricFamily script_metrics();
[[nodiscard]] MetricFamily vmaf_metrics();

}  // namespace vcisr::metrics
