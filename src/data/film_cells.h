// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vcisr/core/range.h"
#include "vcisr/core/rng.h"
#include "vcisr/data/grid_crops.h"
#include "vcisr/imaging/film_reader.h"

namespace vcisr::data {

/// One place of a film for some time, with what sharpening sees around it.
struct FilmCell {
  degradation::Crop crop;              ///< Of the film's frames.
  degradation::Crop inner;             ///< The same, of the windows.
  std::vector<torch::Tensor> windows;  ///< uint8 [3, h, w], frame after frame; none where only
                                       ///< numbers were asked for.
};

/// Consecutive frames of a film, of which only some cells are kept.
struct FilmSegment {
  std::int64_t first_frame = 0;
  std::size_t frames = 0;
  std::vector<FilmCell> cells;
};

struct FilmCellOptions {
  std::int64_t patch_size = 360;
  SmallPictures small_pictures = SmallPictures::kMirror;
  std::int64_t cells_per_clip = 4;
  std::int64_t margin = 0;  ///< Samples around a cell that are kept as well, where there are any.
  Range<std::int64_t> first_frames{32, 127};  ///< Length of the first segment.
  std::int64_t frames = 128;                  ///< Of all others.
  bool needs_samples = true;                  ///< Fill the windows.
};

/// Reads a film from front to back, segment by segment.
///
/// Random   From `rng` alone: length of the first segment, grid offset and cells of each.
/// Threads  one object, one thread at a time; one codec thread.
class FilmCells {
 public:
  FilmCells(std::string path, const FilmCellOptions& options, const Rng& rng)
      : path_(std::move(path)), options_(options), rng_(rng) {}

  /// The next segment: nullopt at the end of the film, or when it is too small and left out, or if
  /// `is_cancelled` says so meanwhile. A film ends where it is damaged (damage()).
  std::optional<FilmSegment> read(const std::function<bool()>& is_cancelled);

  /// Why the film could not be read (to its end); "" if nothing is known against it.
  [[nodiscard]] const std::string& damage() const noexcept { return damage_; }
  [[nodiscard]] bool is_left_out() const noexcept { return is_left_out_; }
  [[nodiscard]] std::int64_t frames_read() const noexcept { return frames_read_; }

 private:
  void open();
  std::optional<torch::Tensor> next_frame();
  [[nodiscard]] std::vector<FilmCell> choose_cells(const degradation::PictureSize& frame) const;

  std::string path_;
  FilmCellOptions options_;
  Rng rng_;
  std::optional<imaging::FilmReader> reader_;
  std::string damage_;
  bool is_left_out_ = false;
  bool has_ended_ = false;
  std::uint64_t segments_ = 0;
  std::int64_t frames_read_ = 0;
};

}  // namespace vcisr::data
