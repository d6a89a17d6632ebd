// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/recipe_replay.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "data/film_frames.h"
#include "data/hq_picture.h"
#include "data/ordered_jobs.h"
#include "vcisr/core/error.h"
#include "vcisr/data/augmentation.h"
#include "vcisr/data/sharpened_picture.h"
#include "vcisr/imaging/rgb_picture.h"

namespace vcisr::data {
namespace {

namespace fs = std::filesystem;
using degradation::GroupRecipe;
using degradation::GroupStep;
using degradation::Recipe;
using degradation::RecipeUnit;

constexpr std::size_t kMostUnits = 128;

/// The groups that a unit names.
std::vector<std::int64_t> groups_of(const RecipeUnit& unit) {
  std::vector<std::int64_t> groups;
  for (const auto& step : unit.steps) {
    if (const auto* const group = std::get_if<GroupStep>(&step)) groups.push_back(group->group);
  }
  return groups;
}

/// Every group has its units and every unit its groups, once.
void check_groups(const Recipe& recipe, const std::string& name) {
  std::set<std::pair<std::int64_t, std::int64_t>> named;  // Group, unit.
  std::set<std::int64_t> units;
  for (const RecipeUnit& unit : recipe.units) {
    units.insert(unit.unit);
    for (const std::int64_t group : groups_of(unit)) {
      if (named.emplace(group, unit.unit).second) continue;
      throw InputError(name + ": unit " + std::to_string(unit.unit) + " names group " +
                       std::to_string(group) + " twice");
    }
  }
  for (const GroupRecipe& group : recipe.groups) {
    const std::string subject = name + ": group " + std::to_string(group.group);
    for (const std::int64_t unit : group.units) {
      const std::string member = "unit " + std::to_string(unit);
      if (!units.contains(unit)) {
        throw InputError(subject + " needs " + member + ", which has no line in the recipe");
      }
      if (named.erase({group.group, unit}) == 0) {
        throw InputError(subject + " holds " + member + ", which does not name it (or twice)");
      }
    }
  }
  for (const auto& [group, unit] : named) {
    throw InputError(name + ": unit " + std::to_string(unit) + " names group " +
                     std::to_string(group) + ", whose line does not hold it");
  }
}

}  // namespace

class RecipeReplay::Impl {
 public:
  Impl(Recipe recipe, RecipeReplayOptions options)
      : recipe_(std::move(recipe)),
        options_(std::move(options)),
        is_sharpening_(options_.needs_sharpened ||
                       recipe_.header.source == degradation::DegradedSource::kSharpened),
        runs_(runs_of_pictures()),
        loaded_(
            runs_.size(), options_.readers, kMostBatchBytes,
            [this](std::size_t run) { return load(runs_[run]); },
            [](const std::vector<Prepared>& pictures) {
              std::int64_t bytes = 0;
              for (const Prepared& picture : pictures) bytes += bytes_of(picture.samples);
              return bytes;
            }) {
    check_groups(recipe_, options_.recipe_name);
    for (const GroupRecipe& group : recipe_.groups) groups_[group.group] = &group;
  }

  std::optional<SourceBatch> next() {
    if (unit_ == recipe_.units.size()) return std::nullopt;
    SourceBatch batch;
    batch.batch.source = recipe_.header.source;
    std::map<std::int64_t, std::size_t> missing;         // Units, by open group.
    std::map<std::int64_t, std::int64_t> index_of_unit;  // In this batch.
    std::vector<std::int64_t> met;
    std::int64_t bytes = 0;
    while (unit_ < recipe_.units.size()) {
      const RecipeUnit& unit = recipe_.units[unit_];
      for (const std::int64_t group : groups_of(unit)) {
        const auto [found, is_new] = missing.emplace(group, groups_.at(group)->units.size());
        if (is_new) met.push_back(group);
        if (--found->second == 0) missing.erase(found);
      }
      index_of_unit[unit.unit] = static_cast<std::int64_t>(batch.tags.size());
      add(batch, unit);
      bytes += bytes_of({batch.batch.pictures.back().hq, batch.batch.pictures.back().hq_sharpened});
      ++unit_;
      if (missing.empty() && (batch.tags.size() >= kMostUnits || bytes >= kMostBatchBytes)) break;
    }
    for (const std::int64_t number : met) {
      GroupRecipe group = *groups_.at(number);
      for (auto& unit : group.units) unit = index_of_unit.at(unit);
      batch.batch.recipe.groups.push_back(std::move(group));
    }
    return batch;
  }

 private:
  struct Prepared {
    HqSamples samples;
    std::optional<degradation::Crop> crop;
  };
  /// Consecutive units of one picture, which is read once for them.
  struct Run {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  [[nodiscard]] fs::path path_of(const std::string& source) const {
    return options_.root / source;  // An absolute source stays what it is.
  }

