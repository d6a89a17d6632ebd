// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "core/svg_chart.h"
#include "evaluation/html_parts.h"
#include "evaluation/report_text.h"

namespace vcisr::evaluation {
namespace {

constexpr std::size_t kMostRows = 500;
constexpr std::size_t kMostFilmTables = 50;
constexpr int kPlaceWidth = 32;

std::string metric_name(const metrics::Column& column) {
  const bool is_higher = column.better == metrics::Better::kHigher;
  const std::string unit =
      column.unit.empty() ? "" : " <small>" + html_text(column.unit) + "</small>";
  return html_text(column.name) + unit + " <span class=\"arrow\" title=\"" +
         (is_higher ? "higher" : "lower") + " is better\">" + arrow(column.better) + "</span>";
}

/// With what a click on the column's head sorts by.
std::string number_cell(double value, int decimals, const std::string& below = "") {
  std::string html = "<td class=\"number\"";
  if (!std::isnan(value)) {
    const std::string key =
        std::isfinite(value) ? general_text(value, 12) : (value > 0 ? "Infinity" : "-Infinity");
    html += " data-key=\"" + key + "\"";
  }
  html += ">" + number_text(value, decimals);
  if (!below.empty()) html += "<small class=\"under\">" + below + "</small>";
  return html + "</td>";
}

std::string count_cell(std::int64_t count) {
  return "<td class=\"number\" data-key=\"" + std::to_string(count) + "\">" +
         std::to_string(count) + "</td>";
}

std::string table(const std::string& head_cells, const std::string& rows, bool is_sortable) {
  return std::string("<div class=\"wide\"><table") + (is_sortable ? " class=\"sortable\"" : "") +
         ">\n<thead><tr>" + head_cells + "</tr></thead>\n<tbody>\n" + rows +
         "</tbody>\n</table></div>\n";
}

std::string number_head(const std::string& html) {
  return "<th class=\"number\">" + html + "</th>";
}

using Place = std::function<std::string(std::size_t column, double value)>;

/// `statistics` of each column, and where the least and greatest values are.
std::string statistics_table(const std::vector<metrics::Column>& columns,
                             const std::vector<Statistics>& statistics, const Place& place) {
  const auto is_any = [&statistics](std::int64_t Statistics::*count) {
    return std::any_of(statistics.begin(), statistics.end(),
                       [count](const Statistics& numbers) { return numbers.*count > 0; });
  };
  const bool has_identical = is_any(&Statistics::identical);
  const bool has_undefined = is_any(&Statistics::undefined);
  std::string rows;
  for (std::size_t i = 0; i < statistics.size(); ++i) {
    const auto& numbers = statistics[i];
    const int decimals = columns[i].decimals;
    rows += "<tr><th>" + metric_name(columns[i]) + "</th>" + number_cell(numbers.mean, decimals) +
            number_cell(numbers.median, decimals) + number_cell(numbers.stdev, decimals) +
            number_cell(numbers.min, decimals, place(i, numbers.min)) +
            number_cell(numbers.max, decimals, place(i, numbers.max));
    if (has_identical) rows += count_cell(numbers.identical);
    if (has_undefined) rows += count_cell(numbers.undefined);
    rows += "</tr>\n";
  }
  std::string head = "<th>metric</th>";
  for (const char* name : {"mean", "median", "stdev", "min", "max"}) head += number_head(name);
  if (has_identical) head += number_head("identical");
  if (has_undefined) head += number_head("not defined");
  return table(head, rows, /*is_sortable=*/false);
}

/// Paths, for those who point at a name.
std::string paths_of(const SequenceResult& sequence) {
  std::string paths = html_text(sequence.distorted);
  if (!sequence.reference.empty()) paths += "&#10;reference: " + html_text(sequence.reference);
  if (!sequence.compressed.empty()) paths += "&#10;compressed: " + html_text(sequence.compressed);
  return paths;
}

std::string sequence_row(const Digest& digest, std::size_t i) {
  const auto& sequence = digest.result->sequences[i];
  std::string html = "<tr><td class=\"name\" title=\"" + paths_of(sequence) + "\">" +
                     html_text(sequence.name) + "</td>";
  if (digest.noun != "picture")
    html += count_cell(static_cast<std::int64_t>(sequence.frames.size()));
  for (std::size_t column = 0; column < digest.result->columns.size(); ++column) {
    html += number_cell(digest.numbers[i][column], digest.result->columns[column].decimals);
  }
  if (digest.noun == "picture") return html + "</tr>\n";
  for (const auto& column : digest.pooled_columns) {
    const auto value = pooled_value(sequence, column);
    html += value ? number_cell(*value, column.decimals) : "<td></td>";
  }
  return html + "</tr>\n";
}

std::string sequence_heads(const Digest& digest) {
  std::string heads = "<th>" + digest.noun + "</th>";
  const bool has_films = digest.noun != "picture";
  if (has_films) heads += number_head("frames");
  for (const auto& column : digest.result->columns) {
    heads +=
        number_head(metric_name(column) + (has_films ? "<small class=\"under\">mean</small>" : ""));
  }
  if (!has_films) return heads;
  for (const auto& column : digest.pooled_columns) {
    heads += number_head(metric_name(column) + "<small class=\"under\">pooled</small>");
  }
  return heads;
}

/// Sequences with numbers: in their order, or the worst ones where they are too many.
std::vector<std::size_t> listed_sequences(const Digest& digest) {
  auto listed = digest.measured;
  const auto ranked = digest.result->ranked_column;
  if (listed.size() <= kMostRows) return listed;
  if (ranked < digest.result->columns.size()) {
    const auto better = digest.result->columns[ranked].better;
    std::stable_sort(listed.begin(), listed.end(), [&](std::size_t a, std::size_t b) {
      return is_worse(digest.numbers[a][ranked], digest.numbers[b][ranked], better);
    });
  }
  listed.resize(kMostRows);
  return listed;
}

std::string film_statistics(const Digest& digest) {
  std::string html;
  if (digest.measured.size() > kMostFilmTables) return html;
  for (const auto i : digest.measured) {
    const auto& sequence = digest.result->sequences[i];
    if (!sequence.is_film) continue;
    std::vector<Statistics> numbers;
    for (std::size_t column = 0; column < digest.result->columns.size(); ++column) {
      numbers.push_back(statistics(column_values(sequence, column)));
    }
    const auto place = [&sequence](std::size_t column, double value) {
      const auto frame = frame_with(sequence, column, value);
      return frame ? "frame " + std::to_string(*frame) : "";
    };
    html += "<details><summary>" + html_text(sequence.name) + ": " +
            counted(static_cast<std::int64_t>(sequence.frames.size()), "frame") + "</summary>\n" +
            statistics_table(digest.result->columns, numbers, place) + "</details>\n";
  }
  return html;
}

}  // namespace

std::string html_text(std::string_view text) { return html_escaped(one_line(text)); }

std::string html_section(std::string_view title, const std::string& body) {
  if (body.empty()) return "";
  return "<section>\n<h2>" + html_text(title) + "</h2>\n" + body + "</section>\n";
}

std::string html_overall(const Digest& digest) {
  if (digest.measured.empty()) return "";
  std::string html;
  const bool are_means = !digest.is_single() && digest.noun != "picture";
  html = "<p>Over " + html_text(digest.population()) +
         (are_means ? ", of each the mean over its frames" : "") + ".</p>\n";
  if (digest.has_statistics()) {
    html += statistics_table(digest.result->columns, digest.overall,
                             [&digest](std::size_t column, double value) {
                               const auto place = digest.member_with(column, value);
                               return html_text(shortened(place, kPlaceWidth));
                             });
  } else {
    std::string rows;
    for (std::size_t i = 0; i < digest.overall.size(); ++i) {
      const auto& column = digest.result->columns[i];
      rows += "<tr><th>" + metric_name(column) + "</th>" +
              number_cell(digest.numbers[digest.measured[0]][i], column.decimals) + "</tr>\n";
    }
    html += table("<th>metric</th>" + number_head("value"), rows, /*is_sortable=*/false);
  }
  for (const auto& sentence : digest.left_out()) html += "<p>" + html_text(sentence) + "</p>\n";
  return html;
}

std::string html_pooled(const Digest& digest) {
  if (digest.pooled.empty()) return "";
  std::string rows;
  for (const auto& score : digest.pooled) {
    rows += "<tr><th>" + metric_name(score.column) + "</th>" +
            number_cell(score.value, score.column.decimals) + "</tr>\n";
  }
  return table("<th>metric</th>" + number_head("value"), rows, /*is_sortable=*/false);
}

std::string html_sequences(const Digest& digest) {
  if (digest.measured.size() < 2) return "";
  const auto listed = listed_sequences(digest);
  std::string html;
  if (listed.size() < digest.measured.size()) {
    html = "<p>The worst " + std::to_string(listed.size()) + " of " + digest.population() +
           "; all of them are in the JSON and CSV reports.</p>\n";
  }
  std::string rows;
  for (const auto i : listed) rows += sequence_row(digest, i);
  return html + table(sequence_heads(digest), rows, /*is_sortable=*/true) + film_statistics(digest);
}

std::string html_frames(const Digest& digest) {
  if (!digest.is_single() || !digest.has_statistics()) return "";
  const auto& film = digest.single();
  if (film.frames.size() > kMostRows) {
    return "<p>" + html_text(digest.population()) +
           " are too many for a page; all of them are in the JSON and CSV reports.</p>\n";
  }
  std::string heads = number_head("frame"), rows;
  for (const auto& column : digest.result->columns) heads += number_head(metric_name(column));
  for (std::size_t row = 0; row < film.frames.size(); ++row) {
    rows += "<tr>" + count_cell(film.frames[row]);
    for (std::size_t column = 0; column < digest.result->columns.size(); ++column) {
      const auto values = column_values(film, column);
      rows += row < values.size()
                  ? number_cell(values[row], digest.result->columns[column].decimals)
                  : "<td></td>";
    }
    rows += "</tr>\n";
  }
  return "<details><summary>" + html_text(digest.population()) + "</summary>\n" +
         table(heads, rows, /*is_sortable=*/true) + "</details>\n";
}

}  // namespace vcisr::evaluation
