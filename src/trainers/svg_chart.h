// SPDX-License-Identifier: Apache-2.0
// Line charts as SVG text.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace vcisr::trainers {

/// x and y; y may be NaN or infinite, which is a gap.
using ChartPoints = std::vector<std::pair<double, double>>;

struct ChartLine {
  std::string name;
  ChartPoints points;
  bool is_faint = false;     ///< Drawn pale and without legend: what a smoothed line is made of.
  bool has_markers = false;  ///< A dot at each point.
  int color = 0;             ///< Number in the page's palette (CSS class c0, c1, …).
};

struct Chart {
  std::string title;
  std::string x_label;
  std::string y_label;  ///< With the unit: "PSNR (dB)".
  std::vector<ChartLine> lines;
};

/// Colours in the page's style sheet; more lines begin again.
inline constexpr int kChartColors = 7;

/// A logarithmic axis is taken, and said, where all values are positive and span a decade or more.
/// Empty where no line has a finite value.
[[nodiscard]] std::string svg_chart(const Chart& chart);

/// At most about 2 * `buckets` points: the lowest and highest of each stretch, in their order.
[[nodiscard]] ChartPoints thinned(const ChartPoints& points, std::size_t buckets);

/// Mean of the finite values around each point: up to `reach` before it, and as many after it.
[[nodiscard]] ChartPoints smoothed(const ChartPoints& points, std::size_t reach);

/// "0.0125", "2e-04": at most `digits` digits.
[[nodiscard]] std::string short_number(double number, int digits = 4);

/// For text and attributes.
[[nodiscard]] std::string html_escaped(const std::string& text);

}  // namespace vcisr::trainers
