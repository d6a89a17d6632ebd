// SPDX-License-Identifier: Apache-2.0
// Part of cpu_kernels_impl.h.
//
// Sums over 7x7 windows in exact integers, in strips of columns: sums of each column over the
// latest seven rows are carried on from row to row.
#pragma once

#include "ops/picture_comparison/cpu_kernels.h"
#include "ops/vector_types.h"

namespace vcisr::ops::detail {
namespace {

using std::int64_t;

/// What holds the products of window sums, up to 98 * 49 * peak^2, exactly; and what is fitting to
/// divide them in.
template <class T>
struct UniformTypes;
template <>
struct UniformTypes<std::uint8_t> {
  typedef std::int32_t Sum;
  typedef float Quotient;
};
template <>
struct UniformTypes<std::uint16_t> {
  typedef double Sum;
  typedef double Quotient;
};

constexpr int64_t kUniformColumns = 192;  // Of windows in a strip.
constexpr int64_t kUniformLoaded = kUniformColumns + kUniformTaps - 1;

template <class Sum>
struct alignas(64) ColumnSums {
  Sum a[kUniformLoaded];
  Sum b[kUniformLoaded];
  Sum squares[kUniformLoaded];  // a a + b b
  Sum product[kUniformLoaded];  // a b
};

template <class T, class Sum>
inline void add_to_columns(const T* __restrict a, const T* __restrict b, int64_t columns, Sum sign,
                           ColumnSums<Sum>& __restrict sums) {
  for (int64_t x = 0; x < columns; ++x) {
    const auto left = static_cast<Sum>(a[x]);
    const auto right = static_cast<Sum>(b[x]);
    sums.a[x] += sign * left;
    sums.b[x] += sign * right;
    sums.squares[x] += sign * (left * left + right * right);
    sums.product[x] += sign * (left * right);
  }
}

template <class Sum>
inline Sum sum_of_seven(const Sum* from) {
  static_assert(kUniformTaps == 7);
  return from[0] + from[1] + from[2] + from[3] + from[4] + from[5] + from[6];
}

/// Adds 1 - SSIM of one row of windows to `losses`.
template <class Sum, class Quotient>
inline void add_uniform_losses(const ColumnSums<Sum>& sums, int64_t columns, double peak,
                               double* __restrict losses) {
  constexpr Sum kCount = kUniformTaps * kUniformTaps;
  constexpr double kWindow = static_cast<double>(kCount);
  const auto c1 = static_cast<Quotient>(0.0001 * peak * peak * kWindow * kWindow);
  const auto c2 = static_cast<Quotient>(0.0009 * peak * peak * kWindow * (kWindow - 1.0));
  for (int64_t x = 0; x < columns; ++x) {
    const Sum a = sum_of_seven(sums.a + x);
    const Sum b = sum_of_seven(sums.b + x);
    const Sum squares = sum_of_seven(sums.squares + x);
    const Sum product = sum_of_seven(sums.product + x);
    const Sum means = a * a + b * b;
    const Sum variances = kCount * squares - means;
    const Sum difference = a - b;
    const Sum contrast_part = variances - 2 * (kCount * product - a * b);
    const Quotient luminance =
        static_cast<Quotient>(difference * difference) / (static_cast<Quotient>(means) + c1);
    const Quotient contrast =
        static_cast<Quotient>(contrast_part) / (static_cast<Quotient>(variances) + c2);
    losses[x] += static_cast<double>(luminance + contrast - luminance * contrast);
  }
}

template <class T>
double uniform_loss(const PlanePair<T>& planes, double peak) {
  using Sum = typename UniformTypes<T>::Sum;
  const int64_t columns = planes.width - (kUniformTaps - 1);
  double total = 0;
  for (int64_t left = 0; left < columns; left += kUniformColumns) {
    const int64_t windows = columns - left < kUniformColumns ? columns - left : kUniformColumns;
    const int64_t loaded = windows + kUniformTaps - 1;
    ColumnSums<Sum> sums = {};
    double losses[kUniformColumns] = {};
    for (int64_t y = 0; y < planes.height; ++y) {
      const T* const a = planes.a + y * planes.a_pitch + left;
      const T* const b = planes.b + y * planes.b_pitch + left;
      add_to_columns<T, Sum>(a, b, loaded, 1, sums);
      if (y < kUniformTaps - 1) continue;
      add_uniform_losses<Sum, typename UniformTypes<T>::Quotient>(sums, windows, peak, losses);
      const int64_t back = kUniformTaps - 1;
      add_to_columns<T, Sum>(a - back * planes.a_pitch, b - back * planes.b_pitch, loaded, -1,
                             sums);
    }
    for (int64_t x = 0; x < windows; ++x) total += losses[x];
  }
  return total;
}

}  // namespace
}  // namespace vcisr::ops::detail
