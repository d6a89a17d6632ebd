// SPDX-License-Identifier: Apache-2.0
// STDO's protocol, and flicker.
#include <charconv>
#include <limits>
#include <memory>
#include <string>

#include "metrics/families.h"
#include "metrics/metric_options.h"
#include "vcisr/core/error.h"
#include "vcisr/metrics/flicker.h"
#include "vcisr/metrics/patch_psnr.h"
#include "vcisr/metrics/psnr.h"

namespace vcisr::metrics {
namespace {

constexpr std::int64_t kSeamBandPx = 4;
/// What the published evaluation leaves out of a patch beyond the scale.
constexpr std::int64_t kShaveBeyondScalePx = 4;

/// "10x5": columns and rows.
void read_grid(const Config& config, PatchGrid& grid) {
  const auto text = config.get<std::string>("grid");
  const auto* const end = text.data() + text.size();
  const auto columns = std::from_chars(text.data(), end, grid.columns);
  bool is_good = columns.ec == std::errc() && columns.ptr != end && *columns.ptr == 'x';
  if (is_good) {
    const auto rows = std::from_chars(columns.ptr + 1, end, grid.rows);
    is_good = rows.ec == std::errc() && rows.ptr == end;
  }
  if (!is_good || grid.columns < 1 || grid.rows < 1) {
    throw ConfigError(config.where("grid") +
                      ": patches across times patches down, such as 10x5, "
                      "were expected, but the value is '" +
                      text + "'");
  }
}

class PatchPsnr final : public Metric {
 public:
  PatchPsnr(const PatchGrid& grid, std::int64_t scale) : grid_(grid) {
    grid_.shave_px = scale + kShaveBeyondScalePx;
    info_.name = "psnr_stdo";
    info_.protocol = "psnr_stdo: STDO's protocol: RGB, " + std::to_string(grid.columns) + "x" +
                     std::to_string(grid.rows) +
                     " patches (what the grid does not divide is left out), " +
                     std::to_string(grid_.shave_px) +
                     " pixels of each side of a patch left out (scale " + std::to_string(scale) +
                     " + 4), squared error pooled; psnr_stdo_seam: of the pixels at most " +
                     std::to_string(kSeamBandPx) + " from a border between patches";
    info_.columns = {column("psnr_stdo"), column("psnr_stdo_seam")};
  }

  [[nodiscard]] const MetricInfo& info() const noexcept override { return info_; }

  [[nodiscard]] Scores measure(const Comparison& comparison) const override {
    check_pair(comparison, info_.name);
    const auto restored = comparison.distorted->rgb();
    const auto hq = comparison.reference->rgb();
    const double peak = comparison.distorted->peak();
    const auto inner = patch_squared_error(restored, hq, grid_);
    const bool has_seams = grid_.columns > 1 || grid_.rows > 1;
    const auto seams =
        has_seams ? seam_squared_error(restored, hq, grid_, kSeamBandPx) : SquaredError{};
    const double unit = peak * peak;
    return {
        {psnr_of_mse_db(inner.mse(), peak),
         has_seams ? psnr_of_mse_db(seams.mse(), peak) : std::numeric_limits<double>::quiet_NaN()},
        {inner.sum / unit, static_cast<double>(inner.count), seams.sum / unit,
         static_cast<double>(seams.count)}};
  }

  [[nodiscard]] std::vector<PooledScore> pooled(std::span<const double> sums) const override {
    std::vector<PooledScore> scores = {
        {column("psnr_stdo_pooled"), psnr_of_mse_db(sums[0] / sums[1], 1)}};
    if (sums[3] > 0) {
      scores.push_back({column("psnr_stdo_seam_pooled"), psnr_of_mse_db(sums[2] / sums[3], 1)});
    }
    return scores;
  }

 private:
  static Column column(const std::string& name) { return {name, "dB", Better::kHigher, 4}; }

  PatchGrid grid_;
  MetricInfo info_;
};

class Flicker final : public Metric {
 public:
  explicit Flicker(const CommonOptions& options) : border_px_(options.crop_border_px) {
    info_.name = "flicker";
    info_.protocol =
        "flicker: mean |(d_t - d_t-1) - (r_t - r_t-1)| of luma in 8-bit steps, d distorted, r "
        "reference; the plane Y of films as stored, full-range luma of RGB; the first frame has "
        "none" +
        border_text(border_px_);
    info_.columns = {{"flicker", "", Better::kLower, 4}};
    info_.needs_previous = true;
  }

  [[nodiscard]] const MetricInfo& info() const noexcept override { return info_; }

  [[nodiscard]] Scores measure(const Comparison& comparison) const override {
    check_pair(comparison, info_.name);
    if (!comparison.previous_distorted || !comparison.previous_reference) {
      return {{std::numeric_limits<double>::quiet_NaN()}, {}};
    }
    return {{flicker(luma(*comparison.previous_distorted), luma(*comparison.distorted),
                     luma(*comparison.previous_reference), luma(*comparison.reference),
                     comparison.distorted->peak())},
            {}};
  }

 private:
  [[nodiscard]] torch::Tensor luma(const Picture& picture) const {
    const auto plane =
        picture.planes().empty() ? picture.luma(Luma::kFullRangeRounded) : picture.planes().front();
    return without_border(plane, border_px_);
  }

  std::int64_t border_px_;
  MetricInfo info_;
};

MetricPtr make_patch_psnr(const Config& config) {
  PatchGrid grid;
  read_grid(config, grid);
  const auto scale = config.get<std::int64_t>("scale", {1, 64});
  refuse_border(config, read_common_options(config, Better::kHigher));
  return std::make_unique<const PatchPsnr>(grid, scale);
}

MetricPtr make_flicker(const Config& config) {
  return std::make_unique<const Flicker>(read_common_options(config, Better::kLower));
}

}  // namespace

MetricFamily film_metrics() {
  return {metric_entry("psnr_stdo", "PSNR of patches pooled over a film (STDO), and of their seams",
                       "{type: psnr_stdo, grid: 10x5, scale: 4}", &make_patch_psnr, {"psnr_paper"}),
          metric_entry("flicker", "change from frame to frame that the reference does not have",
                       "{type: flicker}", &make_flicker)};
}

}  // namespace vcisr::metrics
