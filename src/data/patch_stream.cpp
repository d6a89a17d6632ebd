// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/patch_stream.h"

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>

#include "data/patch_epoch.h"
#include "data/source_list.h"
#include "vcisr/core/error.h"
#include "vcisr/core/worker_pool.h"
#include "vcisr/ops/intra_op.h"

namespace vcisr::data {
namespace {

void check_range(const char* name, std::int64_t value, std::int64_t lo, std::int64_t hi) {
  if (value >= lo && value <= hi) return;
  throw ConfigError(std::string(name) + " is " + std::to_string(value) + ", but must be " +
                    std::to_string(lo) + " to " + std::to_string(hi));
}

void check(const PatchStreamOptions& options, const degradation::Pipeline& pipeline) {
  constexpr std::int64_t kMany = 1 << 20;
  const std::int64_t scale = pipeline.options().scale;
  check_range("patch_size", options.patch_size, 1, 1 << 14);
  if (options.patch_size % scale != 0) {
    throw ConfigError("patch_size is " + std::to_string(options.patch_size) +
                      ", but must be a multiple of the scale " + std::to_string(scale));
  }
  check_range("cells_per_clip", options.cells_per_clip, 1, kMany);
  check_range("batch_size", options.batch_size, 1, kMany);
  check_range("shuffle_buffer", options.shuffle_buffer, 0, kMany);
  check_range("threads", options.threads, 0, 1024);
  pipeline.check({options.patch_size, options.patch_size});
}

/// Python's generator draws for one picture after the other, by its size.
void check_published(const PatchStreamOptions& options,
                     const std::vector<media::InputFile>& files) {
  if (options.offsets != GridOffsets::kPublished) return;
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

int thread_count(int asked) {
  if (asked > 0) return asked;
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace

const Origin& PairHistory::origin() const {
  return batch->origins.at(static_cast<std::size_t>(unit));
}

const degradation::UnitRecipe& PairHistory::recipe() const {
  return batch->recipe.units.at(static_cast<std::size_t>(unit));
}

std::vector<const degradation::GroupRecipe*> PairHistory::groups() const {
  std::vector<const degradation::GroupRecipe*> found;
  for (const degradation::GroupRecipe& group : batch->recipe.groups) {
    if (std::find(group.units.begin(), group.units.end(), unit) != group.units.end()) {
      found.push_back(&group);
    }
  }
  return found;
}

class PatchStream::Impl {
 public:
  Impl(const PatchStreamOptions& options, std::shared_ptr<const degradation::Pipeline> pipeline) {
    TORCH_CHECK(pipeline != nullptr, "PatchStream: needs a pipeline");
    check(options, *pipeline);
    source_.options = options;
    source_.pipeline = std::move(pipeline);
    source_.files = list_sources(options.sources, options.list_root, options.sub_folders);
    check_published(options, source_.files);
    pool_ =
        std::make_unique<WorkerPool>(thread_count(options.threads), ops::use_one_intra_op_thread);
    source_.pool = pool_.get();
  }

  [[nodiscard]] const std::vector<media::InputFile>& files() const { return source_.files; }

  void start_epoch(std::int64_t epoch) {
    set_epoch(nullptr);  // The one before ends first.
    set_epoch(std::make_unique<PatchEpoch>(source_, epoch));
    is_running_ = true;
    has_ended_ = false;
  }

  std::optional<PatchBatch> next() {
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
PatchStream::PatchStream(PatchStream&&) noexcept = default;
PatchStream& PatchStream::operator=(PatchStream&&) noexcept = default;

const std::vector<media::InputFile>& PatchStream::files() const noexcept { return impl_->files(); }
void PatchStream::start_epoch(std::int64_t epoch) { impl_->start_epoch(epoch); }
std::optional<PatchBatch> PatchStream::next() { return impl_->next(); }
PatchStreamStatistics PatchStream::statistics() const { return impl_->statistics(); }

}  // namespace vcisr::data
