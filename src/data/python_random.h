// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace vcisr::data {

/// The numbers of Python's `random.Random(seed)`: the Mersenne Twister MT19937 (Matsumoto,
/// Nishimura, ACM TOMACS 8, 1998), seeded by its authors' init_by_array.
class PythonRandom {
 public:
  explicit PythonRandom(std::uint32_t seed);

  std::uint32_t next_u32();
  /// random.random(): [0, 1), from two words.
  double random();
  /// random.randint(lo, hi): both ends included. Takes words even for lo == hi.
  /// Errors  c10::Error unless 0 <= hi - lo < 2^32 - 1.
  std::int64_t randint(std::int64_t lo, std::int64_t hi);

 private:
  void refill();

  std::array<std::uint32_t, 624> state_{};
  std::size_t used_ = 624;
};

}  // namespace vcisr::data
