// SPDX-License-Identifier: Apache-2.0
// Products of small matrices that lie in the cache, for code that is compiled once per instruction
// set: everything has internal linkage. VCISR_VECTOR_REGISTERS is the number of vector registers.
// No torch, no std.
#pragma once

#include <cstdint>
#include <cstring>

#include "ops/vector_types.h"

namespace vcisr::ops::detail {
namespace {

/// A[i][k] lies at data[i * row + k * column].
template <class T>
struct Strided {
  const T* data;
  std::int64_t row, column;
};

/// C[i][j] (+)= sum over k of A[i][k] * B[k][j], for kRows rows and kVectors vectors of columns.
template <class T, int kRows, int kVectors>
inline void gemm_tile(const Strided<T>& a, const T* b, std::int64_t b_row, std::int64_t depth,
                      const T* start, std::int64_t start_row, T* c, std::int64_t c_row) {
  Vector<T> sum[kRows][kVectors];
#pragma GCC unroll 12
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      sum[i][v] = start == nullptr ? Vector<T>{} : load<T>(start + i * start_row + v * kLanes<T>);
    }
  }
  for (std::int64_t k = 0; k < depth; ++k) {
    Vector<T> row[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) row[v] = load<T>(b + k * b_row + v * kLanes<T>);
#pragma GCC unroll 12
    for (int i = 0; i < kRows; ++i) {
      const T factor = a.data[i * a.row + k * a.column];
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sum[i][v] += factor * row[v];
    }
  }
#pragma GCC unroll 12
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) store<T>(c + i * c_row + v * kLanes<T>, sum[i][v]);
  }
}

template <class T, int kVectors>
inline void gemm_rows(std::int64_t rows, const Strided<T>& a, const T* b, std::int64_t b_row,
                      std::int64_t depth, const T* start, std::int64_t start_row, T* c,
                      std::int64_t c_row) {
  // As many sums as the registers hold beside a row of B and a factor.
  constexpr int kMost = (VCISR_VECTOR_REGISTERS - kVectors - 1) / kVectors;
  constexpr int kRows = kMost > 8 ? 8 : kMost >= 6 ? 6 : 4;
  std::int64_t i = 0;
  const auto tile = [&]<int kCount>() {
    gemm_tile<T, kCount, kVectors>({a.data + i * a.row, a.row, a.column}, b, b_row, depth,
                                   start == nullptr ? nullptr : start + i * start_row, start_row,
                                   c + i * c_row, c_row);
    i += kCount;
  };
  while (rows - i >= kRows) tile.template operator()<kRows>();
  while (rows - i >= 2) tile.template operator()<2>();
  while (rows - i >= 1) tile.template operator()<1>();
}

/// C = start + A B; B and C have `columns` columns, a multiple of kLanes, in rows without gaps of
/// their own. `start` has C's shape or is null for zeros; it may be C.
template <class T>
inline void gemm(std::int64_t rows, std::int64_t columns, std::int64_t depth, const Strided<T>& a,
                 const T* b, std::int64_t b_row, const T* start, std::int64_t start_row, T* c,
                 std::int64_t c_row) {
  constexpr int kWidest = VCISR_VECTOR_REGISTERS >= 32 ? 4 : 2;
  std::int64_t j = 0;
  const auto panel = [&]<int kVectors>() {
    gemm_rows<T, kVectors>(rows, a, b + j, b_row, depth, start == nullptr ? nullptr : start + j,
                           start_row, c + j, c_row);
    j += kVectors * kLanes<T>;
  };
  while (columns - j >= kWidest * kLanes<T>) panel.template operator()<kWidest>();
  while (columns - j >= 2 * kLanes<T>) panel.template operator()<2>();
  while (columns - j >= kLanes<T>) panel.template operator()<1>();
}

/// to[j][i] = from[i][j].
template <class T>
inline void transpose(const T* from, std::int64_t rows, std::int64_t columns, std::int64_t from_row,
                      T* to, std::int64_t to_row) {
  std::int64_t i = 0;
  if constexpr (sizeof(T) == 4) {
    typedef float Four __attribute__((vector_size(16)));
    typedef std::int32_t Pick __attribute__((vector_size(16)));
    for (; i + 4 <= rows; i += 4) {
      std::int64_t j = 0;
      for (; j + 4 <= columns; j += 4) {
        Four r[4];
        for (int k = 0; k < 4; ++k) std::memcpy(&r[k], from + (i + k) * from_row + j, 16);
        const Four low01 = __builtin_shuffle(r[0], r[1], Pick{0, 4, 1, 5});
        const Four low23 = __builtin_shuffle(r[2], r[3], Pick{0, 4, 1, 5});
        const Four high01 = __builtin_shuffle(r[0], r[1], Pick{2, 6, 3, 7});
        const Four high23 = __builtin_shuffle(r[2], r[3], Pick{2, 6, 3, 7});
        const Four out[4] = {__builtin_shuffle(low01, low23, Pick{0, 1, 4, 5}),
                             __builtin_shuffle(low01, low23, Pick{2, 3, 6, 7}),
                             __builtin_shuffle(high01, high23, Pick{0, 1, 4, 5}),
                             __builtin_shuffle(high01, high23, Pick{2, 3, 6, 7})};
        for (int k = 0; k < 4; ++k) std::memcpy(to + (j + k) * to_row + i, &out[k], 16);
      }
      for (; j < columns; ++j) {
        for (int k = 0; k < 4; ++k) to[j * to_row + i + k] = from[(i + k) * from_row + j];
      }
    }
  }
  for (; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) to[j * to_row + i] = from[i * from_row + j];
  }
}

/// exp(x) for x <= 0, relative error below 2e-7 in float32; 0 (or the least normal number) far
/// below.
inline Vector<float> exp_of(Vector<float> x) {
  using V = Vector<float>;
  using Bits = VectorOf<float>::Bits;
  constexpr float kLog2E = 1.44269504088896341f;
  // ln 2 in two parts, so that x - n ln 2 is exact to the last bit.
  constexpr float kLn2High = 0.693359375f;
  constexpr float kLn2Low = -2.12194440e-4f;
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer.
  const V least = V{} - 87.0f;
  x = x < least ? least : x;  // Keeps NaN.
  const V shifted = x * kLog2E + kRound;
  const V n = shifted - kRound;
  const V r = x - n * kLn2High - n * kLn2Low;
  V p = V{} + 1.0f / 5040.0f;  // Taylor's series to the seventh power: |r| <= 0.35.
  p = p * r + 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  Bits power = (__builtin_convertvector(n, Bits) + 127) << 23;
  V scale;
  std::memcpy(&scale, &power, sizeof(scale));
  return p * scale;
}

inline Vector<double> exp_of(Vector<double> x) {
  for (std::int64_t i = 0; i < kLanes<double>; ++i) x[i] = __builtin_exp(x[i]);
  return x;
}

}  // namespace
}  // namespace vcisr::ops::detail
