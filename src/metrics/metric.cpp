// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/metric.h"

#include <torch/torch.h>

namespace vcisr::metrics {

std::vector<PooledScore> Metric::pooled(std::span<const double> /*sums*/) const { return {}; }

std::unique_ptr<SequenceMeter> Metric::sequence_meter() const { return nullptr; }

double score(const Metric& metric, const torch::Tensor& restored, const torch::Tensor& hq) {
  Comparison comparison;
  comparison.distorted = std::make_shared<const Picture>(restored.cpu().contiguous());
  comparison.reference = std::make_shared<const Picture>(hq.cpu().contiguous());
  return metric.measure(comparison).values.front();
}

}  // namespace vcisr::metrics
