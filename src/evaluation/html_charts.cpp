// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "core/svg_chart.h"
#include "evaluation/html_parts.h"
#include "evaluation/report_text.h"

namespace vcisr::evaluation {
namespace {

constexpr std::size_t kBuckets = 350;  ///< About two points for each pixel of a chart's width.
constexpr std::size_t kMostFilms = kChartColors;
constexpr std::size_t kMostDots = 120;
constexpr std::size_t kMostNames = 500;
constexpr std::size_t kMostIdenticalMarks = 200;

/// In the order of the worst first by a column.
std::vector<std::size_t> sorted_by(const Digest& digest, std::vector<std::size_t> sequences,
                                   std::size_t column) {
  if (column >= digest.result->columns.size()) return sequences;
  const auto better = digest.result->columns[column].better;
  std::stable_sort(sequences.begin(), sequences.end(), [&](std::size_t a, std::size_t b) {
    return is_worse(digest.numbers[a][column], digest.numbers[b][column], better);
  });
  return sequences;
}

/// Films whose curves are drawn: the worst ones where they are too many.
std::vector<std::size_t> drawn_films(const Digest& digest) {
  std::vector<std::size_t> films;
  for (const auto i : digest.measured) {
    const auto& sequence = digest.result->sequences[i];
    if (sequence.is_film && sequence.frames.size() > 1) films.push_back(i);
  }
  if (films.size() <= kMostFilms) return films;
  films = sorted_by(digest, films, digest.result->ranked_column);
  films.resize(kMostFilms);
  std::sort(films.begin(), films.end());
  return films;
}

ChartPoints points_of(const SequenceResult& film, std::size_t column) {
  ChartPoints points;
  const auto values = column_values(film, column);
  const auto rows = std::min(values.size(), film.frames.size());
  for (std::size_t row = 0; row < rows; ++row) {
    points.emplace_back(static_cast<double>(film.frames[row]), values[row]);
  }
  return points;
}

/// Where the frames of Result::worst are in this column.
std::vector<ChartMark> worst_marks(const Digest& digest, const std::vector<std::size_t>& films,
                                   std::size_t column) {
  std::vector<ChartMark> marks;
  const auto& head = digest.result->columns[column];
  for (const auto& worst : digest.result->worst) {
    const auto film = std::find(films.begin(), films.end(), worst.sequence);
    if (film == films.end()) continue;
    const auto& sequence = digest.result->sequences[*film];
    const auto values = column_values(sequence, column);
    const auto row = std::find(sequence.frames.begin(), sequence.frames.end(), worst.frame) -
                     sequence.frames.begin();
    if (row >= static_cast<std::ptrdiff_t>(values.size())) continue;
    const double value = values[static_cast<std::size_t>(row)];
    if (!std::isfinite(value)) continue;
    marks.push_back({static_cast<double>(worst.frame), value,
                     one_line(sequence.name) + ", frame " + std::to_string(worst.frame) + ": " +
                         value_with_unit(value, head),
                     static_cast<int>(film - films.begin())});
  }
  return marks;
}

/// Infinite values of a film; where there are many, one for each stretch of the chart.
std::vector<ChartMark> identical_marks(const SequenceResult& film, const ChartPoints& points,
                                       int color) {
  std::vector<ChartMark> marks;
  std::size_t last_stretch = kMostIdenticalMarks;
  for (std::size_t row = 0; row < points.size(); ++row) {
    const auto& [frame, value] = points[row];
    if (!std::isinf(value)) continue;
    const std::size_t stretch = row * kMostIdenticalMarks / points.size();
    if (stretch == last_stretch) continue;
    last_stretch = stretch;
    marks.push_back(
        {frame, value,
         one_line(film.name) + ", frame " + short_number(frame, 15) + ": " + number_text(value, 0),
         color});
  }
  return marks;
}

std::string legend(const std::vector<ChartLine>& lines) {
  std::string html;
  for (const auto& line : lines) {
    if (line.is_faint || line.is_dashed) continue;
    html += "<span><i class=\"c" + std::to_string(line.color % kChartColors) + "\"></i>" +
            html_escaped(line.name) + "</span>";
  }
  return "<p class=\"legend\">" + html + "</p>\n";
}

std::string better_text(const metrics::Column& column) {
  return column.better == metrics::Better::kHigher ? "higher is better" : "lower is better";
}

/// `attributes` are what the page's script asks for.
std::string figure(const Chart& chart, const std::string& caption, const std::string& below,
                   const std::string& attributes) {
  const std::string svg = svg_chart(chart);
  if (svg.empty()) return "";
  return "<figure" + attributes + ">\n<figcaption>" + html_escaped(chart.title) + " <small>" +
         html_escaped(caption) + "</small></figcaption>\n" + svg + below + "</figure>\n";
}

std::string axis_label(const metrics::Column& column) {
  return one_line(column.name) +
         (column.unit.empty() ? std::string() : " (" + one_line(column.unit) + ")");
}

/// Every frame; of a long film the extremes of each stretch, and the running mean over them.
void add_curve(Chart& chart, const std::string& name, const ChartPoints& points, int color) {
  const bool is_long = points.size() > 2 * kBuckets;
  chart.lines.push_back(
      {.name = name, .points = thinned(points, kBuckets), .is_faint = is_long, .color = color});
  if (!is_long) return;
  chart.lines.push_back({.name = name,
                         .points = thinned(smoothed(points, points.size() / 200), kBuckets),
                         .color = color,
                         .is_silent = true});
}

std::string film_figure(const Digest& digest, const std::vector<std::size_t>& films,
                        std::size_t column) {
  const auto& head = digest.result->columns[column];
  Chart chart{.title = column_title(head), .x_label = "frame", .y_label = axis_label(head)};
  chart.is_linear = true;
  chart.readout_decimals = head.decimals;
  std::string caption = better_text(head);
  std::vector<ChartMark> identical;
  int next_color = 0;
  bool is_long = false;
  for (const auto i : films) {
    const auto& film = digest.result->sequences[i];
    const int color = next_color++;
    const auto points = points_of(film, column);
    for (auto& mark : identical_marks(film, points, color)) identical.push_back(std::move(mark));
    add_curve(chart, one_line(film.name), points, color);
    is_long = is_long || points.size() > 2 * kBuckets;
  }
  chart.marks = worst_marks(digest, films, column);
  if (is_long) caption += " · full: running mean, pale: lowest and highest";
  if (!chart.marks.empty()) caption += " · ○\u00a0worst frames below";
  if (!identical.empty()) caption += " · ▼\u00a0identical frames (inf)";
  chart.marks.insert(chart.marks.end(), identical.begin(), identical.end());
  const double mean = digest.numbers[films[0]][column];
  const auto& frames = digest.result->sequences[films[0]].frames;
  const bool is_alone = films.size() == 1;
  if (is_alone && std::isfinite(mean)) {
    caption += " · dashed: mean";
    chart.lines.push_back({.name = "mean",
                           .points = {{static_cast<double>(frames.front()), mean},
                                      {static_cast<double>(frames.back()), mean}},
                           .is_dashed = true,
                           .is_silent = true});
  }
  return figure(chart, caption, is_alone ? "" : legend(chart.lines), " class=\"chart film\"");
}

std::string sorted_figure(const Digest& digest, std::size_t column) {
  const auto& head = digest.result->columns[column];
  const auto order = sorted_by(digest, digest.measured, column);
  ChartPoints points;
  std::string names;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    points.emplace_back(static_cast<double>(rank + 1), digest.numbers[order[rank]][column]);
    if (order.size() > kMostNames) continue;
    names += (rank > 0 ? "&#10;" : "") + html_text(digest.result->sequences[order[rank]].name);
  }
  const bool has_dots = points.size() <= kMostDots;
  Chart chart{.title = column_title(head) + " of each " + digest.noun,
              .x_label = digest.noun + "s, the worst first",
              .y_label = axis_label(head),
              .lines = {{digest.noun, thinned(points, kBuckets), false, has_dots, 0}}};
  chart.is_linear = true;
  chart.readout_decimals = head.decimals;
  std::string caption = better_text(head);
  if (digest.overall[column].identical > 0) {
    caption +=
        " · not drawn: " + std::to_string(digest.overall[column].identical) + " identical (inf)";
  }
  return figure(chart, caption, "",
                " class=\"chart\"" + (names.empty() ? "" : " data-names=\"" + names + "\""));
}

}  // namespace

