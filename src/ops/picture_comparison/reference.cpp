// SPDX-License-Identifier: Apache-2.0
//
// Four filtered maps are enough: of the two variances only the sum is used. Rows are filtered along
// once and kept in a ring of eleven; each row of the result is a filter down the ring.
#include "ops/picture_comparison/reference.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

namespace vcisr::ops::detail {
namespace {

constexpr std::int64_t kRadius = kGaussianTaps / 2;

/// One row of the four maps.
struct Moments {
  explicit Moments(std::int64_t width)
      : a(static_cast<std::size_t>(width)), b(a), squares(a), product(a) {}
  std::vector<double> a;        // E[a]
  std::vector<double> b;        // E[b]
  std::vector<double> squares;  // E[a a + b b]
  std::vector<double> product;  // E[a b]
};

template <class T>
void load_row(const T* a, const T* b, Moments& row) {
  for (std::size_t x = 0; x < row.a.size(); ++x) {
    const auto left = static_cast<double>(a[x]);
    const auto right = static_cast<double>(b[x]);
    row.a[x] = left;
    row.b[x] = right;
    row.squares[x] = left * left + right * right;
    row.product[x] = left * right;
  }
}

/// Valid part only: `out` has kGaussianTaps - 1 samples less.
void filter_along(const std::vector<double>& in, const HalfWindow& window,
                  std::vector<double>& out) {
  const auto count = static_cast<std::int64_t>(out.size());
  const double* const centre = in.data() + kRadius;
  double* const result = out.data();
  for (std::int64_t x = 0; x < count; ++x) result[x] = window.taps[0] * centre[x];
  for (std::int64_t i = 1; i <= kRadius; ++i) {
    const double tap = window.taps[i];
    for (std::int64_t x = 0; x < count; ++x) result[x] += tap * (centre[x - i] + centre[x + i]);
  }
}

/// The latest rows by number.
class Ring {
 public:
  explicit Ring(std::int64_t width) : rows_(kGaussianTaps, Moments(width)) {}
  [[nodiscard]] Moments& row(std::int64_t number) {
    return rows_[static_cast<std::size_t>(number % kGaussianTaps)];
  }

