// SPDX-License-Identifier: Apache-2.0
// A result as text of several kinds. Each returns the whole text; nothing is written here. Text is
// UTF-8 whatever files are called (other bytes become U+FFFD), its lines end with "\n", and the
// same result gives the same text whatever the program's locale is.
#pragma once

#include <string>

#include "vcisr/evaluation/result.h"

namespace vcisr::evaluation {

struct TableOptions {
  std::size_t most_rows = 40;
  int width = 100;  ///< Columns of the terminal; wider tables are broken into several.
};

/// For a terminal: a row for each sequence (where there are several, and at most `most_rows` of
/// them), statistics of each column, pooled numbers, protocol, notes, what was not measured; arrows
/// say which way is better. Of one film, with the frames of the least and the greatest value. No
/// name moves the cursor.
[[nodiscard]] std::string table_report(const Result& result, const TableOptions& options = {});

/// Valid JSON whatever was measured: what is infinite or not defined is null, and counted. All
/// digits of the numbers. {"vcisr_evaluation": 1, title, program, command, time, protocol: [],
/// columns: [{name, unit, better: "higher" | "lower"}], overall: {of: "frames" | "sequences",
/// statistics: {psnr_y: {mean, median, stdev, min, max, count, identical, undefined}}, pooled: {}},
/// worst: {column, frames: [{sequence, frame, value}]}, sequences: [{name, distorted, reference,
/// compressed, kind: "film" | "picture", notes: [], error} or, instead of error, statistics,
/// pooled, frames: [0, 1], values: {psnr_y: [30.1, 30.2]}]}; without worst, reference and
/// compressed where there are none.
[[nodiscard]] std::string json_report(const Result& result, const ReportHead& head);

/// "sequence,frame,psnr_y,…", then a line for each frame of each sequence, with ten digits; fields
/// are quoted as RFC 4180 says. Infinity is "inf", not defined is empty.
[[nodiscard]] std::string csv_report(const Result& result);

/// Tables of the statistics and of the sequences (the first 1000), pooled numbers, protocol, notes.
[[nodiscard]] std::string markdown_report(const Result& result, const ReportHead& head);

/// One self-contained page: no script from elsewhere, no link, opens offline. Curves over the
/// frames of films, sorted pictures, the worst frames, tables that sort; small for long films, too.
[[nodiscard]] std::string html_report(const Result& result, const ReportHead& head);

}  // namespace vcisr::evaluation
