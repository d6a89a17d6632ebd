// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/training_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "core/report_style.h"
#include "core/svg_chart.h"
#include "trainers/lower_case.h"
#include "trainers/metrics_file.h"
#include "vcisr/core/error.h"
#include "vcisr/core/file.h"

namespace vcisr::trainers {
namespace {

constexpr std::size_t kBuckets = 350;  ///< About two points for each pixel of a chart's width.
constexpr std::size_t kLeastToSmooth = 20;

/// Series by name, in the order in which the names come first.
class SeriesList {
 public:
  ChartPoints& operator[](const std::string& name) {
    const auto [found, is_new] = numbers_.try_emplace(name, series_.size());
    if (is_new) series_.emplace_back(name, ChartPoints());
    return series_[found->second].second;
  }
  [[nodiscard]] auto begin() const { return series_.begin(); }
  [[nodiscard]] auto end() const { return series_.end(); }

 private:
  std::map<std::string, std::size_t> numbers_;
  std::vector<std::pair<std::string, ChartPoints>> series_;
};

struct TrainingCurves {
  SeriesList losses, rates, times;
  std::vector<std::pair<std::string, SeriesList>> metrics;  ///< By metric; series are data sets.
};

SeriesList& metric_of(TrainingCurves& curves, const std::string& name) {
  for (auto& [known, series] : curves.metrics) {
    if (known == name) return series;
  }
  return curves.metrics.emplace_back(name, SeriesList()).second;
}

TrainingCurves curves_of(const MetricsHistory& history) {
  TrainingCurves curves;
  for (const auto& point : history.log) {
    const auto step = static_cast<double>(point.step);
    for (const auto& [name, number] : point.losses) curves.losses[name].emplace_back(step, number);
    constexpr std::array kRates = {"generator", "discriminator"};
    for (std::size_t i = 0; i < std::min(point.learning_rates.size(), kRates.size()); ++i) {
      curves.rates[kRates[i]].emplace_back(step, point.learning_rates[i]);
    }
    curves.times["whole step"].emplace_back(step, point.step_seconds);
    curves.times["waiting for data"].emplace_back(step, point.data_seconds);
  }
  for (const auto& point : history.validation) {
    for (const auto& [name, number] : point.metrics) {
      metric_of(curves, name)[point.dataset].emplace_back(static_cast<double>(point.step), number);
    }
  }
  return curves;
}

/// The last finite value, "" without one.
std::string last_value(const ChartPoints& points) {
  for (auto point = points.rbegin(); point != points.rend(); ++point) {
    if (std::isfinite(point->second)) return short_number(point->second, 5);
  }
  return "";
}

/// Mean of the finite values of the last tenth of the points.
std::string mean_of_last_tenth(const ChartPoints& points) {
  double sum = 0;
  int count = 0;
  for (auto i = points.size() - (points.size() + 9) / 10; i < points.size(); ++i) {
    if (!std::isfinite(points[i].second)) continue;
    sum += points[i].second;
    ++count;
  }
  return count > 0 ? short_number(sum / count, 4) : "";
}

std::string legend(const std::vector<ChartLine>& lines, const SeriesList& series) {
  std::string html = "<p class=\"legend\">";
  auto numbers = series.begin();
  for (const auto& line : lines) {
    if (line.is_faint) continue;
    html += "<span><i class=\"c" + std::to_string(line.color % kChartColors) + "\"></i>" +
            html_escaped(line.name) + " <b>" + last_value(numbers->second) + "</b></span>";
    ++numbers;
  }
  return html + "</p>\n";
}

enum class Drawing { kPlain, kSmoothed, kMarked };

std::string figure(const std::string& title, const std::string& y_label, const SeriesList& series,
                   Drawing drawing) {
  Chart chart{title, "step", y_label, {}};
  int color = 0;
  bool is_smoothed = false;
  for (const auto& [name, points] : series) {
    const bool smooth = drawing == Drawing::kSmoothed && points.size() >= kLeastToSmooth;
    if (smooth) {
      chart.lines.push_back({name, thinned(points, kBuckets), /*is_faint=*/true, false, color});
      is_smoothed = true;
    }
    const auto reach = std::max<std::size_t>(points.size() / 60, 2);
    const auto shown = smooth ? smoothed(points, reach) : points;
    chart.lines.push_back(
        {name, thinned(shown, kBuckets), false, drawing == Drawing::kMarked, color++});
  }
  const std::string svg = svg_chart(chart);
  if (svg.empty()) return "";
  return "<figure>\n<figcaption>" + html_escaped(title) +
         (is_smoothed ? " <small>(pale: as logged; full: running mean)</small>" : "") +
         "</figcaption>\n" + svg + legend(chart.lines, series) + "</figure>\n";
}

/// The discriminator's losses share a chart, each other loss has one: their sizes differ.
std::string loss_figures(const SeriesList& losses) {
  std::string html;
  SeriesList discriminator;
  for (const auto& [name, points] : losses) {
    if (name.starts_with("l_d_")) {
      discriminator[name] = points;
      continue;
    }
    SeriesList one;
    one[name] = points;
    html += figure("Loss " + name, name, one, Drawing::kSmoothed);
  }
  return html + figure("Losses of the discriminator", "l_d", discriminator, Drawing::kSmoothed);
}

std::string metric_label(const std::string& metric) {
  const std::string name = lower_case(metric);
  if (name.find("psnr") != std::string::npos) return metric + " (dB)";
  return metric;
}

bool is_better_when_low(const std::string& metric) {
  constexpr std::array<std::string_view, 8> kDistances = {"lpips", "dists", "niqe", "brisque",
                                                          "piqe",  "mse",   "mae",  "loss"};
  const std::string name = lower_case(metric);
  return std::any_of(kDistances.begin(), kDistances.end(), [&name](std::string_view distance) {
    return name.find(distance) != std::string::npos;
  });
}

std::string row(const std::vector<std::string>& cells, const std::string& tag = "td") {
  std::string html = "<tr>";
  for (const auto& cell : cells) html += "<" + tag + ">" + html_escaped(cell) + "</" + tag + ">";
  return html + "</tr>\n";
}

std::string validation_table(const TrainingCurves& curves) {
  std::string rows;
  for (const auto& [metric, series] : curves.metrics) {
    const double sign = is_better_when_low(metric) ? -1 : 1;
    for (const auto& [dataset, points] : series) {
      const std::pair<double, double>* best = nullptr;
      for (const auto& point : points) {
        if (!std::isfinite(point.second)) continue;
        if (best == nullptr || sign * point.second > sign * best->second) best = &point;
      }
      if (best == nullptr) continue;
      rows += row({dataset, metric_label(metric), last_value(points),
                   short_number(best->second, 5) + " at " + short_number(best->first, 9)});
    }
  }
  if (rows.empty()) return "";
  return "<table>\n" + row({"validation set", "metric", "last", "best, at step"}, "th") + rows +
         "</table>\n";
}

std::string summary(const MetricsHistory& history, const TrainingCurves& curves) {
  std::int64_t last_step = 0;
  for (const auto& point : history.log) last_step = std::max(last_step, point.step);
  for (const auto& point : history.validation) last_step = std::max(last_step, point.step);
  std::string html = "<table>\n" + row({"completed steps", std::to_string(last_step)});
  if (!history.log.empty()) html += row({"epoch", std::to_string(history.log.back().epoch)});
  if (history.end_seconds > history.begin_seconds) {
    html += row({"from the first record to the last",
                 format_duration(history.end_seconds - history.begin_seconds)});
  }
  for (const auto& [name, points] : curves.losses) {
    html += row({name + ", mean of the last tenth", mean_of_last_tenth(points)});
  }
  return html + "</table>\n" + validation_table(curves);
}

}  // namespace

void write_training_report(const std::filesystem::path& metrics_path,
                           const std::filesystem::path& page_path, const std::string& experiment) {
  const auto history = read_metrics(metrics_path);
  if (history.log.empty() && history.validation.empty()) {
    throw InputError(metrics_path.string() + ": holds no step of a training");
  }
  const auto curves = curves_of(history);
  const std::string title = "Training of " + experiment;
  std::string page =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>" +
      html_escaped(title) + "</title>\n<style>" + kReportStyle + "</style>\n</head>\n<body>\n<h1>" +
      html_escaped(title) + "</h1>\n";
  page += summary(history, curves) + "<main>\n";
  for (const auto& [metric, series] : curves.metrics) {
    page += figure("Validation: " + metric, metric_label(metric), series, Drawing::kMarked);
  }
  page += loss_figures(curves.losses);
  page += figure("Learning rate", "learning rate", curves.rates, Drawing::kPlain);
  page += figure("Time per step", "seconds", curves.times, Drawing::kPlain);
  page += "</main>\n</body>\n</html>\n";
  write_file(page_path, {reinterpret_cast<const std::uint8_t*>(page.data()), page.size()},
             AtomicFile::Existing::kReplace);
}

}  // namespace vcisr::trainers
