// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/delta.h"

#include <cmath>
#include <limits>
#include <utility>

#include <torch/torch.h>

#include "vcisr/core/error.h"

namespace vcisr::metrics {
namespace {

double difference(double restored, double compressed) {
  if (std::isfinite(restored) && std::isfinite(compressed)) return restored - compressed;
  return std::numeric_limits<double>::quiet_NaN();
}

/// c, c_compressed, delta_c.
std::vector<Column> columns_of(const Column& column) {
  Column compressed = column;
  compressed.name += "_compressed";
  Column delta = column;
  delta.name = "delta_" + column.name;
  return {column, compressed, delta};
}

class Delta final : public Metric {
 public:
  explicit Delta(MetricPtr metric) : metric_(std::move(metric)), info_(metric_->info()) {
    info_.columns.clear();
    for (const auto& column : metric_->info().columns) {
      for (const auto& one : columns_of(column)) info_.columns.push_back(one);
    }
    info_.protocol +=
        "; _compressed: the same of the compressed source; delta_: the difference of each frame, "
        "without frames that are identical to the reference";
    info_.needs_compressed = true;
  }

  [[nodiscard]] const MetricInfo& info() const noexcept override { return info_; }

  [[nodiscard]] Scores measure(const Comparison& comparison) const override {
    TORCH_CHECK(comparison.compressed != nullptr, info_.name,
                " is to say what was gained over the compressed source, which is not given");
    const Scores restored = metric_->measure(comparison);
    Comparison source;
    source.distorted = comparison.compressed;
    source.reference = comparison.reference;
    const Scores compressed = metric_->measure(source);
    Scores scores;
    for (std::size_t i = 0; i < restored.values.size(); ++i) {
      scores.values.push_back(restored.values[i]);
      scores.values.push_back(compressed.values[i]);
      scores.values.push_back(difference(restored.values[i], compressed.values[i]));
    }
    scores.terms = restored.terms;
    scores.terms.insert(scores.terms.end(), compressed.terms.begin(), compressed.terms.end());
    return scores;
  }

  [[nodiscard]] std::vector<PooledScore> pooled(std::span<const double> sums) const override {
    const auto restored = metric_->pooled(sums.first(sums.size() / 2));
    const auto compressed = metric_->pooled(sums.last(sums.size() / 2));
    std::vector<PooledScore> scores;
    for (std::size_t i = 0; i < restored.size(); ++i) {
      const auto columns = columns_of(restored[i].column);
      scores.push_back({columns[0], restored[i].value});
      scores.push_back({columns[1], compressed[i].value});
      scores.push_back({columns[2], difference(restored[i].value, compressed[i].value)});
    }
    return scores;
  }

 private:
  MetricPtr metric_;
  MetricInfo info_;
};

}  // namespace

MetricPtr with_delta(MetricPtr metric) {
  const auto& info = metric->info();
  if (!info.needs_reference || info.needs_previous || info.needs_order) {
    throw ConfigError(info.name +
                      " has no difference to the compressed source: PSNR and SSIM have");
  }
  return std::make_unique<const Delta>(std::move(metric));
}

}  // namespace vcisr::metrics