  [[nodiscard]] std::vector<Run> runs_of_pictures() {
    std::vector<Run> runs;
    const auto& units = recipe_.units;
    for (std::size_t i = 0; i < units.size(); ++i) {
      const std::string& source = units[i].source;
      if (i > 0 && units[i - 1].source == source) {
        if (!is_film_.at(source)) runs.back().end = i + 1;
        continue;
      }
      if (!is_film_.contains(source)) {
        const fs::path path = path_of(source);
        std::error_code error;
        if (!fs::is_regular_file(path, error)) {
          throw InputError(path.string() + ": no such file, but " + options_.recipe_name +
                           " names it as the source of unit " + std::to_string(units[i].unit) +
                           " (--input names the folder that sources are relative to)");
        }
        is_film_[source] = media::file_kind(path) == media::FileKind::kFilm;
      }
      if (!is_film_.at(source)) runs.push_back({i, i + 1});
    }
    return runs;
  }

  [[nodiscard]] std::vector<Prepared> load(const Run& run) const {
    const std::string path = path_of(recipe_.units[run.begin].source).string();
    HqSamples whole{imaging::read_rgb8(path), {}};
    if (is_sharpening_) whole.hq_sharpened = sharpened_picture(whole.hq);
    std::vector<Prepared> pictures;
    for (std::size_t i = run.begin; i < run.end; ++i) {
      const RecipeUnit& unit = recipe_.units[i];
      if (unit.frame != 0) {
        throw InputError(path + ": is a picture, but unit " + std::to_string(unit.unit) + " of " +
                         options_.recipe_name + " wants frame " + std::to_string(unit.frame));
      }
      pictures.push_back(prepare(unit, whole, path));
    }
    return pictures;
  }

  /// The unit's crop of a picture; without one, what whole pictures are cut to.
  [[nodiscard]] Prepared prepare(const RecipeUnit& unit, const HqSamples& whole,
                                 const std::string& path) const {
    const auto crop =
        unit.crop ? unit.crop : crop_to_multiple(whole.hq, recipe_.header.scale, path);
    HqSamples part = cropped(whole, crop, path);
    part = {augmented(part.hq, unit.augment), augmented(part.hq_sharpened, unit.augment)};
    return {std::move(part), crop};
  }

  void add(SourceBatch& batch, const RecipeUnit& unit) {
    PictureTag tag{.unit = unit.unit, .time = {}, .film = nullptr};
    Prepared prepared;
    if (is_film_.at(unit.source)) {
      seek(unit);
      tag.time = film_->time();
      tag.film = film_->info();
      prepared = prepare(unit, frame_, film_source_);
    } else {
      if (taken_ == taken_run_.size()) {
        taken_run_ = loaded_.take();
        taken_ = 0;
      }
      prepared = std::move(taken_run_[taken_++]);
    }
    batch.batch.pictures.push_back({.hq = prepared.samples.hq,
                                    .hq_sharpened = prepared.samples.hq_sharpened,
                                    .origin = {.source = unit.source,
                                               .frame = unit.frame,
                                               .crop = prepared.crop,
                                               .augment = unit.augment}});
    batch.tags.push_back(std::move(tag));
    batch.batch.recipe.units.push_back({unit.steps});
  }

  /// Makes the unit's frame the current one.
  void seek(const RecipeUnit& unit) {
    const std::string path = path_of(unit.source).string();
    if (film_ == nullptr || film_source_ != path || unit.frame < film_->number()) {
      film_ = std::make_unique<FilmFrames>(path);
      film_source_ = path;
    }
    if (unit.frame == film_->number()) return;
    while (film_->number() < unit.frame) {
      auto frame = film_->next();
      if (!frame) {
        throw InputError(path + ": has " + std::to_string(film_->number() + 1) +
                         " frames, but unit " + std::to_string(unit.unit) + " of " +
                         options_.recipe_name + " wants frame " + std::to_string(unit.frame) +
                         ", counted from 0");
      }
      frame_.hq = std::move(*frame);
    }
    frame_.hq_sharpened = is_sharpening_ ? sharpened_picture(frame_.hq) : torch::Tensor();
  }

  Recipe recipe_;
  RecipeReplayOptions options_;
  bool is_sharpening_;
  std::map<std::int64_t, const GroupRecipe*> groups_;
  std::map<std::string, bool> is_film_;  // By source.
  std::size_t unit_ = 0;                 // The next one.
  std::unique_ptr<FilmFrames> film_;
  std::string film_source_;
  HqSamples frame_;
  std::vector<Prepared> taken_run_;
  std::size_t taken_ = 0;
  std::vector<Run> runs_;
  OrderedJobs<std::vector<Prepared>> loaded_;  // Last: its threads use the rest.
};

RecipeReplay::RecipeReplay(Recipe recipe, RecipeReplayOptions options)
    : impl_(std::make_unique<Impl>(std::move(recipe), std::move(options))) {}
RecipeReplay::~RecipeReplay() = default;

std::optional<SourceBatch> RecipeReplay::next() { return impl_->next(); }

}  // namespace vcisr::data
