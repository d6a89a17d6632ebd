// SPDX-License-Identifier: Apache-2.0
#include "evaluation/frame_window.h"

#include <condition_variable>
#include <mutex>
#include <utility>

#include <torch/torch.h>

#include "vcisr/ops/intra_op.h"

namespace vcisr::evaluation {

class FrameWindow::Slot {
 public:
  explicit Slot(FrameJob job) : job_(std::move(job)) {}

  void measure(const std::vector<metrics::MetricPtr>& metrics) {
    try {
      const torch::NoGradGuard no_grad;
      if (job_.load) job_.comparison = job_.load();
      for (const auto& metric : metrics) {
        job_.scores.push_back(metric->info().needs_order ? metrics::Scores{}
                                                         : metric->measure(job_.comparison));
      }
    } catch (...) {
      job_.error = std::current_exception();
    }
    const std::scoped_lock lock(mutex_);
    is_done_ = true;
    done_.notify_all();
  }

  FrameJob& wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return is_done_; });
    return job_;
  }

 private:
  FrameJob job_;
  std::mutex mutex_;
  std::condition_variable done_;
  bool is_done_ = false;
};

FrameWindow::FrameWindow(const std::vector<metrics::MetricPtr>& metrics, int threads,
                         Collect collect)
    : metrics_(metrics),
      collect_(std::move(collect)),
      most_(static_cast<std::size_t>(2 * threads)),
      pool_(threads, ops::use_one_intra_op_thread) {}

FrameWindow::~FrameWindow() = default;

void FrameWindow::submit(FrameJob job) {
  while (slots_.size() >= most_) collect_front();
  auto slot = std::make_shared<Slot>(std::move(job));
  slots_.push_back(slot);
  pool_.submit([this, slot = std::move(slot)] { slot->measure(metrics_); });
}

void FrameWindow::finish() {
  while (!slots_.empty()) collect_front();
}

void FrameWindow::collect_front() {
  const auto slot = slots_.front();
  collect_(slot->wait());
  slots_.pop_front();
}

}  // namespace vcisr::evaluation
