// SPDX-License-Identifier: Apache-2.0
//
// The window is symmetric in rows and in columns, but with taps rounded to float32 no product of
// two one-dimensional ones: rows at equal distance are added first, then columns, and sixteen of
// the 49 multiplications remain.
#include "metrics/mscn.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace vcisr::metrics {
namespace {

constexpr std::int64_t kRadiusPx = 3;
constexpr double kSigmaPx = 7.0 / 6.0;

/// By distance in rows, then in columns.
using Window = std::array<std::array<double, kRadiusPx + 1>, kRadiusPx + 1>;

Window gaussian_window() {
  Window window{};
  double sum = 0.0;
  for (std::int64_t y = 0; y <= kRadiusPx; ++y) {
    for (std::int64_t x = 0; x <= kRadiusPx; ++x) {
      window[y][x] = std::exp(-static_cast<double>(x * x + y * y) / (2.0 * kSigmaPx * kSigmaPx));
      sum += window[y][x] * (x == 0 ? 1.0 : 2.0) * (y == 0 ? 1.0 : 2.0);
    }
  }
  for (auto& row : window) {
    for (double& tap : row) tap /= sum;
  }
  return window;
}

Window rounded_to_float(Window window) {
  for (auto& row : window) {
    for (double& tap : row) tap = static_cast<double>(static_cast<float>(tap));
  }
  return window;
}

struct Parameters {
  Window window;
  bool repeats_edges;     ///< Else zeros stand outside.
  bool rounds_to_float;   ///< Every result is float32.
  double under_the_root;  ///< Added before the square root.
};

Parameters parameters_of(MscnRule rule) {
  switch (rule) {
    case MscnRule::kPyiqaNiqe:
      return {rounded_to_float(gaussian_window()), true, false,
              std::numeric_limits<double>::epsilon()};
    case MscnRule::kBasicsrNiqe:
      return {gaussian_window(), true, true, 0.0};
    case MscnRule::kPyiqaBrisque:
      return {rounded_to_float(gaussian_window()), false, false,
              static_cast<double>(std::numeric_limits<float>::epsilon())};
  }
  return {};
}

/// Rows at equal distance from the centre row, added; with kRadiusPx samples on either side.
class FoldedRows {
 public:
  explicit FoldedRows(std::int64_t width) : width_(width) {
    for (auto& row : rows_) row.resize(static_cast<std::size_t>(width + 2 * kRadiusPx));
  }

  void fold(const LumaPlane& plane, std::int64_t y, bool repeats_edges) {
    for (std::int64_t distance = 0; distance <= kRadiusPx; ++distance) {
      double* const out = rows_[distance].data() + kRadiusPx;
      const double* const above = row_or_edge(plane, y - distance, repeats_edges);
      const double* const below = row_or_edge(plane, y + distance, repeats_edges);
      if (distance == 0) {
        std::copy_n(above, width_, out);
      } else if (above != nullptr && below != nullptr) {
        for (std::int64_t x = 0; x < width_; ++x) out[x] = above[x] + below[x];
      } else if (above != nullptr || below != nullptr) {
        std::copy_n(above != nullptr ? above : below, width_, out);
      } else {
        std::fill_n(out, width_, 0.0);
      }
      std::fill_n(out - kRadiusPx, kRadiusPx, repeats_edges ? out[0] : 0.0);
      std::fill_n(out + width_, kRadiusPx, repeats_edges ? out[width_ - 1] : 0.0);
    }
  }

  void filter(const Window& window, double* out) const {
    const double* const r0 = rows_[0].data() + kRadiusPx;
    const double* const r1 = rows_[1].data() + kRadiusPx;
    const double* const r2 = rows_[2].data() + kRadiusPx;
    const double* const r3 = rows_[3].data() + kRadiusPx;
    const Window w = window;
    for (std::int64_t x = 0; x < width_; ++x) {
      out[x] =
          (along(r0 + x, w[0]) + along(r1 + x, w[1])) + (along(r2 + x, w[2]) + along(r3 + x, w[3]));
    }
  }

 private:
  static const double* row_or_edge(const LumaPlane& plane, std::int64_t y, bool repeats_edges) {
    if (repeats_edges) return plane.row(std::clamp<std::int64_t>(y, 0, plane.height - 1));
    return y >= 0 && y < plane.height ? plane.row(y) : nullptr;
  }

  static double along(const double* centre, const std::array<double, kRadiusPx + 1>& taps) {
    return (taps[0] * centre[0] + taps[1] * (centre[-1] + centre[1])) +
           (taps[2] * (centre[-2] + centre[2]) + taps[3] * (centre[-3] + centre[3]));
  }

  std::int64_t width_;
  std::array<std::vector<double>, kRadiusPx + 1> rows_;
};

/// In place: `mean` becomes the normalised luma, `mean_square` the deviation.
void normalise(const double* luma, std::int64_t width, const Parameters& parameters, double* mean,
               double* mean_square) {
  for (std::int64_t x = 0; x < width; ++x) {
    const double variance = std::abs(mean_square[x] - mean[x] * mean[x]);
    mean_square[x] = std::sqrt(variance + parameters.under_the_root);
    mean[x] = (luma[x] - mean[x]) / (mean_square[x] + 1.0);
  }
}

void normalise_in_float(const double* luma, std::int64_t width, double* mean, double* mean_square) {
  for (std::int64_t x = 0; x < width; ++x) {
    const auto mu = static_cast<float>(mean[x]);
    const float variance = std::abs(static_cast<float>(mean_square[x]) - mu * mu);
    const float sigma = std::sqrt(variance);
    mean_square[x] = static_cast<double>(sigma);
    mean[x] = static_cast<double>((static_cast<float>(luma[x]) - mu) / (sigma + 1.0f));
  }
}

}  // namespace

LumaPlane mscn(const LumaPlane& luma, MscnRule rule, LumaPlane* deviation) {
  const Parameters parameters = parameters_of(rule);
  LumaPlane squares(luma.height, luma.width);
  for (std::size_t i = 0; i < squares.samples.size(); ++i) {
    const double square = luma.samples[i] * luma.samples[i];
    squares.samples[i] =
        parameters.rounds_to_float ? static_cast<double>(static_cast<float>(square)) : square;
  }
  if (deviation != nullptr) *deviation = LumaPlane(luma.height, luma.width);
  LumaPlane out(luma.height, luma.width);
  FoldedRows folded(luma.width);
  std::vector<double> sigma(static_cast<std::size_t>(luma.width));
  for (std::int64_t y = 0; y < luma.height; ++y) {
    folded.fold(luma, y, parameters.repeats_edges);
    folded.filter(parameters.window, out.row(y));
    folded.fold(squares, y, parameters.repeats_edges);
    folded.filter(parameters.window, sigma.data());
    if (parameters.rounds_to_float) {
      normalise_in_float(luma.row(y), luma.width, out.row(y), sigma.data());
    } else {
      normalise(luma.row(y), luma.width, parameters, out.row(y), sigma.data());
    }
    if (deviation != nullptr) std::copy(sigma.begin(), sigma.end(), deviation->row(y));
  }
  return out;
}

std::vector<double> mscn_window() {
  const Window quarter = gaussian_window();
  std::vector<double> window;
  for (std::int64_t y = -kRadiusPx; y <= kRadiusPx; ++y) {
    for (std::int64_t x = -kRadiusPx; x <= kRadiusPx; ++x) {
      window.push_back(quarter[std::abs(y)][std::abs(x)]);
    }
  }
  return window;
}

}  // namespace vcisr::metrics
