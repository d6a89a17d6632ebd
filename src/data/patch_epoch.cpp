// SPDX-License-Identifier: Apache-2.0
#include "data/patch_epoch.h"

#include <exception>
#include <utility>

#include "vcisr/core/error.h"
#include "vcisr/core/log.h"
#include "vcisr/data/augmentation.h"
#include "vcisr/data/sharpened_picture.h"
#include "vcisr/imaging/rgb_picture.h"
#include "vcisr/ops/intra_op.h"

namespace vcisr::data {
namespace {

using degradation::Crop;
using degradation::PictureSize;

Rng epoch_rng(const PatchSource& source, std::int64_t epoch) {
  const Rng rng =
      Rng(source.options.seed).fork("patch_stream").fork(static_cast<std::uint64_t>(epoch));
  if (source.options.world == 1) return rng;
  return rng.fork("rank").fork(static_cast<std::uint64_t>(source.options.rank));
}

/// Samples, or sizes alone.
enum class Reading { kSamples, kSizes };

ReadPicture read_picture(const PatchSource& source, const media::InputFile& file, Reading reading) {
  ReadPicture picture;
  // Not the header alone: what is damaged counts for nothing.
  picture.hq = imaging::read_rgb8(file.path);
  picture.size = {picture.hq.size(1), picture.hq.size(2)};
  if (reading == Reading::kSizes) {
    picture.hq = torch::Tensor();
  } else if (source.needs_sharpened()) {
    picture.hq_sharpened = sharpened_picture(picture.hq, source.usm_options());
  }
  return picture;
}

std::unique_ptr<FilmCells> open_film(const PatchSource& source, std::size_t index, const Rng& rng,
                                     Reading reading) {
  const degradation::PipelineOptions& pipeline = source.pipeline->options();
  FilmCellOptions options;
  options.patch_size = source.options.patch_size;
  options.small_pictures = source.options.small_pictures;
  options.cells_per_clip = source.options.cells_per_clip;
  options.margin = source.needs_sharpened() ? sharpening_reach(source.usm_options()) : 0;
  options.first_frames = pipeline.first_batch_size;
  options.frames = pipeline.batch_size;
  options.needs_samples = reading == Reading::kSamples;
  return std::make_unique<FilmCells>(source.files[index].path.string(), options,
                                     rng.fork("film").fork(index));
}

ReadAhead::Plan read_plan(const PatchSource& source, const Rng& rng, Reading reading) {
  ReadAhead::Plan plan;
  plan.files = &source.files;
  const auto files = static_cast<std::int64_t>(source.files.size());
  if (source.options.shuffle_pictures) {
    plan.order = rng.fork("order").permutation(files);
  } else {
    for (std::int64_t i = 0; i < files; ++i) plan.order.push_back(i);
  }
  plan.most_ahead = 2 * static_cast<std::size_t>(source.pool->threads()) + 2;
  plan.read_picture = [&source, reading](const media::InputFile& file) {
    return read_picture(source, file, reading);
  };
  plan.open_film = [&source, rng, reading](std::size_t index) {
    return open_film(source, index, rng, reading);
  };
  return plan;
}

std::size_t batches_in_flight(int threads) { return 2 + static_cast<std::size_t>(threads) / 8; }

}  // namespace

bool PatchSource::needs_sharpened() const {
  return options.sharpening.has_value() ||
         pipeline->options().source == degradation::DegradedSource::kSharpened;
}

degradation::UsmOptions PatchSource::usm_options() const {
  return options.sharpening.value_or(degradation::UsmOptions{});
}

PatchEpoch::PatchEpoch(PatchSource& source, std::int64_t epoch, std::int64_t first_batch)
    : source_(source),
      rng_(epoch_rng(source, epoch)),
      epoch_(epoch),
      pairs_taken_(first_batch * source.options.batch_size),
      counter_(*source.pool, read_plan(source, rng_, Reading::kSizes)),
      reader_(*source.pool, read_plan(source, rng_, Reading::kSamples)),
      degrader_(*source.pool, batches_in_flight(source.pool->threads())),
      loop_(*source.pool),
      queue_(static_cast<std::size_t>(source.options.batch_size),
             static_cast<std::size_t>(source.options.shuffle_buffer), rng_.fork("shuffle"),
             pairs_taken_),
      pending_size_(static_cast<std::size_t>(
          rng_.fork("first_batch_size").uniform_int(source.pipeline->options().first_batch_size))),
      coordinator_([this] { coordinate(); }) {}

PatchEpoch::~PatchEpoch() {
  counter_.cancel();
  reader_.cancel();
  degrader_.cancel();
  loop_.cancel();
  queue_.cancel();
  coordinator_.join();
}

PatchStreamStatistics PatchEpoch::statistics() const {
  const ReadAhead::Counts before = counter_.counts();
  const ReadAhead::Counts counts = reader_.counts();
  const std::scoped_lock lock(mutex_);
  PatchStreamStatistics statistics = statistics_;
  statistics.pictures_read = before.pictures + counts.pictures;
  statistics.frames_read = before.frames + counts.frames;
  return statistics;
}

void PatchEpoch::count(std::int64_t PatchStreamStatistics::*what, std::int64_t number) {
  const std::scoped_lock lock(mutex_);
  statistics_.*what += number;
}

void PatchEpoch::coordinate() {
  ops::use_one_intra_op_thread();
  std::exception_ptr error;
  try {
    run();
  } catch (...) {  // Interrupted too, by the destructor: then nobody listens any more.
    error = std::current_exception();
  }
  if (error) queue_.fail(std::move(error));
}

void PatchEpoch::run() {
  if (pairs_taken_ > 0) count_ahead();
  while (auto item = reader_.next()) {
    if (item->is_skipped) {
      for (const ReadItem& known : skip_->items(item->source)) take(known);
    } else {
      take(*item);
    }
    hand_on_finished();
  }
  if (!pending_.empty()) degrade(std::exchange(pending_, {}));
  while (!line_.empty()) hand_on_oldest();
  check_yield();
  queue_.end();
}

void PatchEpoch::count_ahead() {
  const degradation::PipelineOptions& pipeline = source_.pipeline->options();
  EpochRules rules;
  rules.sources = source_.files.size();
  rules.patch_size = source_.options.patch_size;
  rules.small_pictures = source_.options.small_pictures;
  rules.first_batch_size = pending_size_;
  rules.batch_size = static_cast<std::size_t>(pipeline.batch_size);
  rules.shuffle_buffer = static_cast<std::size_t>(source_.options.shuffle_buffer);
  rules.shuffle = rng_.fork("shuffle");
  skip_.emplace(rules, pairs_taken_);
  while (!skip_->is_decided()) {
    auto item = counter_.next();
    if (item) {
      complain(*item);
      skip_->add(std::move(*item));
    } else {
      skip_->end();
    }
  }
  counter_.cancel();
  std::vector<bool> passed(rules.sources);
  for (std::size_t source = 0; source < passed.size(); ++source) {
    passed[source] = skip_->is_passed(source);
  }
  reader_.skip(std::move(passed));
}

void PatchEpoch::take(const ReadItem& item) {
  if (item.picture) take_picture(item.source, *item.picture);
  if (item.segment) take_segment(item.source, *item.segment);
  if (item.is_left_out) count(&PatchStreamStatistics::left_out);
  complain(item);
  if (item.damage.empty() || item.is_used) return;
  const std::scoped_lock lock(mutex_);
  ++statistics_.unreadable;
  statistics_.unreadable_sources.push_back({path_of(item.source), item.damage});
}

void PatchEpoch::complain(const ReadItem& item) {
  if (item.damage.empty() || !source_.warned.insert(item.source).second) return;
  log::warn(item.damage + (item.is_used ? " (the film is used up to there)" : " (left out)"));
}

void PatchEpoch::take_picture(std::size_t source, const ReadPicture& picture) {
  const std::int64_t patch_size = source_.options.patch_size;
  const auto area = grid_area(picture.size, patch_size, source_.options.small_pictures);
  const GridOffset offset = offset_of(source, picture, area);
  if (!area) {
    count(&PatchStreamStatistics::left_out);
    return;
  }
  const Rng augment = rng_.fork("augment").fork(source);
  const std::vector<Crop> crops = grid_crops(*area, patch_size, offset);
  for (std::size_t i = 0; i < crops.size(); ++i) {
    HqPicture patch;
    patch.origin = {path_of(source), 0, crops[i],
                    draw_augment(source_.options.augment, augment.fork(i))};
    if (picture.hq.defined()) {
      patch.hq = augmented(take_crop(picture.hq, crops[i]), patch.origin.augment);
    }
    if (picture.hq_sharpened.defined()) {
      patch.hq_sharpened =
          augmented(take_crop(picture.hq_sharpened, crops[i]), patch.origin.augment);
    }
    pending_.push_back(std::move(patch));
    if (pending_.size() < pending_size_) continue;
    degrade(std::exchange(pending_, {}));
    pending_size_ = static_cast<std::size_t>(source_.pipeline->options().batch_size);
  }
}

GridOffset PatchEpoch::offset_of(std::size_t source, const ReadPicture& picture,
                                 const std::optional<PictureSize>& area) {
  const std::int64_t patch_size = source_.options.patch_size;
  if (source_.options.offsets == GridOffsets::kPublished) {
    // What is left out takes numbers as well.
    return published_.next(area.value_or(picture.size), patch_size);
  }
  if (!area) return {};
  Rng rng = rng_.fork("offset").fork(source);
  return draw_grid_offset(*area, patch_size, rng);
}

void PatchEpoch::take_segment(std::size_t source, const FilmSegment& segment) {
  const Rng rng =
      rng_.fork("augment").fork(source).fork(static_cast<std::uint64_t>(segment.first_frame));
  for (std::size_t c = 0; c < segment.cells.size(); ++c) {
    const FilmCell& cell = segment.cells[c];
    std::vector<HqPicture> frames(segment.frames);
    if (!is_needed()) {
      degrade(std::move(frames));
      continue;
    }
    const degradation::Augment augment = draw_augment(source_.options.augment, rng.fork(c));
    loop_.run(frames.size(), [&](std::size_t i) {
      const torch::Tensor& window = cell.windows[i];
      frames[i].hq = augmented(take_crop(window, cell.inner), augment);
      if (source_.needs_sharpened()) {
        const auto sharpened = sharpened_picture(window, source_.usm_options());
        frames[i].hq_sharpened = augmented(take_crop(sharpened, cell.inner), augment);
      }
      frames[i].origin = {path_of(source), segment.first_frame + static_cast<std::int64_t>(i),
                          cell.crop, augment};
    });
    degrade(std::move(frames));
  }
}

void PatchEpoch::degrade(std::vector<HqPicture> pictures) {
  if (!is_needed()) {
    ++pushed_;
    line_.push_back(pictures.size());
    return hand_on_finished();
  }
  while (degrader_.is_full()) hand_on_oldest();
  const std::int64_t side = source_.options.patch_size;
  const std::vector<PictureSize> sizes(pictures.size(), PictureSize{side, side});
  HqBatch batch;
  batch.recipe = source_.pipeline->draw(
      sizes, rng_.fork("recipe").fork(static_cast<std::uint64_t>(pushed_++)));
  batch.pictures = std::move(pictures);
  batch.source = source_.pipeline->options().source;
  degrader_.push(std::move(batch));
  line_.push_back(0);
}

void PatchEpoch::hand_on_finished() {
  while (!line_.empty() && (line_.front() > 0 || degrader_.is_ready())) hand_on_oldest();
}

void PatchEpoch::hand_on_oldest() {
  const std::size_t left_out = line_.front();
  line_.pop_front();
  if (left_out > 0) {
    ++popped_;
    for (std::size_t i = 0; i < left_out; ++i) queue_.push({});
    return;
  }
  DegradedBatch degraded = degrader_.pop();
  const auto together = std::make_shared<DegradedTogether>();
  together->epoch = epoch_;
  together->number = popped_++;
  together->recipe = std::move(degraded.input.recipe);
  together->source = degraded.input.source;
  for (HqPicture& picture : degraded.input.pictures) {
    together->origins.push_back(std::move(picture.origin));
  }
  count(&PatchStreamStatistics::pairs, static_cast<std::int64_t>(degraded.lq.size()));
  for (std::size_t unit = 0; unit < degraded.lq.size(); ++unit) {
    PatchPair pair;
    pair.lq = std::move(degraded.lq[unit]);
    pair.hq = std::move(degraded.input.pictures[unit].hq);
    if (source_.options.sharpening) {
      pair.hq_sharpened = std::move(degraded.input.pictures[unit].hq_sharpened);
    }
    pair.history = {together, static_cast<std::int64_t>(unit)};
    queue_.push(std::move(pair));
  }
}

void PatchEpoch::check_yield() const {
  const PatchStreamStatistics so_far = statistics();
  if (pushed_ > 0) return;
  const auto files = static_cast<std::int64_t>(source_.files.size());
  if (so_far.unreadable == files) {
    throw InputError(
        "none of " + std::to_string(files) +
        " pictures and films can be read; the first: " + so_far.unreadable_sources.front().message);
  }
  const std::string side = std::to_string(source_.options.patch_size);
  throw InputError("none of " + std::to_string(files) + " pictures and films yields a patch of " +
                   side + "x" + side + ": " + std::to_string(so_far.left_out) +
                   " are smaller, and " + std::to_string(so_far.unreadable) + " cannot be read");
}

}  // namespace vcisr::data
