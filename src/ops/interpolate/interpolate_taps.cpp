// SPDX-License-Identifier: Apache-2.0
#include "ops/interpolate/interpolate_taps.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

namespace vcisr::ops::detail {
namespace {

// Keys' cubic with a = -0.75, in the order of torch's operations.
double near_lobe(double t) { return ((1.25 * t - 2.25) * t) * t + 1; }
double far_lobe(double t) { return ((-0.75 * t + 3.75) * t - 6) * t + 3; }

/// Neighbouring samples, the first one `first`.
struct Window {
  std::int64_t first = 0;
  std::array<double, 4> weight{};
  std::int64_t count = 0;
};

Window cubic_window(double position) {
  const double below = std::floor(position);
  const double t = position - below;
  return {static_cast<std::int64_t>(below) - 1,
          {far_lobe(t + 1), near_lobe(t), near_lobe(1 - t), far_lobe(2 - t)},
          4};
}

Window linear_window(double position) {
  const double inside = std::max(position, 0.0);
  const double below = std::floor(inside);
  return {static_cast<std::int64_t>(below), {1 - (inside - below), inside - below}, 2};
}

/// The window's taps, those beyond an edge added to the edge's, zeros at the ends left out.
void append(AxisTaps& taps, Window window) {
  const auto at = [&](std::int64_t k) -> double& {
    return window.weight[static_cast<std::size_t>(k)];
  };
  std::int64_t begin = 0;
  std::int64_t end = window.count;
  while (begin + 1 < end && (at(begin) == 0 || window.first + begin < 0)) {
    if (window.first + begin < 0) at(begin + 1) += at(begin);
    ++begin;
  }
  while (begin + 1 < end && (at(end - 1) == 0 || window.first + end > taps.in)) {
    if (window.first + end > taps.in) at(end - 2) += at(end - 1);
    --end;
  }
  for (std::int64_t k = begin; k < end; ++k) {
    const auto index = std::clamp<std::int64_t>(window.first + k, 0, taps.in - 1);
    taps.index.push_back(static_cast<std::int32_t>(index));
    taps.weight.push_back(at(k));
  }
}

void append_mean(AxisTaps& taps, std::int64_t o) {
  const std::int64_t first = o * taps.in / taps.out;
  const std::int64_t end = ((o + 1) * taps.in + taps.out - 1) / taps.out;
  for (std::int64_t i = first; i < end; ++i) {
    taps.index.push_back(static_cast<std::int32_t>(i));
    taps.weight.push_back(1.0 / static_cast<double>(end - first));
  }
}

AxisTaps::Runs runs_of(const AxisTaps& taps) {
  AxisTaps::Runs runs{.pad = 0, .first = {}, .begin = taps.begin, .weight = taps.weight_f32};
  runs.first.reserve(static_cast<std::size_t>(taps.out));
  for (std::size_t o = 0; o + 1 < taps.begin.size(); ++o) {
    runs.first.push_back(taps.index[static_cast<std::size_t>(taps.begin[o])]);
  }
  return runs;
}

}  // namespace

AxisTaps make_interpolate_taps(std::int64_t in, std::int64_t out, InterpolateFilter filter,
                               std::optional<double> scale) {
  AxisTaps taps{.in = in, .out = out};
  const double ratio = scale ? 1 / *scale : static_cast<double>(in) / static_cast<double>(out);
  const std::int64_t most =
      filter == InterpolateFilter::kArea ? in / out + 2 : std::int64_t{4};  // Taps of an output.
  taps.begin.reserve(static_cast<std::size_t>(out) + 1);
  taps.index.reserve(static_cast<std::size_t>(out * most));
  taps.weight.reserve(static_cast<std::size_t>(out * most));
  taps.begin.push_back(0);
  for (std::int64_t o = 0; o < out; ++o) {
    const double position = ratio * (static_cast<double>(o) + 0.5) - 0.5;
    if (filter == InterpolateFilter::kArea) {
      append_mean(taps, o);
    } else {
      append(taps, filter == InterpolateFilter::kBicubic ? cubic_window(position)
                                                         : linear_window(position));
    }
    taps.begin.push_back(static_cast<std::int64_t>(taps.weight.size()));
  }
  taps.weight_f32.assign(taps.weight.begin(), taps.weight.end());
  taps.runs = runs_of(taps);
  return taps;
}

}  // namespace vcisr::ops::detail
