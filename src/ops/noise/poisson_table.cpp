// SPDX-License-Identifier: Apache-2.0
#include "ops/noise/poisson_table.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <mutex>

namespace vcisr::ops::detail {
namespace {

/// Probabilities relative to the likeliest below which counts are left out: 1e-10 of a word's
/// 2^-32, all of them together.
constexpr double kNegligible = 0x1p-72;

constexpr std::uint32_t kFractionBits = 24;
constexpr std::uint32_t kFractionMask = (1u << kFractionBits) - 1;

/// Probabilities of first, first + 1, …, relative to the likeliest.
struct Weights {
  int first;
  std::vector<double> values;
};

Weights relative_weights(double rate) {
  const int mode = static_cast<int>(rate);
  std::vector<double> below;
  double weight = 1;
  for (int n = mode; n > 0 && weight > kNegligible; --n) {
    weight = weight * n / rate;
    below.push_back(weight);
  }
  Weights w{mode - static_cast<int>(below.size()), {below.rbegin(), below.rend()}};
  weight = 1;
  for (int n = mode; weight > kNegligible; ++n) {
    w.values.push_back(weight);
    weight = weight * rate / (n + 1);
  }
  return w;
}

std::uint32_t column_entry(const std::vector<std::uint32_t>& thresholds, std::uint32_t column) {
  const std::uint32_t begin = column << kFractionBits;
  const std::uint32_t last = begin | kFractionMask;
  const auto up_to = [&](std::uint32_t word) {
    const auto end = std::upper_bound(thresholds.begin(), thresholds.end(), word);
    return static_cast<std::uint32_t>(end - thresholds.begin());
  };
  const std::uint32_t passed = up_to(begin);
  const std::uint32_t passed_by_last = up_to(last);
  switch (passed_by_last - passed) {
    case 0:
      return (kFractionMask << 8) | passed;
    case 1:
      return (((thresholds[passed] & kFractionMask) - 1) << 8) | passed;
    default:
      return (passed_by_last << 16) | (passed << 8) | kPoissonSearch;
  }
}

std::unique_ptr<const PoissonTable> make_table(int log2_v) {
  auto table = std::make_unique<PoissonTable>();
  const auto v = static_cast<float>(1 << log2_v);
  table->inverse_rate_scale = 1 / v;
  for (std::size_t level = 0; level < kLevels; ++level) {
    const float rate = static_cast<float>(level) / 255.0f * v;
    int least = 0;
    const auto thresholds = poisson_thresholds(static_cast<double>(rate), &least);
    table->least[level] = static_cast<std::uint16_t>(least);
    table->begin[level] = static_cast<std::uint32_t>(table->thresholds.size());
    table->thresholds.insert(table->thresholds.end(), thresholds.begin(), thresholds.end());
    for (std::uint32_t column = 0; column < kPoissonColumns; ++column) {
      table->entries[level * kPoissonColumns + column] = column_entry(thresholds, column);
    }
  }
  table->thresholds.shrink_to_fit();
  return table;
}

}  // namespace

std::vector<std::uint32_t> poisson_thresholds(double rate, int* least) {
  const auto weights = relative_weights(rate);
  double sum = 0;
  for (const double weight : weights.values) sum += weight;
  std::vector<std::uint32_t> thresholds;
  *least = weights.first;
  double up_to = 0;
  for (const double weight : weights.values) {
    up_to += weight;
    const double threshold = std::floor(up_to / sum * 0x1p32 + 0.5);
    if (threshold >= 0x1p32) break;
    if (threshold == 0) {
      ++*least;
    } else {
      thresholds.push_back(static_cast<std::uint32_t>(threshold));
    }
  }
  return thresholds;
}

const PoissonTable& poisson_table(int log2_v) {
  struct Entry {
    std::once_flag once;
    std::unique_ptr<const PoissonTable> table;
  };
  static std::array<Entry, kPoissonTables> entries;
  auto& entry = entries.at(static_cast<std::size_t>(log2_v));
  std::call_once(entry.once, [&] { entry.table = make_table(log2_v); });
  return *entry.table;
}

}  // namespace vcisr::ops::detail
