// SPDX-License-Identifier: Apache-2.0
//
// Four filtered maps are enough: of the two variances only the sum is used. Rows are filtered
// horizontally once and kept in a ring of eleven; each row of the result is a vertical filter of
// it.
#include "vcisr/metrics/ssim.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include <torch/torch.h>

#include "metrics/comparison.h"

namespace vcisr::metrics {
namespace {

constexpr std::int64_t kRadiusPx = kSsimWindowPx / 2;
constexpr double kSigmaPx = 1.5;

/// Half of the symmetric window, the centre first.
using HalfWindow = std::array<double, kRadiusPx + 1>;

HalfWindow half_window() {
  HalfWindow taps{};
  double sum = 0.0;
  for (std::int64_t i = 0; i <= kRadiusPx; ++i) {
    const auto distance = static_cast<double>(i);
    const double tap = std::exp(-distance * distance / (2.0 * kSigmaPx * kSigmaPx));
    taps[static_cast<std::size_t>(i)] = tap;
    sum += i == 0 ? tap : 2.0 * tap;
  }
  for (double& tap : taps) tap /= sum;
  return taps;
}

/// One row of the four maps.
struct Moments {
  explicit Moments(std::int64_t width) : a(width), b(width), squares(width), product(width) {}
  std::vector<double> a;        // E[a]
  std::vector<double> b;        // E[b]
  std::vector<double> squares;  // E[a a + b b]
  std::vector<double> product;  // E[a b]
};

template <class T>
void load_row(const T* a, const T* b, std::int64_t width, Moments& row) {
  for (std::int64_t x = 0; x < width; ++x) {
    const auto left = static_cast<double>(a[x]);
    const auto right = static_cast<double>(b[x]);
    row.a[x] = left;
    row.b[x] = right;
    row.squares[x] = left * left + right * right;
    row.product[x] = left * right;
  }
}

/// Valid part only: `out` has kSsimWindowPx - 1 samples less.
void filter_along(const std::vector<double>& in, const HalfWindow& taps, std::vector<double>& out) {
  const auto count = static_cast<std::int64_t>(out.size());
  const double* centre = in.data() + kRadiusPx;
  double* const result = out.data();
  for (std::int64_t x = 0; x < count; ++x) result[x] = taps[0] * centre[x];
  for (std::int64_t i = 1; i <= kRadiusPx; ++i) {
    const double tap = taps[static_cast<std::size_t>(i)];
    for (std::int64_t x = 0; x < count; ++x) result[x] += tap * (centre[x - i] + centre[x + i]);
  }
}

/// The eleven latest rows, oldest first by number.
class Ring {
 public:
  explicit Ring(std::int64_t width) : rows_(kSsimWindowPx, Moments(width)) {}
  [[nodiscard]] Moments& row(std::int64_t number) {
    return rows_[static_cast<std::size_t>(number % kSsimWindowPx)];
  }

