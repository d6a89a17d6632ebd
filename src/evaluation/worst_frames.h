// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "vcisr/evaluation/result.h"
#include "vcisr/metrics/metric.h"

namespace vcisr::evaluation {

/// Keeps small pictures of the frames whose numbers are worst. Memory  `most` small JPEG pairs.
class WorstFrames {
 public:
  WorstFrames(std::size_t most, metrics::Better better) : most_(most), better_(better) {}

  /// Looks at the pictures only where the value is among the worst so far. Infinite and undefined
  /// values are never.
  void offer(std::size_t sequence, std::int64_t frame, double value,
             const metrics::Comparison& comparison);

  /// Those of an item that failed after all.
  void drop(std::size_t sequence);

  /// The worst first; what is equally bad in the order of sequences and frames.
  [[nodiscard]] std::vector<WorstFrame> take() { return std::move(frames_); }

 private:
  [[nodiscard]] bool is_worse(double a, double b) const {
    return better_ == metrics::Better::kHigher ? a < b : a > b;
  }

  std::size_t most_;
  metrics::Better better_;
  std::vector<WorstFrame> frames_;
};

}  // namespace vcisr::evaluation
