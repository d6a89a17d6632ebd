// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "vcisr/core/worker_pool.h"
#include "vcisr/metrics/metric.h"

namespace vcisr::evaluation {

/// A frame, or a picture, on its way through the metrics.
struct FrameJob {
  std::size_t sequence = 0;
  std::int64_t frame = 0;
  /// Makes the comparison where it costs something (pictures are read here); called by a worker.
  std::function<metrics::Comparison()> load;
  // Filled by the worker.
  metrics::Comparison comparison;
  std::vector<metrics::Scores> scores;  ///< One for each metric.
  std::exception_ptr error;
};

/// Measures frames on the workers of a pool and hands them back in the order in which they came.
///
/// Memory   at most `most` frames are inside.
/// Threads  one thread calls; collect runs on it.
class FrameWindow {
 public:
  using Collect = std::function<void(FrameJob&)>;

  FrameWindow(const std::vector<metrics::MetricPtr>& metrics, int threads, Collect collect);
  ~FrameWindow();
  FrameWindow(const FrameWindow&) = delete;
  FrameWindow& operator=(const FrameWindow&) = delete;

  /// Waits for the oldest frame where the window is full.
  void submit(FrameJob job);
  /// Waits for all.
  void finish();

 private:
  class Slot;

  void collect_front();

  const std::vector<metrics::MetricPtr>& metrics_;
  Collect collect_;
  std::size_t most_;
  std::deque<std::shared_ptr<Slot>> slots_;
  WorkerPool pool_;  // Last: its threads end first.
};

}  // namespace vcisr::evaluation
