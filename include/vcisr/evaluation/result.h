// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "vcisr/metrics/metric.h"

namespace vcisr::evaluation {

/// Of one column, over frames or over films and pictures. Infinite values (identical pictures) and
/// those that are not defined (NaN) are counted and left out of everything else.
struct Statistics {
  std::int64_t count = 0;      ///< Finite values. With none of them the numbers below are NaN.
  std::int64_t identical = 0;  ///< Infinite ones.
  std::int64_t undefined = 0;  ///< NaN.
  double mean = 0;
  double median = 0;
  double stdev = 0;  ///< Of the population: divided by count.
  double min = 0;
  double max = 0;
};

[[nodiscard]] Statistics statistics(std::span<const double> values);

/// One picture, or one film, compared.
struct SequenceResult {
  std::string name;        ///< Short and unique: "img_001", "clips/a.mp4".
  std::string distorted;   ///< Path.
  std::string reference;   ///< Path; "" without one.
  std::string compressed;  ///< Path; "" without one.
  bool is_film = false;
  std::vector<std::int64_t> frames;         ///< Number of each row, from 0; {0} for a picture.
  std::vector<std::vector<double>> values;  ///< [column][row]; see metrics::Scores.
  std::vector<metrics::PooledScore> pooled;
  std::vector<std::string> notes;    ///< What was found in the files: formats, guesses, edit lists.
  std::optional<std::string> error;  ///< Why there are no numbers; all else may be empty then.
};

/// A frame with a bad number, to look at.
struct WorstFrame {
  std::size_t sequence = 0;  ///< Index into Result::sequences.
  std::int64_t frame = 0;
  double value = 0;                          ///< Of the ranked column.
  std::vector<std::uint8_t> distorted_jpeg;  ///< Small, the whole picture.
  std::vector<std::uint8_t> reference_jpeg;  ///< Empty without a reference.
  std::int64_t width = 0;                    ///< Pixels of the small pictures.
  std::int64_t height = 0;
};

/// What an evaluation found.
struct Result {
  std::vector<metrics::Column> columns;
  std::vector<SequenceResult> sequences;     ///< In the order of their names.
  std::vector<metrics::PooledScore> pooled;  ///< Over all frames of all sequences, where several.
  std::vector<std::string> protocol;         ///< How it was measured, one sentence each.
  std::size_t ranked_column = 0;             ///< Which the worst frames are chosen by.
  std::vector<WorstFrame> worst;             ///< The worst first.
};

/// For each column: over the frames where there is one sequence without error, over the means of
/// the sequences where there are several (each picture and each film counts once).
[[nodiscard]] std::vector<Statistics> overall_statistics(const Result& result);

/// Where it says nothing else: who measured, when, with what command.
struct ReportHead {
  std::string title;    ///< "vcisr-eval: film_x4.mkv against film.mkv"
  std::string program;  ///< "vcisr 0.9.0"
  std::string command;
  std::string time;  ///< ISO 8601, UTC.
};

}  // namespace vcisr::evaluation
