// SPDX-License-Identifier: Apache-2.0
#include "evaluation/sequence_scores.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vcisr::evaluation {

void add_terms(std::vector<double>& sums, const std::vector<double>& terms) {
  sums.resize(std::max(sums.size(), terms.size()));
  for (std::size_t i = 0; i < terms.size(); ++i) sums[i] += terms[i];
}

std::vector<metrics::PooledScore> pooled_scores(const std::vector<metrics::MetricPtr>& metrics,
                                                const PoolingSums& sums) {
  std::vector<metrics::PooledScore> scores;
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    if (sums[m].empty()) continue;
    auto pooled = metrics[m]->pooled(sums[m]);
    std::move(pooled.begin(), pooled.end(), std::back_inserter(scores));
  }
  return scores;
}

SequenceScores::SequenceScores(const std::vector<metrics::MetricPtr>& metrics)
    : metrics_(metrics), sums_(metrics.size()) {
  for (const auto& metric : metrics) {
    first_column_.push_back(values_.size());
    values_.resize(values_.size() + metric->info().columns.size());
    meters_.push_back(metric->sequence_meter());
  }
}

void SequenceScores::add(const FrameJob& job) {
  frames_.push_back(job.frame);
  for (std::size_t m = 0; m < metrics_.size(); ++m) {
    if (meters_[m]) {
      meters_[m]->add(job.comparison);
      continue;
    }
    const auto& scores = job.scores[m];
    for (std::size_t c = 0; c < scores.values.size(); ++c) {
      values_[first_column_[m] + c].push_back(scores.values[c]);
    }
    add_terms(sums_[m], scores.terms);
  }
}

PoolingSums SequenceScores::finish(SequenceResult& result) {
  for (std::size_t m = 0; m < metrics_.size(); ++m) {
    if (!meters_[m]) continue;
    for (const auto& scores : meters_[m]->finish()) {
      for (std::size_t c = 0; c < scores.values.size(); ++c) {
        values_[first_column_[m] + c].push_back(scores.values[c]);
      }
      add_terms(sums_[m], scores.terms);
    }
  }
  result.frames = std::move(frames_);
  result.values = std::move(values_);
  result.pooled = pooled_scores(metrics_, sums_);
  return std::move(sums_);
}

}  // namespace vcisr::evaluation
