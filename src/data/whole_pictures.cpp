// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/whole_pictures.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <utility>

#include "data/film_frames.h"
#include "data/hq_picture.h"
#include "data/ordered_jobs.h"
#include "vcisr/core/error.h"
#include "vcisr/core/rng.h"
#include "vcisr/data/sharpened_picture.h"
#include "vcisr/imaging/rgb_picture.h"

namespace vcisr::data {
namespace {

/// The pictures among the files.
std::vector<SourceFile> pictures_of(const std::vector<SourceFile>& files) {
  std::vector<SourceFile> pictures;
  for (const auto& file : files) {
    if (file.kind == media::FileKind::kPicture) pictures.push_back(file);
  }
  return pictures;
}

}  // namespace

class WholePictures::Impl {
 public:
  Impl(const degradation::Pipeline& pipeline, WholePictureOptions options)
      : pipeline_(pipeline),
        options_(std::move(options)),
        is_sharpening_(options_.needs_sharpened ||
                       pipeline.options().source == degradation::DegradedSource::kSharpened),
        pictures_(pictures_of(options_.files)),
        loaded_(
            pictures_.size(), options_.readers, kMostBatchBytes,
            [this](std::size_t index) {
              return prepare(imaging::read_rgb8(pictures_[index].path), pictures_[index].name);
            },
            [](const Loaded& loaded) { return bytes_of(loaded.samples); }) {}

  std::optional<SourceBatch> next() {
    while (ready_.empty()) {
      if (film_ != nullptr) {
        read_film();
      } else if (file_ < options_.files.size()) {
        begin_file(options_.files[file_++]);
      } else if (!open_.pictures.empty()) {
        close_batch();
      } else {
        return std::nullopt;
      }
    }
    SourceBatch batch = std::move(ready_.front());
    ready_.pop_front();
    return batch;
  }

 private:
  struct Loaded {
    HqSamples samples;
    std::optional<degradation::Crop> crop;
  };

  [[nodiscard]] Loaded prepare(const torch::Tensor& rgb, const std::string& name) const {
    HqSamples whole{rgb, {}};
    const auto crop = crop_to_multiple(rgb, pipeline_.options().scale, name);
    // The whole picture, so that what is cut off counts at the edges as in a replay.
    if (is_sharpening_) whole.hq_sharpened = sharpened_picture(rgb);
    return {cropped(whole, crop, name), crop};
  }

  void begin_file(const SourceFile& file) {
    try {
      if (file.kind == media::FileKind::kFilm) {
        close_batch();
        film_ = std::make_unique<FilmFrames>(file.path.string());
        film_name_ = file.name;
      } else {
        add(loaded_.take(), file.name, 0, {});
      }
    } catch (const MediaError&) {
      fail(file.name);
    }
  }

  void read_film() {
    try {
      while (ready_.empty()) {
        const auto frame = film_->next();
        if (!frame) {
          close_batch();
          film_.reset();
          return;
        }
        PictureTag tag{.unit = 0, .time = film_->time(), .film = film_->info()};
        add(prepare(*frame, film_name_), film_name_, film_->number(), std::move(tag));
      }
    } catch (const MediaError&) {
      // Frames before it are not worth a batch: their film is given up.
      open_ = {};
      open_tags_.clear();
      film_.reset();
      fail(film_name_);
    }
  }

  void add(Loaded loaded, const std::string& name, std::int64_t frame, PictureTag tag) {
    const torch::Tensor& hq = loaded.samples.hq;
    const bool fits = open_.pictures.empty() ||
                      (open_.pictures.front().hq.sizes() == hq.sizes() &&
                       static_cast<std::int64_t>(open_.pictures.size()) < most_pictures(hq));
    if (!fits) close_batch();
    open_.pictures.push_back({.hq = hq,
                              .hq_sharpened = loaded.samples.hq_sharpened,
                              .origin = {.source = name, .frame = frame, .crop = loaded.crop}});
    open_tags_.push_back(std::move(tag));
    if (static_cast<std::int64_t>(open_.pictures.size()) >= most_pictures(hq)) close_batch();
  }

  [[nodiscard]] std::int64_t most_pictures(const torch::Tensor& hq) const {
    constexpr std::int64_t kGroup = 16;
    std::int64_t most = std::max<std::int64_t>(1, kMostBatchBytes / hq.numel());
    if (most > kGroup) most -= most % kGroup;
    return std::min(most, pipeline_.options().batch_size);
  }

  void close_batch() {
    if (open_.pictures.empty()) return;
    SourceBatch batch{.batch = std::move(open_), .tags = std::move(open_tags_), .failure = {}};
    open_ = {};
    open_tags_ = {};
    std::vector<degradation::PictureSize> sizes;
    for (const HqPicture& picture : batch.batch.pictures) {
      sizes.push_back({picture.hq.size(1), picture.hq.size(2)});
    }
    batch.batch.source = pipeline_.options().source;
    batch.batch.recipe = pipeline_.draw(sizes, Rng(options_.seed, batches_++));
    number(batch);
    ready_.push_back(std::move(batch));
  }

  /// Numbers of the whole work instead of the batch's.
  void number(SourceBatch& batch) {
    for (PictureTag& tag : batch.tags) tag.unit = units_++;
    degradation::BatchRecipe& recipe = batch.batch.recipe;
    for (auto& group : recipe.groups) group.group += groups_;
    for (auto& unit : recipe.units) {
      for (auto& step : unit.steps) {
        if (auto* const group = std::get_if<degradation::GroupStep>(&step)) group->group += groups_;
      }
    }
    groups_ += static_cast<std::int64_t>(recipe.groups.size());
  }

  void fail(const std::string& name) {
    SourceBatch failed;
    failed.failure = SourceFailure{name, std::current_exception()};
    ready_.push_back(std::move(failed));
  }

  const degradation::Pipeline& pipeline_;
  WholePictureOptions options_;
  bool is_sharpening_;
  std::vector<SourceFile> pictures_;
  std::size_t file_ = 0;
  std::unique_ptr<FilmFrames> film_;  // nullptr where none is being read.
  std::string film_name_;
  HqBatch open_;
  std::vector<PictureTag> open_tags_;
  std::deque<SourceBatch> ready_;
  std::uint64_t batches_ = 0;
  std::int64_t units_ = 0;
  std::int64_t groups_ = 0;
  OrderedJobs<Loaded> loaded_;  // Last: its threads use the rest.
};

WholePictures::WholePictures(const degradation::Pipeline& pipeline, WholePictureOptions options)
    : impl_(std::make_unique<Impl>(pipeline, std::move(options))) {}
WholePictures::~WholePictures() = default;

std::optional<SourceBatch> WholePictures::next() { return impl_->next(); }

}  // namespace vcisr::data
