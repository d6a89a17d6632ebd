// SPDX-License-Identifier: Apache-2.0
// Metrics of a film's planes as they are stored: no conversion to RGB takes part.
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "metrics/families.h"
#include "metrics/metric_options.h"
#include "vcisr/metrics/block_ssim.h"
#include "vcisr/metrics/psnr.h"
#include "vcisr/metrics/ssim.h"

namespace vcisr::metrics {
namespace {

constexpr std::array<char, 3> kPlaneLetters = {'y', 'u', 'v'};

/// Two frames' planes, `count` of them, without the border.
struct PlanePairs {
  std::vector<torch::Tensor> distorted;
  std::vector<torch::Tensor> reference;
};

/// A chroma plane has a border in its own samples.
torch::Tensor plane_without_border(const Picture& picture, std::size_t index,
                                   std::int64_t border_px) {
  const auto& plane = picture.planes()[index];
  if (border_px == 0) return plane;
  const bool is_halved = plane.size(0) != picture.height() || plane.size(1) != picture.width();
  TORCH_CHECK(!is_halved || border_px % 2 == 0, "crop_border ", border_px,
              " must be even for films with fewer chroma samples than luma");
  const std::int64_t down = plane.size(0) == picture.height() ? border_px : border_px / 2;
  const std::int64_t across = plane.size(1) == picture.width() ? border_px : border_px / 2;
  TORCH_CHECK(plane.size(0) > 2 * down && plane.size(1) > 2 * across, "crop_border ", border_px,
              " leaves nothing of a picture of ", picture.width(), "x", picture.height());
  return plane.narrow(0, down, plane.size(0) - 2 * down)
      .narrow(1, across, plane.size(1) - 2 * across);
}

PlanePairs plane_pairs(const Comparison& comparison, std::size_t count, std::int64_t border_px,
                       const std::string& metric) {
  check_pair(comparison, metric);
  const Picture& d = *comparison.distorted;
  const Picture& r = *comparison.reference;
  TORCH_CHECK(!d.planes().empty() && !r.planes().empty(), metric,
              " compares the planes of films as they are stored; pictures and RGB films have none "
              "(psnr_y and ssim_y compare their luma)");
  TORCH_CHECK(d.planes().size() >= count && r.planes().size() >= count, metric,
              " compares Y, U and V, but a film is grey (psnr_plane_y and ssim_plane_y compare Y)");
  PlanePairs pairs;
  for (std::size_t i = 0; i < count; ++i) {
    pairs.distorted.push_back(plane_without_border(d, i, border_px));
    pairs.reference.push_back(plane_without_border(r, i, border_px));
    TORCH_CHECK(pairs.distorted.back().sizes() == pairs.reference.back().sizes(), metric,
                " compares planes, but the films have different chroma formats: plane ",
                kPlaneLetters.at(i), " is ", pairs.distorted.back().size(1), "x",
                pairs.distorted.back().size(0), " distorted, ", pairs.reference.back().size(1), "x",
                pairs.reference.back().size(0), " reference");
  }
  return pairs;
}

/// 6:1:1 of codec papers; with an infinite plane it is infinite.
double weighted(const std::array<double, 3>& db) { return psnr_yuv_611_db(db[0], db[1], db[2]); }

class PsnrYuv final : public Metric {
 public:
  explicit PsnrYuv(const CommonOptions& options) : border_px_(options.crop_border_px) {
    info_.name = "psnr_yuv";
    info_.protocol =
        "psnr_yuv: PSNR of the planes Y, U and V as stored; 6:1:1 is (6 Y + U + V) / 8 of each "
        "frame; avg is of the squared error of all samples (FFmpeg's average)" +
        border_text(border_px_);
    info_.columns = {column("psnr_yuv_y"), column("psnr_yuv_u"), column("psnr_yuv_v"),
                     column("psnr_yuv_611"), column("psnr_yuv_avg")};
    info_.needs_planes = true;
  }

  [[nodiscard]] const MetricInfo& info() const noexcept override { return info_; }

  [[nodiscard]] Scores measure(const Comparison& comparison) const override {
    const auto pairs = plane_pairs(comparison, 3, border_px_, info_.name);
    const double peak = comparison.distorted->peak();
    SquaredError all;
    std::array<double, 3> db{};
    Scores scores;
    for (std::size_t i = 0; i < 3; ++i) {
      const auto error = squared_error(pairs.distorted[i], pairs.reference[i]);
      all += error;
      db.at(i) = psnr_of_mse_db(error.mse(), peak);
      scores.terms.push_back(error.sum / (peak * peak));
      scores.terms.push_back(static_cast<double>(error.count));
    }
    scores.values = {db[0], db[1], db[2], weighted(db), psnr_of_mse_db(all.mse(), peak)};
    return scores;
  }

  [[nodiscard]] std::vector<PooledScore> pooled(std::span<const double> sums) const override {
    std::array<double, 3> db{};
    for (std::size_t i = 0; i < 3; ++i) db.at(i) = psnr_of_mse_db(sums[2 * i] / sums[2 * i + 1], 1);
    const double all = (sums[0] + sums[2] + sums[4]) / (sums[1] + sums[3] + sums[5]);
    return {{column("psnr_yuv_y_pooled"), db[0]},
            {column("psnr_yuv_u_pooled"), db[1]},
            {column("psnr_yuv_v_pooled"), db[2]},
            {column("psnr_yuv_611_pooled"), weighted(db)},
            {column("psnr_yuv_avg_pooled"), psnr_of_mse_db(all, 1)}};
  }

