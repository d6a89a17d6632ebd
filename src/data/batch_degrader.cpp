// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/batch_degrader.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <utility>

#include <torch/types.h>

#include "data/task_scope.h"
#include "vcisr/core/error.h"
#include "vcisr/degradation/batch_run.h"
#include "vcisr/imaging/rgb_picture.h"

namespace vcisr::data {
namespace {

/// A batch on its way. Its mutex guards what is written while tasks run, `lq` aside: each element
/// is written by one task, and read when all have ended.
struct Flight {
  explicit Flight(HqBatch batch)
      : result{std::move(batch), {}},
        missing(result.input.pictures.size()),
        run(result.input.recipe, [this](std::int64_t unit, const torch::Tensor& lq) {
          result.lq[static_cast<std::size_t>(unit)] = lq;
        }) {
    result.lq.resize(missing);
  }

  DegradedBatch result;
  std::mutex mutex;
  std::condition_variable has_ended;
  std::size_t missing;
  bool is_cancelled = false;
  std::exception_ptr error;
  degradation::BatchRun run;
};

const torch::Tensor& source_of(const HqBatch& batch, std::size_t unit) {
  const HqPicture& picture = batch.pictures[unit];
  return batch.source == degradation::DegradedSource::kSharpened ? picture.hq_sharpened
                                                                 : picture.hq;
}

void check(const HqBatch& batch) {
  TORCH_CHECK(batch.pictures.size() == batch.recipe.units.size(),
              "BatchDegrader: ", batch.pictures.size(), " pictures for a recipe of ",
              batch.recipe.units.size());
  for (std::size_t unit = 0; unit < batch.pictures.size(); ++unit) {
    const torch::Tensor& source = source_of(batch, unit);
    TORCH_CHECK(source.defined() && source.scalar_type() == torch::kUInt8 && source.dim() == 3,
                "BatchDegrader: pictures to degrade must be uint8 [3, H, W]");
  }
}

void degrade_unit(Flight& flight, std::size_t unit) {
  {
    const std::scoped_lock lock(flight.mutex);
    if (flight.error) {  // The batch is lost: no more work for it.
      if (--flight.missing == 0) flight.has_ended.notify_all();
      return;
    }
  }
  std::exception_ptr error;
  try {
    flight.run.degrade(static_cast<std::int64_t>(unit),
                       imaging::to_float(source_of(flight.result.input, unit)));
  } catch (...) {
    error = std::current_exception();
  }
  const std::scoped_lock lock(flight.mutex);
  if (!flight.error) flight.error = std::move(error);
  if (--flight.missing == 0) flight.has_ended.notify_all();
}

}  // namespace

class BatchDegrader::Impl {
 public:
  Impl(WorkerPool& pool, std::size_t most_in_flight)
      : most_in_flight_(most_in_flight), tasks_(pool) {
    TORCH_CHECK(most_in_flight >= 1, "BatchDegrader: needs room for at least one batch");
  }

  [[nodiscard]] std::size_t in_flight() const {
    const std::scoped_lock lock(mutex_);
    return flights_.size();
  }
  [[nodiscard]] std::size_t most_in_flight() const { return most_in_flight_; }

  [[nodiscard]] bool is_ready() const {
    const std::scoped_lock lock(mutex_);
    if (flights_.empty()) return false;
    const std::scoped_lock flight_lock(flights_.front()->mutex);
    return flights_.front()->missing == 0;
  }

  void push(HqBatch batch) {
    TORCH_CHECK(in_flight() < most_in_flight_, "BatchDegrader: full, pop() first");
    check(batch);
    const auto flight = std::make_shared<Flight>(std::move(batch));
    {
      const std::scoped_lock lock(mutex_);
      flights_.push_back(flight);
      flight->is_cancelled = is_cancelled_;
    }
    const std::size_t units = flight->result.lq.size();
    for (std::size_t unit = 0; unit < units; ++unit) {
      tasks_.submit([flight, unit] { degrade_unit(*flight, unit); }, WorkerPool::Priority::kUrgent);
    }
  }

  DegradedBatch pop() {
    std::shared_ptr<Flight> flight;
    {
      const std::scoped_lock lock(mutex_);
      TORCH_CHECK(!flights_.empty(), "BatchDegrader: nothing to pop()");
      flight = flights_.front();
    }
    std::exception_ptr error;
    bool is_complete = false;
    {
      std::unique_lock lock(flight->mutex);
      flight->has_ended.wait(lock,
                             [&flight] { return flight->missing == 0 || flight->is_cancelled; });
      is_complete = flight->missing == 0;
      error = std::move(flight->error);
    }
    {
      const std::scoped_lock lock(mutex_);
      flights_.pop_front();
    }
    if (error) std::rethrow_exception(std::move(error));
    if (!is_complete) throw Interrupted();
    return std::move(flight->result);
  }

  void cancel() {
    tasks_.cancel();
    const std::scoped_lock lock(mutex_);
    is_cancelled_ = true;
    for (const auto& flight : flights_) {
      const std::scoped_lock flight_lock(flight->mutex);
      flight->is_cancelled = true;
      flight->has_ended.notify_all();
    }
  }

 private:
  std::size_t most_in_flight_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<Flight>> flights_;
  bool is_cancelled_ = false;
  TaskScope tasks_;  // Last: no task runs when the rest goes.
};

BatchDegrader::BatchDegrader(WorkerPool& pool, std::size_t most_in_flight)
    : impl_(std::make_unique<Impl>(pool, most_in_flight)) {}
BatchDegrader::~BatchDegrader() = default;

bool BatchDegrader::is_full() const { return impl_->in_flight() >= impl_->most_in_flight(); }
bool BatchDegrader::is_empty() const { return impl_->in_flight() == 0; }
bool BatchDegrader::is_ready() const { return impl_->is_ready(); }
void BatchDegrader::push(HqBatch batch) { impl_->push(std::move(batch)); }
DegradedBatch BatchDegrader::pop() { return impl_->pop(); }
void BatchDegrader::cancel() { impl_->cancel(); }

}  // namespace vcisr::data
