// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/registry.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "vcisr/core/error.h"
#include "vcisr/metrics/psnr.h"
#include "vcisr/metrics/ssim.h"

namespace vcisr::metrics {
namespace {

using Measure = double (*)(const torch::Tensor&, const torch::Tensor&, const ComparisonOptions&);

/// One of the functions with its options. All of ours grow with likeness.
class PictureMetric : public Metric {
 public:
  PictureMetric(const std::string& stem, Measure measure, const ComparisonOptions& options)
      : name_(options.channels == Channels::kBasicsrY ? stem + "_y" : stem),
        measure_(measure),
        options_(options) {}

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] bool higher_is_better() const noexcept override { return true; }
  [[nodiscard]] double operator()(const torch::Tensor& restored,
                                  const torch::Tensor& hq) const override {
    return measure_(restored, hq, options_);
  }

 private:
  std::string name_;
  Measure measure_;
  ComparisonOptions options_;
};

MetricPtr make_metric(const Config& config, const std::string& stem, Measure measure) {
  ComparisonOptions options;
  bool on_luma = false;
  std::string better = "higher";
  std::string input_order = "HWC";
  config.read("crop_border", options.crop_border_px, {0, 4096});
  config.read("test_y_channel", on_luma);
  config.read_choice("better", better, {"higher", "lower"});
  // BasicSR's files say how its arrays lie; ours lie in one way only.
  config.read_choice("input_order", input_order, {"HWC", "CHW"});
  if (better != "higher") {
    throw ConfigError(config.where("better") + ": higher is better in " + stem +
                      ", but the value is 'lower'");
  }
  if (on_luma) options.channels = Channels::kBasicsrY;
  return std::make_unique<const PictureMetric>(stem, measure, options);
}

Registry<MetricPtr>::Entry psnr_entry() {
  return {"psnr",
          "peak signal-to-noise ratio in dB, as BasicSR computes it",
          "{type: psnr, crop_border: 4, test_y_channel: true}",
          [](const Config& config) { return make_metric(config, "psnr", &psnr_db); },
          {"calculate_psnr"}};
}

Registry<MetricPtr>::Entry ssim_entry() {
  return {"ssim",
          "structural similarity, 11x11 Gaussian window, as BasicSR computes it",
          "{type: ssim, crop_border: 4, test_y_channel: true}",
          [](const Config& config) { return make_metric(config, "ssim", &ssim); },
          {"calculate_ssim"}};
}

}  // namespace

const Registry<MetricPtr>& registry() {
  static const Registry<MetricPtr> table{"metric", {psnr_entry(), ssim_entry()}};
  return table;
}

}  // namespace vcisr::metrics
