// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

#include "data/film_cells.h"
#include "data/task_scope.h"
#include "vcisr/media/input_files.h"

namespace vcisr::data {

/// A picture with its target.
struct ReadPicture {
  degradation::PictureSize size;
  torch::Tensor hq;            ///< uint8 [3, H, W]; undefined where only the size was asked for.
  torch::Tensor hq_sharpened;  ///< The same sharpened; undefined where nobody asked for it.
};

/// What became of a source, or of the next part of a film.
struct ReadItem {
  std::size_t source = 0;  ///< Index of the file.
  std::optional<ReadPicture> picture;
  std::optional<FilmSegment> segment;
  // Where there is neither, the source has come to its end:
  std::string damage;        ///< Why it cannot be read, or no further; "" if nothing is wrong.
  bool is_used = false;      ///< A film that had segments before.
  bool is_left_out = false;  ///< A film that is too small.
  bool is_skipped = false;   ///< Not read, as skip() demanded.
};

/// Reads sources on a pool's threads, some ahead of who takes them, and hands them over in order.
/// Films come in segments; one film is read at a time, one segment ahead.
///
/// Memory   `most_ahead` pictures, two segments of a film.
/// Threads  next() from one thread, not of the pool; the others from any.
class ReadAhead {
 public:
  struct Plan {
    const std::vector<media::InputFile>* files = nullptr;  ///< Outlives the reader.
    std::vector<std::int64_t> order;                       ///< Indices of `files`.
    std::size_t most_ahead = 4;
    std::function<ReadPicture(const media::InputFile&)> read_picture;
    std::function<std::unique_ptr<FilmCells>(std::size_t source)> open_film;
  };
  struct Counts {
    std::int64_t pictures = 0;
    std::int64_t frames = 0;
  };

  ReadAhead(WorkerPool& pool, Plan plan);

  /// Sources that are handed over without being read, by their index; before the first next().
  void skip(std::vector<bool> sources) { skipped_ = std::move(sources); }

  /// nullopt when all sources were handed over.
  /// Errors  what reading throws, InputError aside; Interrupted after cancel().
  [[nodiscard]] std::optional<ReadItem> next();
  void cancel();

  /// Read so far, handed over or not.
  [[nodiscard]] Counts counts() const;

 private:
  enum class State { kWaiting, kReading, kReady };
  struct Slot {
    State state = State::kWaiting;
    std::unique_ptr<FilmCells> film;  ///< Used by the slot's task alone.
    ReadItem item;
    std::exception_ptr error;
  };

  [[nodiscard]] std::size_t source_at(std::size_t place) const;
  [[nodiscard]] bool is_film(std::size_t place) const;
  [[nodiscard]] bool is_skipped(std::size_t place) const;
  void start_reads();
  void read(std::size_t place);
  ReadItem read_item(std::size_t source, Slot& slot, std::int64_t& frames);

  Plan plan_;
  std::vector<bool> skipped_;  // By source; empty for none.
  mutable std::mutex mutex_;
  std::condition_variable one_ready_;
  std::vector<Slot> slots_;  // By place in the order.
  std::size_t head_ = 0;     // The place that is handed over next; next()'s thread alone.
  Counts counts_;
  bool is_cancelled_ = false;
  TaskScope tasks_;  // Last: no task runs when the rest goes.
};

}  // namespace vcisr::data