std::string html_charts(const Digest& digest) {
  const auto films = drawn_films(digest);
  const auto has_curves = [&digest](std::size_t i) {
    const auto& sequence = digest.result->sequences[i];
    return sequence.is_film && sequence.frames.size() > 1;
  };
  const auto all_films = std::count_if(digest.measured.begin(), digest.measured.end(), has_curves);
  const bool are_all_drawn = films.size() == digest.measured.size();
  const auto& columns = digest.result->columns;
  const auto ranked = digest.result->ranked_column;
  std::string html, figures;
  for (std::size_t column = 0; column < digest.result->columns.size(); ++column) {
    if (!films.empty()) figures += film_figure(digest, films, column);
  }
  if (all_films > static_cast<std::ptrdiff_t>(films.size())) {
    html += "<p>Curves of " + std::to_string(films.size()) + " of " + std::to_string(all_films) +
            " films: the worst ones" +
            (ranked < columns.size() ? " by " + html_text(columns[ranked].name) : "") + ".</p>\n";
  }
  if (digest.measured.size() > 1 && !are_all_drawn) {
    for (std::size_t column = 0; column < digest.result->columns.size(); ++column) {
      figures += sorted_figure(digest, column);
    }
  }
  if (figures.empty()) return "";
  return html + "<div class=\"charts\">\n" + figures + "</div>\n";
}

}  // namespace vcisr::evaluation