 private:
  std::vector<Moments> rows_;
};

/// The vertical filter of one of the maps around row `centre`.
void filter_down(Ring& ring, std::vector<double> Moments::*map, std::int64_t centre,
                 const HalfWindow& window, std::vector<double>& out) {
  const auto count = static_cast<std::int64_t>(out.size());
  const double* const middle = (ring.row(centre).*map).data();
  double* const result = out.data();
  for (std::int64_t x = 0; x < count; ++x) result[x] = window.taps[0] * middle[x];
  for (std::int64_t i = 1; i <= kRadius; ++i) {
    const double tap = window.taps[i];
    const double* const above = (ring.row(centre - i).*map).data();
    const double* const below = (ring.row(centre + i).*map).data();
    for (std::int64_t x = 0; x < count; ++x) result[x] += tap * (above[x] + below[x]);
  }
}

void add_losses(const Moments& row, double peak, bool is_contrast_clamped, SsimLosses& losses) {
  const double c1 = 0.01 * peak * 0.01 * peak;
  const double c2 = 0.03 * peak * 0.03 * peak;
  for (std::size_t x = 0; x < row.a.size(); ++x) {
    const double means = row.a[x] * row.b[x];
    const double mean_squares = row.a[x] * row.a[x] + row.b[x] * row.b[x];
    const double covariance = row.product[x] - means;
    const double variances = row.squares[x] - mean_squares;
    const double luminance = (2.0 * means + c1) / (mean_squares + c1);
    double contrast = (2.0 * covariance + c2) / (variances + c2);
    if (is_contrast_clamped && contrast < 0.0) contrast = 0.0;
    losses.ssim += 1.0 - luminance * contrast;
    losses.contrast_structure += 1.0 - contrast;
  }
}

/// What the window of 7x7 samples at (y, x) adds.
template <class T>
double uniform_loss_at(const PlanePair<T>& planes, double peak, std::int64_t y, std::int64_t x) {
  constexpr double kCount = kUniformTaps * kUniformTaps;
  double a = 0.0, b = 0.0, squares = 0.0, product = 0.0;
  for (std::int64_t row = y; row < y + kUniformTaps; ++row) {
    for (std::int64_t column = x; column < x + kUniformTaps; ++column) {
      const auto left = static_cast<double>(planes.a[row * planes.a_pitch + column]);
      const auto right = static_cast<double>(planes.b[row * planes.b_pitch + column]);
      a += left / kCount;
      b += right / kCount;
      squares += (left * left + right * right) / kCount;
      product += left * right / kCount;
    }
  }
  const double c1 = 0.01 * peak * 0.01 * peak;
  const double c2 = 0.03 * peak * 0.03 * peak;
  const double sample = kCount / (kCount - 1.0);
  const double covariance = sample * (product - a * b);
  const double variances = sample * (squares - a * a - b * b);
  return 1.0 -
         (2.0 * a * b + c1) * (2.0 * covariance + c2) / ((a * a + b * b + c1) * (variances + c2));
}

}  // namespace

HalfWindow half_gaussian_window() {
  constexpr double kSigma = 1.5;
  HalfWindow window{};
  double sum = 0.0;
  for (std::int64_t i = 0; i <= kRadius; ++i) {
    const auto distance = static_cast<double>(i);
    window.taps[i] = std::exp(-distance * distance / (2.0 * kSigma * kSigma));
    sum += i == 0 ? window.taps[i] : 2.0 * window.taps[i];
  }
  for (double& tap : window.taps) tap /= sum;
  return window;
}

template <class T>
SsimLosses gaussian_losses_reference(const PlanePair<T>& planes, double peak,
                                     bool is_contrast_clamped) {
  const HalfWindow window = half_gaussian_window();
  const std::int64_t valid_width = planes.width - 2 * kRadius;
  Moments loaded(planes.width);
  Ring ring(valid_width);
  Moments filtered(valid_width);
  SsimLosses losses;
  for (std::int64_t y = 0; y < planes.height; ++y) {
    load_row(planes.a + y * planes.a_pitch, planes.b + y * planes.b_pitch, loaded);
    Moments& latest = ring.row(y);
    for (const auto map : {&Moments::a, &Moments::b, &Moments::squares, &Moments::product}) {
      filter_along(loaded.*map, window, latest.*map);
    }
    if (y < 2 * kRadius) continue;
    for (const auto map : {&Moments::a, &Moments::b, &Moments::squares, &Moments::product}) {
      filter_down(ring, map, y - kRadius, window, filtered.*map);
    }
    add_losses(filtered, peak, is_contrast_clamped, losses);
  }
  return losses;
}

template <class T>
double uniform_loss_reference(const PlanePair<T>& planes, double peak) {
  double loss = 0.0;
  for (std::int64_t y = 0; y + kUniformTaps <= planes.height; ++y) {
    for (std::int64_t x = 0; x + kUniformTaps <= planes.width; ++x) {
      loss += uniform_loss_at(planes, peak, y, x);
    }
  }
  return loss;
}

template SsimLosses gaussian_losses_reference(const PlanePair<std::uint8_t>&, double, bool);
template SsimLosses gaussian_losses_reference(const PlanePair<std::uint16_t>&, double, bool);
template SsimLosses gaussian_losses_reference(const PlanePair<float>&, double, bool);
template SsimLosses gaussian_losses_reference(const PlanePair<double>&, double, bool);
template double uniform_loss_reference(const PlanePair<std::uint8_t>&, double);
template double uniform_loss_reference(const PlanePair<std::uint16_t>&, double);
template double uniform_loss_reference(const PlanePair<float>&, double);
template double uniform_loss_reference(const PlanePair<double>&, double);

}  // namespace vcisr::ops::detail
