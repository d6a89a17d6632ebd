// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "vcisr/evaluation/result.h"
#include "vcisr/metrics/metric.h"

namespace vcisr::evaluation {

/// Keeps the frames whose numbers are worst; small pictures of them are made at the end.
/// Memory  `most` pairs of frames.
class WorstFrames {
 public:
  WorstFrames(std::size_t most, metrics::Better better) : most_(most), better_(better) {}

  /// Infinite and undefined values are never among the worst.
  void offer(std::size_t sequence, std::int64_t frame, double value,
             const metrics::Comparison& comparison);

  /// Those of a part that turned out well, such as a film that could be read to its end.
  void merge(WorstFrames part);

  /// The worst first; what is equally bad in the order of sequences and frames.
  [[nodiscard]] std::vector<WorstFrame> take() const;

 private:
  struct Entry {
    std::size_t sequence;
    std::int64_t frame;
    double value;
    metrics::PicturePtr distorted;
    metrics::PicturePtr reference;
  };

  [[nodiscard]] bool is_worse(double a, double b) const {
    return better_ == metrics::Better::kHigher ? a < b : a > b;
  }
  void insert(Entry entry);

  std::size_t most_;
  metrics::Better better_;
  std::vector<Entry> entries_;  ///< The worst first.
};

}  // namespace vcisr::evaluation
