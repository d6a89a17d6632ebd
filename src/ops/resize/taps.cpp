// SPDX-License-Identifier: Apache-2.0
#include "ops/resize/taps.h"

#include <algorithm>
#include <cmath>
#include <list>
#include <mutex>
#include <numbers>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

#include "ops/keys_cubic.h"

namespace vcisr::ops::detail {
namespace {

double lanczos3(double x) {
  x = std::abs(x);
  if (x >= 3) return 0;
  if (x == 0) return 1;
  if (x == std::floor(x)) return 0;  // sin(pi n) is not 0 in floating point.
  const double a = std::numbers::pi * x;
  return 3 * std::sin(a) * std::sin(a / 3) / (a * a);
}

double value_at(TapFilter filter, double x) {
  switch (filter) {
    case TapFilter::kBicubic:
      return keys_cubic(x);
    case TapFilter::kLanczos3:
      return lanczos3(x);
    case TapFilter::kBilinear:
      return std::max(0.0, 1 - std::abs(x));
  }
  return 0;
}

std::int64_t radius_of(TapFilter filter) {
  switch (filter) {
    case TapFilter::kBicubic:
      return 2;
    case TapFilter::kLanczos3:
      return 3;
    case TapFilter::kBilinear:
      return 1;
  }
  return 0;
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

void round_weights(AxisTaps& taps) {
  taps.weight_f32.assign(taps.weight.begin(), taps.weight.end());
}

// Outputs p apart have the same weights, q inputs apart.
std::optional<PeriodicLine> periodic_line(const AxisTaps& taps) {
  const std::int64_t common = std::gcd(taps.in, taps.out);
  const std::int64_t per_out = taps.out / common;
  const std::int64_t per_in = taps.in / common;
  if (std::max(per_in, per_out) > PeriodicLine::kMostPerCycle) return std::nullopt;
  std::vector<LinePhase> phases(static_cast<std::size_t>(per_out));
  for (std::size_t j = 0; j < phases.size(); ++j) {
    const auto first = taps.begin[j];
    const auto last = taps.begin[j + 1];
    if (last - first > static_cast<std::int64_t>(PeriodicLine::kMostTaps)) return std::nullopt;
    phases[j].offset.assign(taps.offset.begin() + first, taps.offset.begin() + last);
    phases[j].weight.assign(taps.weight_f32.begin() + first, taps.weight_f32.begin() + last);
  }
  return PeriodicLine(taps.in, taps.out, static_cast<int>(per_in), std::move(phases));
}

AxisTaps::Runs runs_of(const AxisTaps& taps) {
  AxisTaps::Runs runs;
  runs.begin.push_back(0);
  for (std::size_t o = 0; o + 1 < taps.begin.size(); ++o) {
    const auto begin = static_cast<std::size_t>(taps.begin[o]);
    const auto end = static_cast<std::size_t>(taps.begin[o + 1]);
    const std::int64_t first = taps.offset[begin];
    const std::int64_t last = taps.offset[end - 1];
    runs.pad = std::max({runs.pad, -first, last + 1 - taps.in});
    runs.first.push_back(static_cast<std::int32_t>(first));
    const std::size_t start = runs.weight.size();
    runs.weight.resize(start + static_cast<std::size_t>(last - first + 1), 0.0f);
    for (std::size_t k = begin; k < end; ++k) {
      runs.weight[start + static_cast<std::size_t>(taps.offset[k] - first)] = taps.weight_f32[k];
    }
    runs.begin.push_back(static_cast<std::int64_t>(runs.weight.size()));
  }
  for (std::int32_t& first : runs.first) first += static_cast<std::int32_t>(runs.pad);
  return runs;
}

struct CacheEntry {
  std::tuple<std::int64_t, std::int64_t, TapFilter, bool> key;
  std::shared_ptr<const AxisTaps> taps;
};

}  // namespace

std::int64_t mirrored(std::int64_t index, std::int64_t size) {
  std::int64_t folded = index % (2 * size);
  if (folded < 0) folded += 2 * size;
  return folded < size ? folded : 2 * size - 1 - folded;
}

AxisTaps make_taps(std::int64_t in, std::int64_t out, TapFilter filter) {
  AxisTaps taps{.in = in, .out = out};
  taps.begin.reserve(static_cast<std::size_t>(out) + 1);
  taps.begin.push_back(0);
  // Distances are integers over 2 * out: equal phases get equal weights, and zeros are exact.
  const std::int64_t reach = 2 * radius_of(filter) * std::max(in, out);
  const double unit = 1.0 / static_cast<double>(2 * std::max(in, out));
  for (std::int64_t o = 0; o < out; ++o) {
    const std::int64_t center = (2 * o + 1) * in - out;  // In units of 1 / (2 * out) input samples.
    const std::size_t first_tap = taps.weight.size();
    double sum = 0;
    const std::int64_t last = floor_div(center + reach, 2 * out);
    for (std::int64_t i = floor_div(center - reach, 2 * out); i <= last; ++i) {
      const double w = value_at(filter, static_cast<double>(center - 2 * out * i) * unit);
      if (w == 0) continue;
      sum += w;
      taps.offset.push_back(static_cast<std::int32_t>(i));
      taps.index.push_back(static_cast<std::int32_t>(mirrored(i, in)));
      taps.weight.push_back(w);
    }
    for (std::size_t k = first_tap; k < taps.weight.size(); ++k) taps.weight[k] /= sum;
    taps.begin.push_back(static_cast<std::int64_t>(taps.weight.size()));
  }
  round_weights(taps);
  taps.line = periodic_line(taps);
  if (!taps.line) taps.runs = runs_of(taps);
  return taps;
}

AxisTaps transposed(const AxisTaps& taps) {
  AxisTaps result{.in = taps.out, .out = taps.in};
  result.begin.assign(static_cast<std::size_t>(taps.in) + 1, 0);
  for (const std::int32_t i : taps.index) ++result.begin[static_cast<std::size_t>(i) + 1];
  for (std::size_t i = 1; i < result.begin.size(); ++i) result.begin[i] += result.begin[i - 1];
  std::vector<std::int64_t> next(result.begin.begin(), result.begin.end() - 1);
  result.index.resize(taps.index.size());
  result.weight.resize(taps.weight.size());
  for (std::size_t o = 0; o + 1 < taps.begin.size(); ++o) {
    for (auto k = static_cast<std::size_t>(taps.begin[o]);
         k < static_cast<std::size_t>(taps.begin[o + 1]); ++k) {
      const auto slot = static_cast<std::size_t>(next[static_cast<std::size_t>(taps.index[k])]++);
      result.index[slot] = static_cast<std::int32_t>(o);
      result.weight[slot] = taps.weight[k];
    }
  }
  round_weights(result);
  return result;
}

std::shared_ptr<const AxisTaps> cached_taps(std::int64_t in, std::int64_t out, TapFilter filter,
                                            bool is_transposed) {
  static std::mutex mutex;
  static std::list<CacheEntry> cache;  // Most recently used first.
  constexpr std::size_t kEntries = 16;
  const auto key = std::make_tuple(in, out, filter, is_transposed);
  const std::lock_guard lock(mutex);
  const auto found = std::find_if(cache.begin(), cache.end(),
                                  [&](const CacheEntry& entry) { return entry.key == key; });
  if (found != cache.end()) {
    cache.splice(cache.begin(), cache, found);
    return cache.front().taps;
  }
  AxisTaps taps =
      is_transposed ? transposed(make_taps(out, in, filter)) : make_taps(in, out, filter);
  cache.push_front({key, std::make_shared<const AxisTaps>(std::move(taps))});
  if (cache.size() > kEntries) cache.pop_back();
  return cache.front().taps;
}

}  // namespace vcisr::ops::detail
