// SPDX-License-Identifier: Apache-2.0
#include "data/film_cells.h"

#include <algorithm>
#include <utility>

#include "data/film_frames.h"
#include "data/hq_picture.h"
#include "vcisr/core/error.h"

namespace vcisr::data {
namespace {

using degradation::Crop;
using degradation::PictureSize;

}  // namespace

void FilmCells::open() {
  reader_.emplace(path_, film_decoder());
  const media::VideoInfo& info = reader_->info();
  if (!grid_area({info.height, info.width}, options_.patch_size, options_.small_pictures)) {
    is_left_out_ = true;
    has_ended_ = true;
  }
}

std::optional<torch::Tensor> FilmCells::next_frame() {
  if (has_ended_) return std::nullopt;
  try {
    if (!reader_) open();
    if (!has_ended_) {
      if (auto frame = reader_->read()) {
        ++frames_read_;
        return frame;
      }
    }
  } catch (const InputError& error) {
    damage_ = error.what();
  }
  has_ended_ = true;
  reader_.reset();
  return std::nullopt;
}

std::vector<FilmCell> FilmCells::choose_cells(const PictureSize& frame) const {
  Rng rng = rng_.fork("cells").fork(segments_);
  const PictureSize area =
      grid_area(frame, options_.patch_size, options_.small_pictures).value_or(frame);
  const std::vector<Crop> crops =
      grid_crops(area, options_.patch_size, draw_grid_offset(area, options_.patch_size, rng));
  auto chosen = rng.permutation(static_cast<std::int64_t>(crops.size()));
  chosen.resize(std::min(chosen.size(), static_cast<std::size_t>(options_.cells_per_clip)));
  std::sort(chosen.begin(), chosen.end());
  std::vector<FilmCell> cells;
  for (const std::int64_t index : chosen) {
    const Crop& crop = crops[static_cast<std::size_t>(index)];
    const Crop window = widened(crop, options_.margin, frame);
    cells.push_back(
        {crop, {crop.top - window.top, crop.left - window.left, crop.height, crop.width}, {}});
  }
  return cells;
}

std::optional<FilmSegment> FilmCells::read(const std::function<bool()>& is_cancelled) {
  const std::int64_t most = segments_ == 0
                                ? rng_.fork("first_frames").uniform_int(options_.first_frames)
                                : options_.frames;
  FilmSegment segment;
  segment.first_frame = frames_read_;
  for (std::int64_t frame = 0; frame < most; ++frame) {
    if (is_cancelled()) return std::nullopt;
    const auto rgb = next_frame();
    if (!rgb) break;
    const PictureSize size{rgb->size(1), rgb->size(2)};
    if (segment.cells.empty()) segment.cells = choose_cells(size);
    ++segment.frames;
    if (!options_.needs_samples) continue;
    for (FilmCell& cell : segment.cells) {
      cell.windows.push_back(take_crop(*rgb, widened(cell.crop, options_.margin, size)));
    }
  }
  if (segment.cells.empty()) return std::nullopt;
  ++segments_;
  return segment;
}

}  // namespace vcisr::data
