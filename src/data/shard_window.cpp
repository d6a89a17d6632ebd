// SPDX-License-Identifier: Apache-2.0
#include "data/shard_window.h"

#include <utility>

#include "vcisr/core/error.h"
#include "vcisr/ops/intra_op.h"

namespace vcisr::data {

ShardWindow::ShardWindow(std::vector<std::int64_t> uses, Load load)
    : load_(std::move(load)),
      uses_(std::move(uses)),
      shards_(uses_.size()),
      loader_([this] { load_all(); }) {}

ShardWindow::~ShardWindow() {
  cancel();
  loader_.join();
}

void ShardWindow::cancel() {
  const std::scoped_lock lock(mutex_);
  is_cancelled_ = true;
  changed_.notify_all();
}

void ShardWindow::load_all() {
  ops::use_one_intra_op_thread();
  for (std::size_t place = 0; place < shards_.size(); ++place) {
    {
      std::unique_lock lock(mutex_);
      if (uses_[place] == 0) continue;
      changed_.wait(lock, [this] { return is_cancelled_ || loaded_ < kMostLoaded; });
      if (is_cancelled_) return;
      ++loaded_;
    }
    std::shared_ptr<const ShardSamples> shard;
    std::exception_ptr error;
    try {
      shard = std::make_shared<const ShardSamples>(load_(place));
    } catch (...) {
      error = std::current_exception();
    }
    const std::scoped_lock lock(mutex_);
    shards_[place] = std::move(shard);
    changed_.notify_all();
    if (!error) continue;
    error_ = std::move(error);
    failed_place_ = place;
    return;
  }
}

void ShardWindow::use(std::size_t place, const std::function<void(const ShardSamples&)>& body) {
  std::shared_ptr<const ShardSamples> shard;
  {
    std::unique_lock lock(mutex_);
    const auto has_failed = [&] { return error_ && place >= failed_place_; };
    changed_.wait(lock, [&] { return is_cancelled_ || shards_[place] || has_failed(); });
    if (is_cancelled_) throw Interrupted();
    if (has_failed()) std::rethrow_exception(error_);
    shard = shards_[place];
  }
  try {
    body(*shard);
  } catch (...) {
    shard.reset();
    release(place);
    throw;
  }
  shard.reset();  // Before the next one may be loaded.
  release(place);
}

void ShardWindow::release(std::size_t place) {
  const std::scoped_lock lock(mutex_);
  if (--uses_[place] > 0) return;
  shards_[place].reset();
  --loaded_;
  changed_.notify_all();
}

}  // namespace vcisr::data
