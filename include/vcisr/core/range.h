// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace vcisr {

/// A closed interval: both ends belong to it.
template <class T>
struct Range {
  T lo;
  T hi;

  /// False for NaN.
  [[nodiscard]] constexpr bool contains(const T& value) const { return lo <= value && value <= hi; }
  [[nodiscard]] constexpr bool contains(const Range& other) const {
    return lo <= other.lo && other.hi <= hi;
  }
  /// The value of the interval that is nearest to `value`.
  [[nodiscard]] constexpr T clamp(const T& value) const {
    return value < lo ? lo : (hi < value ? hi : value);
  }
  /// True unless the ends are swapped (or NaN).
  [[nodiscard]] constexpr bool is_ordered() const { return lo <= hi; }

  friend constexpr bool operator==(const Range&, const Range&) = default;
};

}  // namespace vcisr
