// SPDX-License-Identifier: Apache-2.0
// The pictures and frames of one item.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "evaluation/film_source.h"
#include "vcisr/evaluation/evaluation.h"
#include "vcisr/metrics/metric.h"

namespace vcisr::evaluation {

/// Reads the item's pictures and checks that they may be compared.
///
/// Errors  InputError that says what to do: sizes or bit depths differ, transparency on one side.
[[nodiscard]] metrics::Comparison read_pictures(const EvaluationItem& item,
                                                const EvaluationOptions& options);

/// What all metrics together want of films.
struct FilmNeeds {
  bool planes = false;
  bool previous = false;
};

/// The frames of two or three films side by side.
class FilmSet {
 public:
  struct Frames {
    metrics::Comparison comparison;
    double distorted_s = 0;  ///< When they are shown, from the first frame.
    double reference_s = 0;
  };

  /// Opens and checks. Errors  InputError, ConfigError.
  FilmSet(const EvaluationItem& item, const EvaluationOptions& options, const FilmNeeds& needs);

  /// nullopt at the end. Errors  InputError: one film ends before the other.
  [[nodiscard]] std::optional<Frames> next();

  [[nodiscard]] const media::VideoInfo& info() const { return distorted_->info(); }
  /// Of the films, in words.
  [[nodiscard]] std::vector<std::string> notes() const;
  /// Ends reading. Returns what was damaged, in words.
  [[nodiscard]] std::vector<std::string> stop();
  /// Of a frame where both films have times of their own; 0: not known.
  [[nodiscard]] double period_s() const;

 private:
  void open(const EvaluationItem& item);
  void start();
  [[nodiscard]] std::optional<FilmFrame> next_of(FilmSource* other) const;
  [[nodiscard]] bool is_end(const std::optional<FilmFrame>& ours,
                            const std::optional<FilmFrame>& theirs, const FilmSource* other) const;

  EvaluationOptions options_;
  FilmNeeds needs_;
  std::unique_ptr<FilmSource> distorted_;
  std::unique_ptr<FilmSource> reference_;
  std::unique_ptr<FilmSource> compressed_;
  bool has_raw_ = false;
  std::vector<std::string> notes_;
  std::int64_t frames_ = 0;
  metrics::PicturePtr previous_distorted_;
  metrics::PicturePtr previous_reference_;
};

}  // namespace vcisr::evaluation
