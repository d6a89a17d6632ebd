// SPDX-License-Identifier: Apache-2.0
#include "evaluation/item_reader.h"

#include <filesystem>
#include <utility>

#include "evaluation/film_checks.h"
#include "vcisr/core/error.h"
#include "vcisr/imaging/sample_depth.h"
#include "vcisr/media/image.h"
#include "vcisr/media/pixel_format.h"

namespace vcisr::evaluation {
namespace {

namespace fs = std::filesystem;

std::string size_text(const media::Image& image) {
  return std::to_string(image.width) + "x" + std::to_string(image.height);
}

void check_images(const fs::path& path, const media::Image& image, const fs::path& other_path,
                  const media::Image& other, const EvaluationOptions& options) {
  if (image.width != other.width || image.height != other.height) {
    throw InputError(path.string() + " is " + size_text(image) + " and " + other_path.string() +
                     " is " + size_text(other) +
                     ": pictures of one size are compared; crop or scale one of them");
  }
  if (!options.bit_depth && image.bit_depth != other.bit_depth) {
    throw InputError(path.string() + " has " + std::to_string(image.bit_depth) +
                     " bits a sample and " + other_path.string() + " has " +
                     std::to_string(other.bit_depth) +
                     ": --bit-depth 8 rounds both to 8, --bit-depth 16 widens the other");
  }
  if (!options.accepted.alpha && image.has_alpha() != other.has_alpha()) {
    throw InputError((image.has_alpha() ? path : other_path).string() + " has transparency and " +
                     (image.has_alpha() ? other_path : path).string() +
                     " has none: flatten it, or give --accept alpha, which leaves it out");
  }
}

metrics::PicturePtr picture_of(const media::Image& image, const EvaluationOptions& options) {
  const int bit_depth = options.bit_depth.value_or(image.bit_depth);
  return std::make_shared<const metrics::Picture>(imaging::rgb_samples(image, bit_depth),
                                                  bit_depth);
}

void check_bit_depth(const EvaluationOptions& options, bool is_film) {
  if (!options.bit_depth) return;
  const int bits = *options.bit_depth;
  const bool is_good = is_film ? bits >= 8 && bits <= 16 : bits == 8 || bits == 16;
  if (is_good) return;
  throw ConfigError("--bit-depth " + std::to_string(bits) + ": " +
                    (is_film ? "films are compared with 8 to 16 bits"
                             : "pictures are compared with 8 or 16 bits"));
}

}  // namespace

metrics::Comparison read_pictures(const EvaluationItem& item, const EvaluationOptions& options) {
  check_bit_depth(options, /*is_film=*/false);
  const auto distorted = media::read_image(item.distorted);
  metrics::Comparison comparison;
  comparison.distorted = picture_of(distorted, options);
  const auto read_other = [&](const fs::path& path) -> metrics::PicturePtr {
    if (path.empty()) return nullptr;
    const auto image = media::read_image(path);
    check_images(item.distorted, distorted, path, image, options);
    return picture_of(image, options);
  };
  comparison.reference = read_other(item.reference);
  comparison.compressed = read_other(item.compressed);
  return comparison;
}

FilmSet::FilmSet(const EvaluationItem& item, const EvaluationOptions& options,
                 const FilmNeeds& needs)
    : options_(options), needs_(needs) {
  check_bit_depth(options, /*is_film=*/true);
  open(item);
  for (const auto* other : {reference_.get(), compressed_.get()}) {
    if (other != nullptr) check_films(info(), other->info(), options_, needs_.planes);
  }
  start();
}

void FilmSet::open(const EvaluationItem& item) {
  struct Film {
    std::string path;
    std::unique_ptr<FilmSource>* source;
  };
  const Film films[] = {{item.distorted.string(), &distorted_},
                        {item.reference.string(), &reference_},
                        {item.compressed.string(), &compressed_}};
  // Raw films come last: they take what they do not know from the others.
  const FilmSource* told = nullptr;
  for (const bool raw : {false, true}) {
    for (const auto& film : films) {
      if (film.path.empty() || is_raw_film(film.path, options_.decoder) != raw) continue;
      auto decoder = options_.decoder;
      if (raw && decoder.raw_width == 0 && told != nullptr) {
        decoder.raw_width = told->info().width;
        decoder.raw_height = told->info().height;
      }
      if (raw && decoder.raw_pixel_format.empty() && told != nullptr) {
        decoder.raw_pixel_format = media::name(told->info().format);
      }
      *film.source = std::make_unique<FilmSource>(film.path, decoder);
      if (!raw) told = film.source->get();
      has_raw_ = has_raw_ || raw;
    }
  }
}

void FilmSet::start() {
  // A film without colour tags is taken for what its partner is.
  const auto is_told = [this](const FilmSource& source) {
    return !source.info().matrix_guessed && !is_raw_film(source.info().path, options_.decoder);
  };
  const media::VideoInfo* told = nullptr;
  for (const auto* source : {compressed_.get(), reference_.get(), distorted_.get()}) {
    if (source != nullptr && is_told(*source)) told = &source->info();
  }
  for (auto* source : {distorted_.get(), reference_.get(), compressed_.get()}) {
    if (source == nullptr) continue;
    const auto& info = source->info();
    auto color = info.color;
    if (told != nullptr && !is_told(*source)) {
      const bool is_raw = is_raw_film(info.path, options_.decoder);
      if (is_raw) color = told->color;
      color.matrix = told->color.matrix;
      if (is_raw || color != info.color) {
        notes_.push_back(info.path +
                         " does not name its colours and is taken for what its partner "
                         "is: " +
                         describe(color));
      }
    }
    source->start(options_.bit_depth.value_or(info.format.bit_depth), color);
  }
}

std::optional<FilmFrame> FilmSet::next_of(FilmSource* other) const {
  return other == nullptr ? std::nullopt : other->next();
}

bool FilmSet::is_end(const std::optional<FilmFrame>& ours, const std::optional<FilmFrame>& theirs,
                     const FilmSource* other) const {
  if (other == nullptr || ours.has_value() == theirs.has_value()) return !ours;
  if (options_.accepted.count) return true;
  throw InputError(ours ? count_mismatch(other->info(), info(), frames_)
                        : count_mismatch(info(), other->info(), frames_));
}

std::optional<FilmSet::Frames> FilmSet::next() {
  auto distorted = distorted_->next();
  auto reference = next_of(reference_.get());
  auto compressed = next_of(compressed_.get());
  const bool reference_ends = is_end(distorted, reference, reference_.get());
  const bool compressed_ends = is_end(distorted, compressed, compressed_.get());
  if (reference_ends || compressed_ends) return std::nullopt;
  ++frames_;
  Frames frames;
  frames.comparison.distorted = distorted->picture;
  frames.distorted_s = distorted->time_s;
  if (reference) {
    frames.comparison.reference = reference->picture;
    frames.reference_s = reference->time_s;
  }
  if (compressed) frames.comparison.compressed = compressed->picture;
  frames.comparison.previous_distorted = previous_distorted_;
  frames.comparison.previous_reference = previous_reference_;
  if (needs_.previous) {
    previous_distorted_ = frames.comparison.distorted;
    previous_reference_ = frames.comparison.reference;
  }
  return frames;
}

std::vector<std::string> FilmSet::notes() const {
  std::vector<std::string> notes;
  for (const auto* source : {distorted_.get(), reference_.get(), compressed_.get()}) {
    if (source != nullptr) notes.push_back(describe_film(source->info()));
  }
  notes.insert(notes.end(), notes_.begin(), notes_.end());
  return notes;
}

std::vector<std::string> FilmSet::stop() {
  std::vector<std::string> sentences;
  for (auto* source : {distorted_.get(), reference_.get(), compressed_.get()}) {
    if (source == nullptr) continue;
    source->stop();
    if (source->damage_count() == 0) continue;
    sentences.push_back(source->info().path + ": " + std::to_string(source->damage_count()) +
                        " damaged packets or frames were left out or concealed: frames behind "
                        "them may be compared with the wrong ones");
  }
  return sentences;
}

double FilmSet::period_s() const {
  if (!reference_ || has_raw_ || info().frame_rate.num <= 0) return 0;
  return 1.0 / info().frame_rate.value();
}

}  // namespace vcisr::evaluation
