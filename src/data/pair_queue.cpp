// SPDX-License-Identifier: Apache-2.0
#include "data/pair_queue.h"

#include <utility>

#include <torch/torch.h>

#include "vcisr/core/error.h"

namespace vcisr::data {
namespace {

constexpr std::size_t kMostReady = 2;

TrainingBatch stacked(std::vector<PatchPair> pairs) {
  std::vector<torch::Tensor> lq;
  std::vector<torch::Tensor> hq;
  std::vector<torch::Tensor> hq_sharpened;
  TrainingBatch batch;
  for (PatchPair& pair : pairs) {
    lq.push_back(std::move(pair.lq));
    hq.push_back(std::move(pair.hq));
    if (pair.hq_sharpened.defined()) hq_sharpened.push_back(std::move(pair.hq_sharpened));
    batch.names.push_back(pair.history.origin().source);
    batch.pairs.push_back(std::move(pair.history));
  }
  batch.lq = torch::stack(lq);
  batch.hq = torch::stack(hq);
  if (!hq_sharpened.empty()) batch.hq_sharpened = torch::stack(hq_sharpened);
  return batch;
}

}  // namespace

void PairQueue::push(PatchPair pair) {
  if (shuffle_.exchange(pair)) add(std::move(pair));
}

void PairQueue::end() {
  while (!shuffle_.is_empty()) add(shuffle_.take());
  if (!training_.empty()) hand_on();
  const std::scoped_lock lock(mutex_);
  has_ended_ = true;
  changed_.notify_all();
}

void PairQueue::fail(std::exception_ptr error) {
  const std::scoped_lock lock(mutex_);
  error_ = std::move(error);
  has_ended_ = true;
  changed_.notify_all();
}

void PairQueue::cancel() {
  const std::scoped_lock lock(mutex_);
  is_cancelled_ = true;
  changed_.notify_all();
}

std::optional<TrainingBatch> PairQueue::next() {
  std::exception_ptr error;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !ready_.empty() || has_ended_; });
    if (!ready_.empty()) {
      TrainingBatch batch = std::move(ready_.front());
      ready_.pop_front();
      changed_.notify_all();
      return batch;
    }
    error = std::move(error_);
  }
  if (error) std::rethrow_exception(std::move(error));
  return std::nullopt;
}

void PairQueue::add(PatchPair pair) {
  if (to_skip_ > 0) {
    --to_skip_;
    return;
  }
  if (!pair.lq.defined()) {
    throw InputError("pictures or films were changed while a training was taking pairs from them");
  }
  training_.push_back(std::move(pair));
  if (training_.size() == batch_size_) hand_on();
}

void PairQueue::hand_on() {
  TrainingBatch batch = stacked(std::exchange(training_, {}));
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ready_.size() < kMostReady || is_cancelled_; });
  if (is_cancelled_) throw Interrupted();
  ready_.push_back(std::move(batch));
  changed_.notify_all();
}

}  // namespace vcisr::data
