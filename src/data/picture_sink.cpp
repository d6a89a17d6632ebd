// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/picture_sink.h"

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "data/task_scope.h"
#include "vcisr/core/error.h"
#include "vcisr/core/file.h"
#include "vcisr/imaging/frame_tensor.h"
#include "vcisr/imaging/rgb_picture.h"
#include "vcisr/media/rotation.h"

namespace vcisr::data {
namespace fs = std::filesystem;

class PictureSink::Impl {
 public:
  Impl(WorkerPool& pool, PictureNaming naming, const PictureSinkOptions& options)
      : naming_(std::move(naming)),
        options_(options),
        most_waiting_(4 * static_cast<std::size_t>(pool.threads())),
        tasks_(pool) {}

  void write(const PairBatch& batch) {
    for (const Pair& pair : batch.pairs) {
      const fs::path path = naming_(pair);
      if (path.empty()) continue;
      const bool is_turned = options_.turn == FrameTurn::kAsSeen && pair.tag.film != nullptr;
      const int turns = is_turned ? media::display_quarter_turns(*pair.tag.film).value_or(0) : 0;
      submit(path, imaging::rotate_clockwise(pair.part(options_.part), turns));
    }
  }

  void finish() { wait_for_room(1); }

 private:
  void submit(const fs::path& path, const torch::Tensor& picture) {
    make_folder_once(path.parent_path());
    wait_for_room(most_waiting_);
    {
      const std::scoped_lock lock(mutex_);
      ++waiting_;
    }
    tasks_.submit(
        [this, path, picture] {
          std::exception_ptr error;
          try {
            imaging::write_rgb8(path, picture, options_.write);
          } catch (...) {
            error = std::current_exception();
          }
          const std::scoped_lock lock(mutex_);
          if (!error_) error_ = std::move(error);
          --waiting_;
          one_ended_.notify_all();
        },
        WorkerPool::Priority::kUrgent);
  }

  /// Until fewer than `count` wait. Errors  what a task met.
  void wait_for_room(std::size_t count) {
    std::unique_lock lock(mutex_);
    one_ended_.wait(lock, [this, count] { return waiting_ < count || error_; });
    if (error_) std::rethrow_exception(error_);
  }

  void make_folder_once(const fs::path& folder) {
    if (folders_.insert(folder).second) make_folder(folder);
  }

  PictureNaming naming_;
  PictureSinkOptions options_;
  std::size_t most_waiting_;
  std::set<fs::path> folders_;
  std::mutex mutex_;
  std::condition_variable one_ended_;
  std::size_t waiting_ = 0;
  std::exception_ptr error_;
  TaskScope tasks_;  // Last: no task runs when the rest goes.
};

PictureSink::PictureSink(WorkerPool& pool, PictureNaming naming, const PictureSinkOptions& options)
    : impl_(std::make_unique<Impl>(pool, std::move(naming), options)) {}
PictureSink::~PictureSink() = default;

void PictureSink::write(const PairBatch& batch) { impl_->write(batch); }
void PictureSink::finish() { impl_->finish(); }

}  // namespace vcisr::data
