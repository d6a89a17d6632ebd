// SPDX-License-Identifier: Apache-2.0
// Vectors of a register's width, for code that is compiled once per instruction set: everything has
// internal linkage. VCISR_VECTOR_BYTES is the width. No torch, no std.
#pragma once

#include <cstdint>
#include <cstring>

#include "ops/bfloat16_bits.h"

namespace vcisr::ops::detail {
namespace {

template <class T>
struct VectorOf;
template <>
struct VectorOf<float> {
  typedef float Type __attribute__((vector_size(VCISR_VECTOR_BYTES)));
  typedef std::int32_t Bits __attribute__((vector_size(VCISR_VECTOR_BYTES)));
};
template <>
struct VectorOf<double> {
  typedef double Type __attribute__((vector_size(VCISR_VECTOR_BYTES)));
  typedef std::int64_t Bits __attribute__((vector_size(VCISR_VECTOR_BYTES)));
};
template <class T>
using Vector = typename VectorOf<T>::Type;

template <class T>
constexpr std::int64_t kLanes = VCISR_VECTOR_BYTES / static_cast<std::int64_t>(sizeof(T));

template <class T>
inline Vector<T> load(const T* from) {
  Vector<T> v;
  std::memcpy(&v, from, sizeof(v));
  return v;
}

template <class T>
inline void store(T* to, const Vector<T>& v) {
  std::memcpy(to, &v, sizeof(v));
}

template <class T>
inline T sum_of_lanes(const Vector<T>& v) {
  T sum = 0;
  for (std::int64_t i = 0; i < kLanes<T>; ++i) sum += v[i];
  return sum;
}

template <class T>
inline std::int64_t padded(std::int64_t n) {
  return (n + kLanes<T> - 1) / kLanes<T> * kLanes<T>;
}

typedef std::uint16_t HalfBits __attribute__((vector_size(VCISR_VECTOR_BYTES / 2)));
typedef std::uint32_t FloatBits __attribute__((vector_size(VCISR_VECTOR_BYTES)));

/// kLanes<float> numbers, widened where they are bfloat16.
inline Vector<float> load_wide(const float* from) { return load<float>(from); }
inline Vector<double> load_wide(const double* from) { return load<double>(from); }
inline Vector<float> load_wide(const Bfloat16Bits* from) {
  HalfBits half;
  std::memcpy(&half, from, sizeof(half));
  const FloatBits bits = __builtin_convertvector(half, FloatBits) << 16;
  Vector<float> v;
  std::memcpy(&v, &bits, sizeof(v));
  return v;
}

/// The way back, to the nearest, ties to even; NaN stays NaN.
inline void store_narrow(float* to, const Vector<float>& v) { store<float>(to, v); }
inline void store_narrow(double* to, const Vector<double>& v) { store<double>(to, v); }
inline void store_narrow(Bfloat16Bits* to, const Vector<float>& v) {
  FloatBits bits;
  std::memcpy(&bits, &v, sizeof(bits));
  const FloatBits rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  const auto is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
  const HalfBits half = __builtin_convertvector(is_nan ? FloatBits{} + 0x7fc0u : rounded, HalfBits);
  std::memcpy(to, &half, sizeof(half));
}

}  // namespace
}  // namespace vcisr::ops::detail