 private:
  static Column column(const std::string& name) { return {name, "dB", Better::kHigher, 4}; }

  std::int64_t border_px_;
  MetricInfo info_;
};

/// One number of the Y plane.
class LumaPlane final : public Metric {
 public:
  using Value = Scores (*)(const torch::Tensor& a, const torch::Tensor& b, double peak);

  LumaPlane(const Column& column, const std::string& what, Value value,
            const CommonOptions& options)
      : value_(value), border_px_(options.crop_border_px) {
    info_.name = column.name;
    info_.protocol = column.name + ": " + what + border_text(border_px_);
    info_.columns = {column};
    info_.needs_planes = true;
  }

  [[nodiscard]] const MetricInfo& info() const noexcept override { return info_; }

  [[nodiscard]] Scores measure(const Comparison& comparison) const override {
    const auto pairs = plane_pairs(comparison, 1, border_px_, info_.name);
    return value_(pairs.distorted.front(), pairs.reference.front(), comparison.distorted->peak());
  }

  [[nodiscard]] std::vector<PooledScore> pooled(std::span<const double> sums) const override {
    if (sums.empty()) return {};
    Column column = info_.columns.front();
    column.name += "_pooled";
    return {{column, psnr_of_mse_db(sums[0] / sums[1], 1)}};
  }

 private:
  Value value_;
  std::int64_t border_px_;
  MetricInfo info_;
};

Scores psnr_of_plane(const torch::Tensor& a, const torch::Tensor& b, double peak) {
  const auto error = squared_error(a, b);
  return {{psnr_of_mse_db(error.mse(), peak)},
          {error.sum / (peak * peak), static_cast<double>(error.count)}};
}

Scores ssim_of_plane(const torch::Tensor& a, const torch::Tensor& b, double peak) {
  return {{gaussian_ssim(a, b, peak)}, {}};
}

class BlockSsim final : public Metric {
 public:
  explicit BlockSsim(const CommonOptions& options) : border_px_(options.crop_border_px) {
    info_.name = "ssim_ffmpeg";
    info_.protocol =
        "ssim_ffmpeg: what FFmpeg's filter ssim computes of the planes Y, U and V: 8x8 windows "
        "four "
        "samples apart; all is weighted by samples" +
        border_text(border_px_);
    info_.columns = {column("ssim_ffmpeg_y"), column("ssim_ffmpeg_u"), column("ssim_ffmpeg_v"),
                     column("ssim_ffmpeg_all")};
    info_.needs_planes = true;
  }

  [[nodiscard]] const MetricInfo& info() const noexcept override { return info_; }

  [[nodiscard]] Scores measure(const Comparison& comparison) const override {
    const auto pairs = plane_pairs(comparison, 3, border_px_, info_.name);
    Scores scores;
    double sum = 0;
    double samples = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      const double value =
          block_ssim(pairs.distorted[i], pairs.reference[i], comparison.distorted->bit_depth());
      const auto count = static_cast<double>(pairs.distorted[i].numel());
      scores.values.push_back(value);
      sum += value * count;
      samples += count;
    }
    scores.values.push_back(sum / samples);
    return scores;
  }

 private:
  static Column column(const std::string& name) { return {name, "", Better::kHigher, 6}; }

  std::int64_t border_px_;
  MetricInfo info_;
};

template <class Made>
MetricPtr make(const Config& config) {
  return std::make_unique<const Made>(read_common_options(config, Better::kHigher));
}

MetricPtr make_psnr_of_y(const Config& config) {
  return std::make_unique<const LumaPlane>(Column{"psnr_plane_y", "dB", Better::kHigher, 4},
                                           "PSNR of the plane Y as stored", &psnr_of_plane,
                                           read_common_options(config, Better::kHigher));
}

MetricPtr make_ssim_of_y(const Config& config) {
  return std::make_unique<const LumaPlane>(
      Column{"ssim_plane_y", "", Better::kHigher, 6},
      "SSIM of the plane Y as stored; 11x11 Gaussian window of sigma 1.5, inside the picture only",
      &ssim_of_plane, read_common_options(config, Better::kHigher));
}

}  // namespace

MetricFamily plane_metrics() {
  return {metric_entry("psnr_yuv", "PSNR of a film's planes, their 6:1:1 mean, FFmpeg's average",
                       "{type: psnr_yuv}", &make<PsnrYuv>),
          metric_entry("psnr_plane_y", "PSNR of a film's Y plane", "{type: psnr_plane_y}",
                       &make_psnr_of_y),
          metric_entry("ssim_plane_y", "SSIM of a film's Y plane, 11x11 Gaussian window",
                       "{type: ssim_plane_y}", &make_ssim_of_y),
          metric_entry("ssim_ffmpeg", "SSIM of a film's planes as FFmpeg's filter computes it",
                       "{type: ssim_ffmpeg}", &make<BlockSsim>, {"ssim_yuv"})};
}

}  // namespace vcisr::metrics
