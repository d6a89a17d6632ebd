// SPDX-License-Identifier: Apache-2.0
// SSIM and MS-SSIM of RGB and of the published lumas.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "metrics/families.h"
#include "metrics/metric_options.h"
#include "vcisr/metrics/ms_ssim.h"
#include "vcisr/metrics/ssim.h"

namespace vcisr::metrics {
namespace {

/// The similarity of two planes.
using Similarity = double (*)(const torch::Tensor& a, const torch::Tensor& b, double peak);

double signed_gaussian(const torch::Tensor& a, const torch::Tensor& b, double peak) {
  return gaussian_ssim(a, b, peak, SsimTerms::kSigned);
}
double clamped_gaussian(const torch::Tensor& a, const torch::Tensor& b, double peak) {
  return gaussian_ssim(a, b, peak, SsimTerms::kClamped);
}
double signed_scales(const torch::Tensor& a, const torch::Tensor& b, double peak) {
  return ms_ssim(a, b, peak, SsimTerms::kSigned);
}
double clamped_scales(const torch::Tensor& a, const torch::Tensor& b, double peak) {
  return ms_ssim(a, b, peak, SsimTerms::kClamped);
}

struct SsimKind {
  std::string name;
  std::string what;          ///< For the protocol.
  std::optional<Luma> luma;  ///< The mean of R, G and B without one.
  Similarity similarity;
};

class Ssim final : public Metric {
 public:
  Ssim(SsimKind kind, const CommonOptions& options)
      : kind_(std::move(kind)), border_px_(options.crop_border_px) {
    info_.name = kind_.name;
    info_.protocol = kind_.name + ": " + kind_.what + border_text(border_px_);
    info_.columns = {{kind_.name, "", Better::kHigher, 6}};
  }

  [[nodiscard]] const MetricInfo& info() const noexcept override { return info_; }

  [[nodiscard]] Scores measure(const Comparison& comparison) const override {
    check_pair(comparison, kind_.name);
    const auto distorted = planes(*comparison.distorted);
    const auto reference = planes(*comparison.reference);
    double sum = 0;
    for (std::int64_t c = 0; c < distorted.size(0); ++c) {
      sum += kind_.similarity(distorted[c], reference[c], comparison.distorted->peak());
    }
    return {{sum / static_cast<double>(distorted.size(0))}, {}};
  }

 private:
  /// [C, H, W]
  [[nodiscard]] torch::Tensor planes(const Picture& picture) const {
    return without_border(kind_.luma ? picture.luma(*kind_.luma).unsqueeze(0) : picture.rgb(),
                          border_px_);
  }

  SsimKind kind_;
  std::int64_t border_px_;
  MetricInfo info_;
};

MetricFamily::value_type ssim_entry(const SsimKind& kind, const std::string& summary,
                                    std::vector<std::string> aliases) {
  return {kind.name, summary, "{type: " + kind.name + ", crop_border: 4}",
          [kind](const Config& config) -> MetricPtr {
            return std::make_unique<const Ssim>(kind, read_common_options(config, Better::kHigher));
          },
          std::move(aliases)};
}

const SsimKind kRgb{
    "ssim",
    "SSIM of R, G and B, their mean; 11x11 Gaussian window of sigma 1.5, inside the "
    "picture only (BasicSR)",
    {},
    &signed_gaussian};
const SsimKind kY{"ssim_y",
                  "SSIM of BasicSR's luma (16..235 of 255, not rounded); 11x11 Gaussian window of "
                  "sigma 1.5, inside the picture only (BasicSR)",
                  Luma::kBasicsr, &signed_gaussian};

MetricFamily::value_type basicsr_entry() {
  return {"ssim",
          "SSIM of RGB, 11x11 Gaussian window, as BasicSR computes it",
          "{type: ssim, crop_border: 4, test_y_channel: true}",
          [](const Config& config) -> MetricPtr {
            bool on_luma = false;
            config.read("test_y_channel", on_luma);
            return std::make_unique<const Ssim>(on_luma ? kY : kRgb,
                                                read_common_options(config, Better::kHigher));
          },
          {"calculate_ssim", "ssim_rgb"}};
}

}  // namespace

MetricFamily ssim_metrics() {
  return {
      basicsr_entry(),
      ssim_entry(kY, "SSIM of BasicSR's luma", {"ssim_y_basicsr"}),
      ssim_entry({"ssim_y_pyiqa",
                  "SSIM of full-range luma (.299 .587 .114, rounded); 11x11 Gaussian window of "
                  "sigma 1.5, contrast-structure term not below 0 (pyiqa)",
                  Luma::kFullRangeRounded, &clamped_gaussian},
                 "SSIM as pyiqa's ssim", {}),
      ssim_entry({"ssim_uniform",
                  "SSIM of R, G and B, their mean; uniform 7x7 window, sample covariance "
                  "(scikit-image)",
                  {},
                  &uniform_ssim},
                 "SSIM of RGB, uniform 7x7 window, as scikit-image computes it", {}),
      ssim_entry(
          {"ssim_uniform_y",
           "SSIM of OpenCV's full-range luma (.299 .587 .114, rounded); uniform 7x7 window, sample "
           "covariance (scikit-image)",
           Luma::kOpencv, &uniform_ssim},
          "the same of full-range luma", {}),
      ssim_entry({"ms_ssim",
                  "MS-SSIM of R, G and B, their mean; five scales (pytorch_msssim)",
                  {},
                  &signed_scales},
                 "multi-scale SSIM of RGB", {"ms_ssim_rgb"}),
      ssim_entry({"ms_ssim_y_pyiqa",
                  "MS-SSIM of full-range luma (.299 .587 .114, rounded); five scales (pyiqa)",
                  Luma::kFullRangeRounded, &clamped_scales},
                 "multi-scale SSIM as pyiqa's ms_ssim", {})};
}

}  // namespace vcisr::metrics
