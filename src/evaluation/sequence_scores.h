// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "evaluation/film_checks.h"
#include "evaluation/frame_window.h"
#include "vcisr/evaluation/result.h"
#include "vcisr/metrics/metric.h"

namespace vcisr::evaluation {

/// For each metric the sums that its pooled() wants.
using PoolingSums = std::vector<std::vector<double>>;

/// sums += terms, element by element; an empty sum takes the terms' length.
void add_terms(std::vector<double>& sums, const std::vector<double>& terms);

[[nodiscard]] std::vector<metrics::PooledScore> pooled_scores(
    const std::vector<metrics::MetricPtr>& metrics, const PoolingSums& sums);

/// Collects one item's frames, in order.
class SequenceScores {
 public:
  explicit SequenceScores(const std::vector<metrics::MetricPtr>& metrics);

  void add(const FrameJob& job);
  /// Puts rows and pooled numbers into the result, and returns the sums.
  PoolingSums finish(SequenceResult& result);

 private:
  const std::vector<metrics::MetricPtr>& metrics_;
  std::vector<std::unique_ptr<metrics::SequenceMeter>> meters_;  ///< Null for most metrics.
  std::vector<std::size_t> first_column_;                        ///< Of each metric.
  std::vector<std::int64_t> frames_;
  std::vector<std::vector<double>> values_;  ///< [column][row]
  PoolingSums sums_;
};

}  // namespace vcisr::evaluation
