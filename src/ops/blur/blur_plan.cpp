// SPDX-License-Identifier: Apache-2.0
#include "ops/blur/blur_plan.h"

#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

namespace vcisr::ops::detail {
namespace {

/// The middle of a kernel [size][size].
struct Middle {
  const std::vector<double>& kernel;
  std::int64_t size;
  std::int64_t radius_y = size / 2;
  std::int64_t radius_x = size / 2;

  [[nodiscard]] double at(std::int64_t dy, std::int64_t dx) const {
    return kernel[static_cast<std::size_t>((size / 2 + dy) * size + size / 2 + dx)];
  }
};

double outer_rows(const Middle& m) {
  double sum = 0;
  for (std::int64_t dx = -m.radius_x; dx <= m.radius_x; ++dx) {
    sum += std::abs(m.at(-m.radius_y, dx)) + std::abs(m.at(m.radius_y, dx));
  }
  return sum;
}

double outer_columns(const Middle& m) {
  double sum = 0;
  for (std::int64_t dy = -m.radius_y; dy <= m.radius_y; ++dy) {
    sum += std::abs(m.at(dy, -m.radius_x)) + std::abs(m.at(dy, m.radius_x));
  }
  return sum;
}

/// Leaves out what hardly counts.
void trim(Middle& m, double sum) {
  double budget = kBlurTrimmedShare * sum;
  for (bool trimmed = true; trimmed;) {
    trimmed = false;
    if (const double rows = outer_rows(m); m.radius_y > 0 && rows <= budget) {
      budget -= rows;
      --m.radius_y;
      trimmed = true;
    }
    if (const double columns = outer_columns(m); m.radius_x > 0 && columns <= budget) {
      budget -= columns;
      --m.radius_x;
      trimmed = true;
    }
  }
}

struct Factors {
  std::vector<double> row, column;
};

/// The kernel as an outer product through its largest value, if it is one.
std::optional<Factors> factors(const Middle& m, double sum) {
  std::int64_t y = 0;
  std::int64_t x = 0;
  for (std::int64_t dy = -m.radius_y; dy <= m.radius_y; ++dy) {
    for (std::int64_t dx = -m.radius_x; dx <= m.radius_x; ++dx) {
      if (std::abs(m.at(dy, dx)) > std::abs(m.at(y, x))) {
        y = dy;
        x = dx;
      }
    }
  }
  const double deviation_allowed = kBlurSeparableShare * sum;
  double deviation = 0;
  for (std::int64_t dy = -m.radius_y; dy <= m.radius_y; ++dy) {
    for (std::int64_t dx = -m.radius_x; dx <= m.radius_x; ++dx) {
      deviation += std::abs(m.at(dy, dx) - m.at(dy, x) * m.at(y, dx) / m.at(y, x));
    }
    if (!(deviation <= deviation_allowed)) return std::nullopt;  // NaN is none either.
  }
  Factors f;
  for (std::int64_t dx = -m.radius_x; dx <= m.radius_x; ++dx) f.row.push_back(m.at(y, dx));
  for (std::int64_t dy = -m.radius_y; dy <= m.radius_y; ++dy) {
    f.column.push_back(m.at(dy, x) / m.at(y, x));
  }
  return f;
}

std::vector<float> to_float(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

}  // namespace

BlurPlan make_blur_plan(const std::vector<double>& kernel, std::int64_t size) {
  double sum = 0;
  for (const double value : kernel) sum += std::abs(value);
  Middle middle{kernel, size};
  trim(middle, sum);
  BlurPlan plan;
  plan.height = 2 * middle.radius_y + 1;
  plan.width = 2 * middle.radius_x + 1;
  // Two passes write and read the picture once more, which a small kernel does not earn back.
  if (plan.height * plan.width > 2 * (plan.height + plan.width)) {
    if (const auto found = factors(middle, sum)) return make_blur_plan(found->row, found->column);
  }
  for (std::int64_t dy = -middle.radius_y; dy <= middle.radius_y; ++dy) {
    for (std::int64_t dx = -middle.radius_x; dx <= middle.radius_x; ++dx) {
      plan.weights.push_back(static_cast<float>(middle.at(dy, dx)));
    }
  }
  return plan;
}

BlurPlan make_blur_plan(const std::vector<double>& row_taps,
                        const std::vector<double>& column_taps) {
  BlurPlan plan;
  plan.across = to_float(row_taps);
  plan.weights = to_float(column_taps);
  plan.height = static_cast<std::int64_t>(column_taps.size());
  return plan;
}

}  // namespace vcisr::ops::detail
