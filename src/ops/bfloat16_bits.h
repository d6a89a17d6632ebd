// SPDX-License-Identifier: Apache-2.0
// bfloat16 without torch, one number at a time.
#pragma once

#include <cstdint>
#include <cstring>

namespace vcisr::ops::detail {

/// Storage of a bfloat16.
struct Bfloat16Bits {
  std::uint16_t bits;
};

namespace {  // Code that is compiled once per instruction set must not be shared between objects.

inline float widened(float x) { return x; }
inline double widened(double x) { return x; }
inline float widened(Bfloat16Bits x) {
  const std::uint32_t bits = static_cast<std::uint32_t>(x.bits) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

inline void narrow(float x, float& to) { to = x; }
inline void narrow(double x, double& to) { to = x; }
inline void narrow(float x, Bfloat16Bits& to) {  // To the nearest, ties to even.
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof(bits));
  const bool is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
  to.bits =
      static_cast<std::uint16_t>(is_nan ? 0x7fc0u : (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

}  // namespace
}  // namespace vcisr::ops::detail
