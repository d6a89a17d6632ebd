// SPDX-License-Identifier: Apache-2.0
// Line charts as SVG text.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace vcisr {

/// x and y; y may be NaN or infinite, which is a gap.
using ChartPoints = std::vector<std::pair<double, double>>;

struct ChartLine {
  std::string name;
  ChartPoints points;
  bool is_faint = false;     ///< Drawn pale and without legend: what a smoothed line is made of.
  bool has_markers = false;  ///< A dot at each point.
  int color = 0;             ///< Number in the page's palette (CSS class c0, c1, …).
  bool is_dashed = false;
  bool is_silent = false;  ///< Carries no points for Chart::readout_decimals.
};

/// A ring around a point, which says more when it is pointed at. Infinite y: a triangle at the
/// upper or lower edge.
struct ChartMark {
  double x = 0;
  double y = 0;
  std::string text;
  int color = 0;
};

struct Chart {
  std::string title;
  std::string x_label;
  std::string y_label;  ///< With the unit: "PSNR (dB)".
  std::vector<ChartLine> lines;
  std::vector<ChartMark> marks;
  bool is_linear = false;  ///< Whatever the values are.
  /// Not negative: each line that is not silent carries its points, with so many decimals, for a
  /// page's script: svg[data-plot] "left width top height x0 x1 y0 y1" and path[data-points]
  /// "x,y x,y …". Only for linear charts.
  int readout_decimals = -1;
};

/// Colours in the page's style sheet; more lines begin again.
inline constexpr int kChartColors = 7;

/// A logarithmic axis is taken, and said, where all values are positive and span a decade or more,
/// unless the chart is linear. Empty where no line has a finite value. The same text whatever the
/// program's locale is.
[[nodiscard]] std::string svg_chart(const Chart& chart);

/// At most about 2 * `buckets` points: the lowest and highest of each stretch, in their order.
[[nodiscard]] ChartPoints thinned(const ChartPoints& points, std::size_t buckets);

/// Mean of the finite values around each point: up to `reach` before it, and as many after it.
[[nodiscard]] ChartPoints smoothed(const ChartPoints& points, std::size_t reach);

/// "0.0125", "2e-04": at most `digits` digits.
[[nodiscard]] std::string short_number(double number, int digits = 4);

/// For text and attributes.
[[nodiscard]] std::string html_escaped(const std::string& text);

}  // namespace vcisr
