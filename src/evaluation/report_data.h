// SPDX-License-Identifier: Apache-2.0
// What several reports show of a result, computed once for each report.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "vcisr/evaluation/result.h"

namespace vcisr::evaluation {

/// Of one column; empty where it was not measured.
[[nodiscard]] std::span<const double> column_values(const SequenceResult& sequence,
                                                    std::size_t column);

/// The mean; infinity where no value is finite and one is infinite, NaN where there is none.
[[nodiscard]] double single_number(std::span<const double> values);

/// A result, digested.
struct Digest {
  explicit Digest(const Result& result);

  /// Its rows are what `overall` is of.
  [[nodiscard]] bool is_single() const noexcept { return measured.size() == 1; }
  [[nodiscard]] const SequenceResult& single() const { return result->sequences[measured[0]]; }
  /// One picture has numbers, but no statistics.
  [[nodiscard]] bool has_statistics() const;
  /// "300 frames", "24 pictures", "3 films": what `overall` is of.
  [[nodiscard]] std::string population() const;
  /// The member of that population whose finite number is `value`: "frame 17", a sequence's name
  /// (one line); "" for none.
  [[nodiscard]] std::string member_with(std::size_t column, double value) const;
  /// Sentences on what the statistics leave out.
  [[nodiscard]] std::vector<std::string> left_out() const;

  const Result* result;
  std::vector<std::size_t> measured;         ///< Sequences that have numbers.
  std::vector<std::size_t> failed;           ///< Those that have an error.
  std::vector<std::vector<double>> numbers;  ///< [sequence][column], single_number() of its rows.
  /// [column], overall_statistics(); where all values are infinite, so are mean, median, min and
  /// max.
  std::vector<Statistics> overall;
  std::string noun;                             ///< "picture", "film", "sequence".
  std::vector<metrics::Column> pooled_columns;  ///< Those of all sequences.
  std::vector<metrics::PooledScore> pooled;     ///< Over all frames.
};

/// A sequence's pooled score of that name.
[[nodiscard]] std::optional<double> pooled_value(const SequenceResult& sequence,
                                                 const metrics::Column& column);

/// The number of the frame whose finite value that is.
[[nodiscard]] std::optional<std::int64_t> frame_with(const SequenceResult& sequence,
                                                     std::size_t column, double value);

/// Different notes, and the sequences that have them.
struct SharedNote {
  std::string text;
  std::vector<std::size_t> sequences;
};
[[nodiscard]] std::vector<SharedNote> shared_notes(const Result& result);

/// "clip.mp4", "a.png, b.png", "a.png, b.png and 22 others", "all".
[[nodiscard]] std::string names_of(const Result& result, std::span<const std::size_t> sequences);

/// Its error in one line, with the sequence's name where the error does not begin with it.
[[nodiscard]] std::string failure_text(const SequenceResult& sequence);

/// True where `a` comes first when the worst does; NaN comes last.
[[nodiscard]] bool is_worse(double a, double b, metrics::Better better);

}  // namespace vcisr::evaluation
