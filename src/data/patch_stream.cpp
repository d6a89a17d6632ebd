// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/patch_stream.h"

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>

#include "data/pair_options.h"
#include "data/patch_epoch.h"
#include "data/source_list.h"
#include "vcisr/core/error.h"
#include "vcisr/core/worker_pool.h"
#include "vcisr/ops/intra_op.h"

namespace vcisr::data {
namespace {

void check(const PatchStreamOptions& options, const degradation::Pipeline& pipeline) {
  constexpr std::int64_t kMany = 1 << 20;
  const std::int64_t scale = pipeline.options().scale;
  check_range("patch_size", options.patch_size, 1, 1 << 14);
  if (options.patch_size % scale != 0) {
    throw ConfigError("patch_size is " + std::to_string(options.patch_size) +
                      ", but must be a multiple of the scale " + std::to_string(scale));
  }
  check_range("cells_per_clip", options.cells_per_clip, 1, kMany);
  check_range("shuffle_buffer", options.shuffle_buffer, 0, kMany);
  check_common(options);
  pipeline.check({options.patch_size, options.patch_size});
}

/// Python's generator draws for one picture after the other, by its size.
void check_published(const PatchStreamOptions& options,
                     const std::vector<media::InputFile>& files) {
  if (options.offsets != GridOffsets::kPublished) return;
  if (options.world > 1) {
    throw ConfigError(
        "the published offsets are drawn for all pictures in their order, which cannot be dealt "
        "out to several processes then");
  }
  if (options.shuffle_pictures) {
    throw ConfigError(
        "the published offsets are drawn for the pictures in their order, which must not be "
        "shuffled then");
  }
  for (const media::InputFile& file : files) {
    if (file.kind != media::FileKind::kFilm) continue;
    throw ConfigError("the published offsets are for pictures, but " + file.path.string() +
                      " is a film");
  }
}

/// Every world-th source, from the rank's on.
std::vector<media::InputFile> dealt_out(std::vector<media::InputFile> files,
                                        const PatchStreamOptions& options) {
  if (options.world == 1) return files;
  const auto world = static_cast<std::size_t>(options.world);
  if (files.size() < world) {
    throw ConfigError(
        "pictures and films are dealt out to the processes of a training, but there "
        "are " +
        std::to_string(files.size()) + " for " + std::to_string(world) +
        " processes (make pair shards, or cut the film)");
  }
  std::vector<media::InputFile> mine;
  for (auto i = static_cast<std::size_t>(options.rank); i < files.size(); i += world) {
    mine.push_back(std::move(files[i]));
  }
  return mine;
}

}  // namespace

class PatchStream::Impl {
 public:
  Impl(const PatchStreamOptions& options, std::shared_ptr<const degradation::Pipeline> pipeline) {
    TORCH_CHECK(pipeline != nullptr, "PatchStream: needs a pipeline");
    check(options, *pipeline);
    source_.options = options;
    source_.pipeline = std::move(pipeline);
    source_.files =
        dealt_out(list_sources(options.sources, options.list_root, options.sub_folders), options);
    check_published(options, source_.files);
    pool_ =
        std::make_unique<WorkerPool>(thread_count(options.threads), ops::use_one_intra_op_thread);
    source_.pool = pool_.get();
  }

  [[nodiscard]] const std::vector<media::InputFile>& files() const { return source_.files; }

  void start_epoch(std::int64_t epoch, std::int64_t first_batch) {
    TORCH_CHECK(first_batch >= 0, "PatchStream: first_batch must be 0 or more, not ", first_batch);
    set_epoch(nullptr);  // The one before ends first.
    set_epoch(std::make_unique<PatchEpoch>(source_, epoch, first_batch));
    is_running_ = true;
    has_ended_ = false;
  }

  std::optional<TrainingBatch> next() {
    TORCH_CHECK(is_running_, "PatchStream: no epoch is running: start_epoch() first");
    if (has_ended_) return std::nullopt;
    try {
      auto batch = epoch_->next();
      has_ended_ = !batch;
      return batch;
    } catch (...) {
      is_running_ = false;
      throw;
    }
  }

  [[nodiscard]] PatchStreamStatistics statistics() const {
    const std::scoped_lock lock(mutex_);
    return epoch_ ? epoch_->statistics() : PatchStreamStatistics{};
  }

 private:
  void set_epoch(std::unique_ptr<PatchEpoch> epoch) {
    {
      const std::scoped_lock lock(mutex_);
      epoch_.swap(epoch);
    }
    epoch.reset();  // Without the lock: it waits for its threads.
  }

  PatchSource source_;
  std::unique_ptr<WorkerPool> pool_;
  bool is_running_ = false;
  bool has_ended_ = false;
  mutable std::mutex mutex_;
  std::unique_ptr<PatchEpoch> epoch_;  // Last: it uses all the rest.
};

PatchStream::PatchStream(const PatchStreamOptions& options,
                         std::shared_ptr<const degradation::Pipeline> pipeline)
    : impl_(std::make_unique<Impl>(options, std::move(pipeline))) {}
PatchStream::~PatchStream() = default;

const std::vector<media::InputFile>& PatchStream::files() const noexcept { return impl_->files(); }
void PatchStream::start_epoch(std::int64_t epoch, std::int64_t first_batch) {
  impl_->start_epoch(epoch, first_batch);
}
std::optional<TrainingBatch> PatchStream::next() { return impl_->next(); }
PatchStreamStatistics PatchStream::statistics() const { return impl_->statistics(); }

}  // namespace vcisr::data
