// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "evaluation/report_data.h"
#include "vcisr/evaluation/result.h"

namespace vcisr::evaluation {
namespace {

double median_of(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  const double below = *std::max_element(values.begin(), middle);
  return below + (*middle - below) / 2;
}

}  // namespace

Statistics statistics(std::span<const double> values) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  Statistics result;
  std::vector<double> finite;
  finite.reserve(values.size());
  for (const double value : values) {
    if (std::isfinite(value)) {
      finite.push_back(value);
    } else {
      ++(std::isnan(value) ? result.undefined : result.identical);
    }
  }
  result.count = static_cast<std::int64_t>(finite.size());
  if (finite.empty()) {
    result.mean = result.median = result.stdev = result.min = result.max = kNan;
    return result;
  }
  const auto count = static_cast<double>(finite.size());
  double sum = 0;
  for (const double value : finite) sum += value;
  result.mean = sum / count;
  double squares = 0;
  for (const double value : finite) squares += (value - result.mean) * (value - result.mean);
  result.stdev = std::sqrt(squares / count);
  const auto [min, max] = std::minmax_element(finite.begin(), finite.end());
  result.min = *min;
  result.max = *max;
  result.median = median_of(finite);
  return result;
}

std::vector<Statistics> overall_statistics(const Result& result) {
  std::vector<const SequenceResult*> measured;
  for (const auto& sequence : result.sequences) {
    if (!sequence.error) measured.push_back(&sequence);
  }
  std::vector<Statistics> overall;
  for (std::size_t column = 0; column < result.columns.size(); ++column) {
    if (measured.size() == 1) {
      overall.push_back(statistics(column_values(*measured[0], column)));
      continue;
    }
    std::vector<double> means;
    means.reserve(measured.size());
    for (const auto* sequence : measured) {
      means.push_back(single_number(column_values(*sequence, column)));
    }
    overall.push_back(statistics(means));
  }
  return overall;
}

}  // namespace vcisr::evaluation
