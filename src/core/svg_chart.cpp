// SPDX-License-Identifier: Apache-2.0
#include "core/svg_chart.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "vcisr/core/range.h"

namespace vcisr {
namespace {

constexpr double kWidth = 760, kHeight = 300;
constexpr double kLeft = 72, kRight = 14, kTop = 12, kBottom = 46;
constexpr double kPlotWidth = kWidth - kLeft - kRight, kPlotHeight = kHeight - kTop - kBottom;
constexpr int kTicks = 6;
// Values beyond are drawn there: differences and powers of ten stay finite.
constexpr double kSmallest = 1e-300, kLargest = 1e300;

/// With `decimals`, whatever the locale: printf would take its comma.
std::string fixed(double value, int decimals = 1) {
  std::array<char, 400> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 std::chars_format::fixed, decimals);
  return {text.data(), end.ptr};
}

/// " name="12.3"".
std::string attribute(const char* name, double value) {
  return std::string(" ") + name + "=\"" + fixed(value) + "\"";
}

std::string grid_line(double x1, double x2, double y1, double y2) {
  return "<line class=\"grid\"" + attribute("x1", x1) + attribute("x2", x2) + attribute("y1", y1) +
         attribute("y2", y2) + "/>";
}

std::string tick_text(const char* anchor, double x, double y, const std::string& text) {
  return std::string("<text class=\"tick\" text-anchor=\"") + anchor + "\"" + attribute("x", x) +
         attribute("y", y) + ">" + text + "</text>";
}

/// One direction of the plot: values to [0, 1], and where its lines stand.
struct Axis {
  Range<double> range;
  bool is_logarithmic = false;
  std::vector<double> ticks;

  [[nodiscard]] double place(double value) const {
    const auto bent = [this](double v) { return is_logarithmic ? std::log10(v) : v; };
    return (bent(value) - bent(range.lo)) / (bent(range.hi) - bent(range.lo));
  }
};

/// Multiples of 1, 2 or 5 times a power of ten inside the range.
std::vector<double> even_ticks(const Range<double>& range) {
  const double rough = (range.hi - range.lo) / kTicks;
  const double decade = std::pow(10.0, std::floor(std::log10(rough)));
  double distance = 10 * decade;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * decade >= rough) {
      distance = factor * decade;
      break;
    }
  }
  std::vector<double> ticks;
  const double first = std::ceil(range.lo / distance - 1e-9);
  for (int i = 0; i <= 2 * kTicks; ++i) {
    const double tick = (first + i) * distance;
    if (tick > range.hi + 1e-9 * distance) break;
    // Not -0, nor 1e-17 where 0 is meant.
    ticks.push_back(std::abs(tick) < 1e-9 * distance ? 0 : tick);
  }
  return ticks;
}

/// Powers of ten, and 2 and 5 times them where there are few.
std::vector<double> decade_ticks(const Range<double>& range) {
  std::vector<double> ticks;
  const double decades = std::log10(range.hi) - std::log10(range.lo);
  const int stride = std::max(1, static_cast<int>(decades / kTicks));
  for (int power = static_cast<int>(std::floor(std::log10(range.lo))); power < 309;
       power += stride) {
    const double decade = std::pow(10.0, power);
    if (decade > range.hi) break;
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (factor > 1 && decades > 3) break;
      if (range.contains(factor * decade)) ticks.push_back(factor * decade);
    }
  }
  return ticks;
}

/// The range of the finite ones; lo > hi if there are none.
template <class Get>
Range<double> range_of(const Chart& chart, Get get) {
  Range<double> range{std::numeric_limits<double>::infinity(),
                      -std::numeric_limits<double>::infinity()};
  for (const auto& line : chart.lines) {
    for (const auto& point : line.points) {
      if (!std::isfinite(get(point))) continue;
      const double value = std::clamp(get(point), -kLargest, kLargest);
      range.lo = std::min(range.lo, value);
      range.hi = std::max(range.hi, value);
    }
  }
  return range;
}