 private:
  std::vector<Moments> rows_;
};

/// The vertical filter of one of the maps around row `centre`.
void filter_across(Ring& ring, std::vector<double> Moments::*map, std::int64_t centre,
                   const HalfWindow& taps, std::vector<double>& out) {
  const auto count = static_cast<std::int64_t>(out.size());
  const double* const middle = (ring.row(centre).*map).data();
  double* const result = out.data();
  for (std::int64_t x = 0; x < count; ++x) result[x] = taps[0] * middle[x];
  for (std::int64_t i = 1; i <= kRadiusPx; ++i) {
    const double tap = taps[static_cast<std::size_t>(i)];
    const double* const above = (ring.row(centre - i).*map).data();
    const double* const below = (ring.row(centre + i).*map).data();
    for (std::int64_t x = 0; x < count; ++x) result[x] += tap * (above[x] + below[x]);
  }
}

double sum_of_similarities(const Moments& row, double c1, double c2) {
  double sum = 0.0;
  for (std::size_t x = 0; x < row.a.size(); ++x) {
    const double means = row.a[x] * row.b[x];
    const double mean_squares = row.a[x] * row.a[x] + row.b[x] * row.b[x];
    const double covariance = row.product[x] - means;
    const double variances = row.squares[x] - mean_squares;
    sum += (2.0 * means + c1) * (2.0 * covariance + c2) / ((mean_squares + c1) * (variances + c2));
  }
  return sum;
}

template <class T>
double plane_ssim(const torch::Tensor& a, const torch::Tensor& b, double peak) {
  const double c1 = 0.01 * peak * 0.01 * peak;
  const double c2 = 0.03 * peak * 0.03 * peak;
  const HalfWindow taps = half_window();
  const std::int64_t height = a.size(0);
  const std::int64_t width = a.size(1);
  const std::int64_t valid_width = width - 2 * kRadiusPx;
  const T* const left = a.const_data_ptr<T>();
  const T* const right = b.const_data_ptr<T>();
  Moments loaded(width);
  Ring ring(valid_width);
  Moments filtered(valid_width);
  double sum = 0.0;
  for (std::int64_t y = 0; y < height; ++y) {
    load_row(left + y * width, right + y * width, width, loaded);
    Moments& latest = ring.row(y);
    filter_along(loaded.a, taps, latest.a);
    filter_along(loaded.b, taps, latest.b);
    filter_along(loaded.squares, taps, latest.squares);
    filter_along(loaded.product, taps, latest.product);
    if (y < 2 * kRadiusPx) continue;
    const std::int64_t centre = y - kRadiusPx;
    filter_across(ring, &Moments::a, centre, taps, filtered.a);
    filter_across(ring, &Moments::b, centre, taps, filtered.b);
    filter_across(ring, &Moments::squares, centre, taps, filtered.squares);
    filter_across(ring, &Moments::product, centre, taps, filtered.product);
    sum += sum_of_similarities(filtered, c1, c2);
  }
  const std::int64_t valid_height = height - 2 * kRadiusPx;
  return sum / (static_cast<double>(valid_height) * static_cast<double>(valid_width));
}

}  // namespace

double gaussian_ssim(const torch::Tensor& a, const torch::Tensor& b, double peak) {
  TORCH_CHECK(a.defined() && b.defined() && a.dim() == 2 && a.sizes() == b.sizes(),
              "SSIM needs two planes [H, W] of one size");
  TORCH_CHECK(a.scalar_type() == b.scalar_type() &&
                  (a.scalar_type() == torch::kUInt8 || a.is_floating_point()),
              "SSIM needs two uint8 or two floating-point planes, but got ", a.scalar_type(),
              " and ", b.scalar_type());
  TORCH_CHECK(a.size(0) >= kSsimWindowPx && a.size(1) >= kSsimWindowPx, "SSIM needs at least ",
              kSsimWindowPx, "x", kSsimWindowPx, " pixels, but it was asked for ", a.size(1), "x",
              a.size(0));
  if (a.scalar_type() == torch::kUInt8) {
    return plane_ssim<std::uint8_t>(a.cpu().contiguous(), b.cpu().contiguous(), peak);
  }
  const auto as_double = torch::dtype(torch::kFloat64).device(torch::kCPU);
  return plane_ssim<double>(a.detach().to(as_double).contiguous(),
                            b.detach().to(as_double).contiguous(), peak);
}

double ssim(const torch::Tensor& restored, const torch::Tensor& hq,
            const ComparisonOptions& options) {
  const ComparedPair pair = compared_pair(restored, hq, options);
  const std::int64_t channels = pair.hq.size(0);
  double sum = 0.0;
  for (std::int64_t c = 0; c < channels; ++c) sum += gaussian_ssim(pair.restored[c], pair.hq[c]);
  return sum / static_cast<double>(channels);
}

}  // namespace vcisr::metrics
