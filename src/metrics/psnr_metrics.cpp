// SPDX-License-Identifier: Apache-2.0
// PSNR of RGB and of the published lumas.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "metrics/families.h"
#include "metrics/metric_options.h"
#include "vcisr/metrics/psnr.h"
#include "vcisr/metrics/psnr_b.h"

namespace vcisr::metrics {
namespace {

/// From a mean squared error and the peak.
using ToDecibels = double (*)(double mse, double peak);

struct PsnrKind {
  std::string name;
  std::string what;          ///< For the protocol.
  std::optional<Luma> luma;  ///< RGB without one.
  ToDecibels to_db = &psnr_of_mse_db;
};

class Psnr final : public Metric {
 public:
  Psnr(PsnrKind kind, const CommonOptions& options)
      : kind_(std::move(kind)), border_px_(options.crop_border_px) {
    info_.name = kind_.name;
    info_.protocol = kind_.name + ": PSNR of " + kind_.what + border_text(border_px_);
    info_.columns = {{kind_.name, "dB", Better::kHigher, 4}};
  }

  [[nodiscard]] const MetricInfo& info() const noexcept override { return info_; }

  [[nodiscard]] Scores measure(const Comparison& comparison) const override {
    check_pair(comparison, kind_.name);
    const auto error =
        squared_error(samples(*comparison.distorted), samples(*comparison.reference));
    const double peak = comparison.distorted->peak();
    // Frames of one film or set have one peak; pooled() needs errors in units of it.
    const double unit = peak * peak;
    return {{kind_.to_db(error.mse(), peak)}, {error.sum / unit, static_cast<double>(error.count)}};
  }

  [[nodiscard]] std::vector<PooledScore> pooled(std::span<const double> sums) const override {
    return {
        {{kind_.name + "_pooled", "dB", Better::kHigher, 4}, kind_.to_db(sums[0] / sums[1], 1.0)}};
  }

 private:
  [[nodiscard]] torch::Tensor samples(const Picture& picture) const {
    return without_border(kind_.luma ? picture.luma(*kind_.luma) : picture.rgb(), border_px_);
  }

  PsnrKind kind_;
  std::int64_t border_px_;
  MetricInfo info_;
};

class PsnrB final : public Metric {
 public:
  explicit PsnrB(const CommonOptions& options) : border_px_(options.crop_border_px) {
    info_.name = "psnr_b";
    info_.protocol =
        "psnr_b: PSNR-B (Yim and Bovik) of OpenCV's full-range luma (.299 .587 .114, rounded), 8x8 "
        "blocks "
        "from the top left corner" +
        border_text(border_px_);
    info_.columns = {{"psnr_b", "dB", Better::kHigher, 4}};
  }

  [[nodiscard]] const MetricInfo& info() const noexcept override { return info_; }

  [[nodiscard]] Scores measure(const Comparison& comparison) const override {
    check_pair(comparison, info_.name);
    const auto luma = [this](const Picture& picture) {
      return without_border(picture.luma(Luma::kOpencv), border_px_);
    };
    return {{psnr_b_db(luma(*comparison.distorted), luma(*comparison.reference),
                       comparison.distorted->peak())},
            {}};
  }

 private:
  std::int64_t border_px_;
  MetricInfo info_;
};

MetricFamily::value_type psnr_entry(const PsnrKind& kind, const std::string& summary,
                                    std::vector<std::string> aliases) {
  return metric_entry(
      kind.name, summary, "{type: " + kind.name + ", crop_border: 4}",
      [kind](const Config& config) -> MetricPtr {
        return std::make_unique<const Psnr>(kind, read_common_options(config, Better::kHigher));
      },
      std::move(aliases));
}

const PsnrKind kRgb{"psnr", "RGB, the squared error pooled over the three channels", {}};
const PsnrKind kY{"psnr_y", "BasicSR's luma (16..235 of 255, not rounded)", Luma::kBasicsr};

}  // namespace

MetricFamily psnr_metrics() {
  const auto make_psnr = [](const Config& config) -> MetricPtr {
    bool on_luma = false;
    config.read("test_y_channel", on_luma);
    return std::make_unique<const Psnr>(on_luma ? kY : kRgb,
                                        read_common_options(config, Better::kHigher));
  };
  return {
      {"psnr",
       "PSNR of RGB, as BasicSR computes it",
       "{type: psnr, crop_border: 4, test_y_channel: true}",
       make_psnr,
       {"calculate_psnr", "psnr_rgb"}},
      psnr_entry(kY, "PSNR of BasicSR's luma", {"psnr_y_basicsr"}),
      psnr_entry({"psnr_y_matlab", "MATLAB's luma (16..235 of 255, rounded)", Luma::kMatlabRounded},
                 "PSNR of MATLAB's rounded luma", {"psnr_y_matlab_rounded"}),
      psnr_entry(
          {"psnr_y_full", "OpenCV's full-range luma (.299 .587 .114, rounded)", Luma::kOpencv},
          "PSNR of rounded full-range luma; 1.3 dB below psnr_y", {"psnr_y_fullrange_rounded"}),
      psnr_entry({"psnr_y_pyiqa",
                  "full-range luma (.299 .587 .114, not rounded), 1e-8 added to the squared error: "
                  "identical pictures give 80 dB",
                  Luma::kFullRange, &psnr_pyiqa_db},
                 "PSNR as pyiqa's psnry", {"psnry"}),
      {"psnr_b",
       "PSNR that counts block borders (Yim and Bovik)",
       "{type: psnr_b}",
       [](const Config& config) -> MetricPtr {
         return std::make_unique<const PsnrB>(read_common_options(config, Better::kHigher));
       },
       {"psnrb"}}};
}

}  // namespace vcisr::metrics