/// With air at both ends; a single value gets some around it.
Axis value_axis(Range<double> range, bool is_linear) {
  Axis axis;
  axis.is_logarithmic = !is_linear && range.lo > kSmallest && range.hi >= 10 * range.lo;
  if (axis.is_logarithmic) {
    // By logarithms: the quotient of the ends may be beyond a double.
    const double air = std::pow(10.0, 0.04 * (std::log10(range.hi) - std::log10(range.lo)));
    axis.range = {std::max(range.lo / air, kSmallest), std::min(range.hi * air, kLargest)};
    axis.ticks = decade_ticks(axis.range);
    return axis;
  }
  const double least = std::max(std::abs(range.hi) * 1e-3, 1e-12);
  const double air = std::max(0.05 * (range.hi - range.lo), least);
  axis.range = {range.lo - air, range.hi + air};
  axis.ticks = even_ticks(axis.range);
  return axis;
}

/// Gaps count: what is not there has its place. Steps are whole numbers.
Axis step_axis(Range<double> range) {
  if (range.hi <= range.lo) range = {range.lo - 1, range.hi + 1};
  Axis axis{range, false, even_ticks(range)};
  std::erase_if(axis.ticks, [](double tick) { return tick != std::round(tick); });
  return axis;
}

/// "50k", "1.2M".
std::string step_text(double step) {
  if (std::abs(step) >= 1e6) return short_number(step / 1e6) + "M";
  if (std::abs(step) >= 1e4) return short_number(step / 1e3) + "k";
  return short_number(step);
}

/// Where a point stands.
double pixel_x(const Axis& x, double value) { return kLeft + kPlotWidth * x.place(value); }
double pixel_y(const Axis& y, double value) { return kTop + kPlotHeight * (1 - y.place(value)); }

std::string frame_and_ticks(const Axis& x, const Axis& y) {
  constexpr double kFloor = kTop + kPlotHeight;
  std::string svg;
  for (const double tick : y.ticks) {
    const double at = pixel_y(y, tick);
    svg += grid_line(kLeft, kWidth - kRight, at, at) +
           tick_text("end", kLeft - 6, at + 4, short_number(tick));
  }
  for (const double tick : x.ticks) {
    const double at = pixel_x(x, tick);
    svg += grid_line(at, at, kTop, kFloor) + tick_text("middle", at, kFloor + 16, step_text(tick));
  }
  return svg + "<rect class=\"frame\"" + attribute("x", kLeft) + attribute("y", kTop) +
         attribute("width", kPlotWidth) + attribute("height", kPlotHeight) + "/>\n";
}

std::string labels(const Chart& chart, const Axis& y) {
  const std::string label = "<text class=\"label\" text-anchor=\"middle\"";
  std::string svg = label + attribute("x", kLeft + kPlotWidth / 2) + attribute("y", kHeight - 8) +
                    ">" + html_escaped(chart.x_label) + "</text>";
  svg += label + " transform=\"translate(14 " + fixed(kTop + kPlotHeight / 2) + ") rotate(-90)\">" +
         html_escaped(chart.y_label + (y.is_logarithmic ? ", log scale" : "")) + "</text>\n";
  return svg;
}

std::string readout_points(const ChartLine& line, int decimals) {
  std::string points;
  for (const auto& [step, value] : line.points) {
    if (!std::isfinite(value)) continue;
    points += (points.empty() ? "" : " ") + short_number(step, 12) + "," + fixed(value, decimals);
  }
  return " data-name=\"" + html_escaped(line.name) + "\" data-points=\"" + points + "\"";
}

std::string line_path(const ChartLine& line, const Axis& x, const Axis& y, int readout_decimals) {
  std::string path, dots;
  bool is_down = false;
  for (const auto& [step, value] : line.points) {
    if (!std::isfinite(value)) {
      is_down = false;
      continue;
    }
    const double px = pixel_x(x, step);
    const double py = pixel_y(y, value);
    path += (is_down ? "L" : "M") + fixed(px) + " " + fixed(py);
    is_down = true;
    if (line.has_markers) {
      dots += "<circle" + attribute("cx", px) + attribute("cy", py) + " r=\"2.5\"/>";
    }
  }
  const std::string color = "c" + std::to_string(line.color % kChartColors);
  std::string svg = "<path class=\"" + color + (line.is_faint ? " faint" : "") +
                    (line.is_dashed ? " dashed" : "") + "\"";
  if (readout_decimals >= 0 && !line.is_silent) svg += readout_points(line, readout_decimals);
  svg += " d=\"" + path + "\"/>\n";
  if (!dots.empty()) svg += "<g class=\"dots " + color + "\">" + dots + "</g>\n";
  return svg;
}

