// SPDX-License-Identifier: Apache-2.0
// Part of cpu_kernels_impl.h.
//
// FFmpeg's SSIM: sums over blocks of 4x4 samples; each window is two by two of them. Strips of
// columns, of which the sums of the latest two rows of blocks are kept.
#pragma once

#include "ops/picture_comparison/cpu_kernels.h"
#include "ops/vector_types.h"

namespace vcisr::ops::detail {
namespace {

using std::int64_t;

/// What holds the products of window sums, up to 128 * 64 * peak^2, exactly; and what is fitting to
/// divide them in.
template <class T>
struct BlockTypes;
template <>
struct BlockTypes<std::uint8_t> {
  typedef std::int32_t Sum;
  typedef float Quotient;
};
template <>
struct BlockTypes<std::uint16_t> {
  typedef double Sum;
  typedef double Quotient;
};

constexpr int64_t kStripBlocks = 64;
constexpr int64_t kStripPx = kStripBlocks * kBlockPx;

template <class Sum>
struct alignas(64) BlockSums {
  Sum a[kStripBlocks];
  Sum b[kStripBlocks];
  Sum squares[kStripBlocks];  // a a + b b
  Sum product[kStripBlocks];  // a b
};

template <class Sum>
inline void sum_neighbours(const Sum* __restrict columns, int64_t blocks, Sum* __restrict sums) {
  static_assert(kBlockPx == 4);
  for (int64_t i = 0; i < blocks; ++i) {
    sums[i] = (columns[4 * i] + columns[4 * i + 1]) + (columns[4 * i + 2] + columns[4 * i + 3]);
  }
}

/// One row of blocks.
template <class T, class Sum>
inline void sum_blocks(const PlanePair<T>& planes, const T* a, const T* b, int64_t blocks,
                       BlockSums<Sum>& sums) {
  alignas(64) Sum a_sum[kStripPx];
  alignas(64) Sum b_sum[kStripPx];
  alignas(64) Sum squares[kStripPx];
  alignas(64) Sum product[kStripPx];
  const T* __restrict a0 = a;
  const T* __restrict b0 = b;
  for (int64_t x = 0; x < blocks * kBlockPx; ++x) {
    Sum sum_of_a = 0, sum_of_b = 0, sum_of_squares = 0, sum_of_products = 0;
#pragma GCC unroll 4
    for (int64_t y = 0; y < kBlockPx; ++y) {
      const auto left = static_cast<Sum>(a0[y * planes.a_pitch + x]);
      const auto right = static_cast<Sum>(b0[y * planes.b_pitch + x]);
      sum_of_a += left;
      sum_of_b += right;
      sum_of_squares += left * left + right * right;
      sum_of_products += left * right;
    }
    a_sum[x] = sum_of_a;
    b_sum[x] = sum_of_b;
    squares[x] = sum_of_squares;
    product[x] = sum_of_products;
  }
  sum_neighbours(a_sum, blocks, sums.a);
  sum_neighbours(b_sum, blocks, sums.b);
  sum_neighbours(squares, blocks, sums.squares);
  sum_neighbours(product, blocks, sums.product);
}

template <class Sum>
inline Sum window_of(const Sum* upper, const Sum* lower) {
  return upper[0] + upper[1] + lower[0] + lower[1];
}

template <class Sum, class Quotient>
inline void add_similarities(const BlockSums<Sum>& upper, const BlockSums<Sum>& lower,
                             int64_t windows, int64_t peak, double* __restrict similarities) {
  // FFmpeg rounds its constants to integers.
  const auto squared_peak = static_cast<double>(peak) * static_cast<double>(peak);
  const auto c1 = static_cast<Sum>(static_cast<int64_t>(0.01 * 0.01 * squared_peak * 64 + 0.5));
  const auto c2 =
      static_cast<Sum>(static_cast<int64_t>(0.03 * 0.03 * squared_peak * 64 * 63 + 0.5));
  for (int64_t i = 0; i < windows; ++i) {
    const Sum a = window_of(upper.a + i, lower.a + i);
    const Sum b = window_of(upper.b + i, lower.b + i);
    const Sum squares = window_of(upper.squares + i, lower.squares + i);
    const Sum product = window_of(upper.product + i, lower.product + i);
    const Sum means = a * a + b * b;
    const Sum variances = 64 * squares - means;
    const Sum covariance = 64 * product - a * b;
    const Quotient above =
        static_cast<Quotient>(2 * a * b + c1) * static_cast<Quotient>(2 * covariance + c2);
    const Quotient below =
        static_cast<Quotient>(means + c1) * static_cast<Quotient>(variances + c2);
    similarities[i] += static_cast<double>(above / below);
  }
}

template <class T>
double block_similarity(const PlanePair<T>& planes, int64_t peak) {
  using Sum = typename BlockTypes<T>::Sum;
  const int64_t block_columns = planes.width / kBlockPx;
  const int64_t block_rows = planes.height / kBlockPx;
  double total = 0;
  // Each window needs the block to its right: strips share one.
  for (int64_t first = 0; first + 1 < block_columns; first += kStripBlocks - 1) {
    const int64_t blocks =
        block_columns - first < kStripBlocks ? block_columns - first : kStripBlocks;
    BlockSums<Sum> rows[2];
    double similarities[kStripBlocks] = {};
    for (int64_t row = 0; row < block_rows; ++row) {
      const T* const a = planes.a + row * kBlockPx * planes.a_pitch + first * kBlockPx;
      const T* const b = planes.b + row * kBlockPx * planes.b_pitch + first * kBlockPx;
      sum_blocks(planes, a, b, blocks, rows[row % 2]);
      if (row == 0) continue;
      add_similarities<Sum, typename BlockTypes<T>::Quotient>(rows[(row + 1) % 2], rows[row % 2],
                                                              blocks - 1, peak, similarities);
    }
    for (int64_t i = 0; i < blocks - 1; ++i) total += similarities[i];
  }
  return total;
}

}  // namespace
}  // namespace vcisr::ops::detail
