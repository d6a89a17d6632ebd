// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include <torch/types.h>

#include "vcisr/core/registry.h"

namespace vcisr::metrics {

/// A metric with its options, as a training's validation section names it.
///
/// Threads  const members from any thread.
class Metric {
 public:
  virtual ~Metric() = default;

  /// The convention in one word: "psnr", "psnr_y", "ssim", "ssim_y".
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  /// Which of two values is the better one: what "best so far" means.
  [[nodiscard]] virtual bool higher_is_better() const noexcept = 0;

  /// Shape   restored, hq: uint8 [3, H, W], RGB, equal sizes, any device.
  /// Errors  c10::Error for pictures that cannot be compared (psnr.h, ssim.h).
  [[nodiscard]] virtual double operator()(const torch::Tensor& restored,
                                          const torch::Tensor& hq) const = 0;
};

using MetricPtr = std::unique_ptr<const Metric>;

/// The metrics by YAML's `type`: psnr and ssim, also under BasicSR's names calculate_psnr and
/// calculate_ssim.
///
/// Keys    crop_border (default 0), test_y_channel (default false), better (must say "higher",
/// which
///         is the default); input_order is accepted, because BasicSR's files have it.
/// Errors  make(): ConfigError for an unknown metric (ours are listed), wrong keys and values.
[[nodiscard]] const Registry<MetricPtr>& registry();

}  // namespace vcisr::metrics