std::string mark_shape(const ChartMark& mark, const Axis& x, const Axis& y) {
  if (std::isnan(mark.y)) return "";
  const double px = pixel_x(x, mark.x);
  const std::string color_title = "c" + std::to_string(mark.color % kChartColors) + "\"><title>" +
                                  html_escaped(mark.text) + "</title></";
  if (std::isfinite(mark.y)) {
    return "<circle" + attribute("cx", px) + attribute("cy", pixel_y(y, mark.y)) + " r=\"5\"" +
           " class=\"mark " + color_title + "circle>";
  }
  const double edge = mark.y > 0 ? kTop + 1 : kTop + kPlotHeight - 1;
  const double tip = mark.y > 0 ? edge + 8 : edge - 8;
  return "<path d=\"M" + fixed(px - 4) + " " + fixed(edge) + "L" + fixed(px + 4) + " " +
         fixed(edge) + "L" + fixed(px) + " " + fixed(tip) + "Z\" class=\"dots " + color_title +
         "path>";
}

std::string plot_attribute(const Axis& x, const Axis& y) {
  std::string numbers;
  for (const double number :
       {kLeft, kPlotWidth, kTop, kPlotHeight, x.range.lo, x.range.hi, y.range.lo, y.range.hi}) {
    numbers += (numbers.empty() ? "" : " ") + short_number(number, 12);
  }
  return " data-plot=\"" + numbers + "\"";
}

}  // namespace

std::string svg_chart(const Chart& chart) {
  const auto values = range_of(chart, [](const auto& point) { return point.second; });
  if (!values.is_ordered()) return "";
  const Axis x = step_axis(range_of(chart, [](const auto& point) { return point.first; }));
  const Axis y = value_axis(values, chart.is_linear);
  const int decimals = y.is_logarithmic ? -1 : chart.readout_decimals;
  std::string svg = "<svg viewBox=\"0 0 " + fixed(kWidth, 0) + " " + fixed(kHeight, 0) +
                    "\" role=\"img\" aria-label=\"" + html_escaped(chart.title) + "\"" +
                    (decimals >= 0 ? plot_attribute(x, y) : "") + ">\n" + frame_and_ticks(x, y) +
                    labels(chart, y);
  for (const auto& line : chart.lines) svg += line_path(line, x, y, decimals);
  std::string marks;
  for (const auto& mark : chart.marks) marks += mark_shape(mark, x, y);
  if (!marks.empty()) svg += marks + "\n";
  return svg + "</svg>\n";
}

ChartPoints thinned(const ChartPoints& points, std::size_t buckets) {
  if (points.size() <= 2 * buckets) return points;
  ChartPoints result;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    const auto begin =
        points.begin() + static_cast<std::ptrdiff_t>(bucket * points.size() / buckets);
    const auto end =
        points.begin() + static_cast<std::ptrdiff_t>((bucket + 1) * points.size() / buckets);
    auto lowest = end, highest = end;
    for (auto point = begin; point != end; ++point) {
      if (!std::isfinite(point->second)) continue;
      if (lowest == end || point->second < lowest->second) lowest = point;
      if (highest == end || point->second > highest->second) highest = point;
    }
    if (lowest == end) {
      result.push_back(*begin);  // A gap stays one.
      continue;
    }
    result.push_back(*std::min(lowest, highest));
    if (lowest != highest) result.push_back(*std::max(lowest, highest));
  }
  return result;
}

ChartPoints smoothed(const ChartPoints& points, std::size_t reach) {
  // Sums and counts of all points before each.
  std::vector<double> sums = {0};
  std::vector<double> counts = {0};
  for (const auto& point : points) {
    const bool counts_in = std::isfinite(point.second);
    sums.push_back(sums.back() + (counts_in ? point.second : 0));
    counts.push_back(counts.back() + (counts_in ? 1 : 0));
  }
  ChartPoints result;
  for (std::size_t i = 0; i < points.size(); ++i) {
    // At the start as far to one side as to the other, where curves are steep; at the end all of
    // one side, where they are noise around a value.
    const auto before = std::min(reach, i);
    const auto after = std::min(before, points.size() - 1 - i);
    const double sum = sums[i + after + 1] - sums[i - before];
    const double count = counts[i + after + 1] - counts[i - before];
    result.emplace_back(points[i].first,
                        count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN());
  }
  return result;
}

std::string short_number(double number, int digits) {
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number,
                                 std::chars_format::general, digits);
  return {text.data(), end.ptr};
}

std::string html_escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace vcisr
