// SPDX-License-Identifier: Apache-2.0
#include "data/python_random.h"

#include <algorithm>
#include <bit>

#include <c10/util/Exception.h>

namespace vcisr::data {
namespace {

constexpr std::size_t kWords = 624;
constexpr std::size_t kShift = 397;

/// The upper bit of one word and the lower 31 of the next, times the generator's matrix.
std::uint32_t twisted(std::uint32_t upper, std::uint32_t lower) {
  const std::uint32_t mixed = (upper & 0x80000000U) | (lower & 0x7fffffffU);
  return (mixed >> 1U) ^ ((mixed & 1U) == 0 ? 0U : 0x9908b0dfU);
}

}  // namespace

PythonRandom::PythonRandom(std::uint32_t seed) {
  state_[0] = 19650218U;
  const auto mixed_before = [this](std::size_t i) {
    return state_[i - 1] ^ (state_[i - 1] >> 30U);
  };
  for (std::size_t i = 1; i < kWords; ++i) {
    state_[i] = 1812433253U * mixed_before(i) + static_cast<std::uint32_t>(i);
  }
  // init_by_array for a key of one word: its position in the key is always 0.
  std::size_t i = 1;
  const auto step = [&] {
    if (++i == kWords) {
      state_[0] = state_[kWords - 1];
      i = 1;
    }
  };
  for (std::size_t k = 0; k < kWords; ++k) {
    state_[i] = (state_[i] ^ (mixed_before(i) * 1664525U)) + seed;
    step();
  }
  for (std::size_t k = 1; k < kWords; ++k) {
    state_[i] = (state_[i] ^ (mixed_before(i) * 1566083941U)) - static_cast<std::uint32_t>(i);
    step();
  }
  state_[0] = 0x80000000U;
}

void PythonRandom::refill() {
  for (std::size_t i = 0; i < kWords; ++i) {
    state_[i] = state_[(i + kShift) % kWords] ^ twisted(state_[i], state_[(i + 1) % kWords]);
  }
  used_ = 0;
}

std::uint32_t PythonRandom::next_u32() {
  if (used_ == kWords) refill();
  std::uint32_t word = state_[used_++];
  word ^= word >> 11U;
  word ^= (word << 7U) & 0x9d2c5680U;
  word ^= (word << 15U) & 0xefc60000U;
  return word ^ (word >> 18U);
}

double PythonRandom::random() {
  const std::uint32_t high = next_u32() >> 5U;
  const std::uint32_t low = next_u32() >> 6U;
  return (static_cast<double>(high) * 0x1p26 + static_cast<double>(low)) * 0x1p-53;
}

std::int64_t PythonRandom::randint(std::int64_t lo, std::int64_t hi) {
  TORCH_CHECK(lo <= hi && hi - lo < 0xffffffffLL, "PythonRandom: no range: ", lo, " .. ", hi);
  const auto count = static_cast<std::uint32_t>(hi - lo + 1);
  const int bits = std::bit_width(count);
  for (;;) {
    const std::uint32_t word = next_u32() >> (32 - bits);
    if (word < count) return lo + static_cast<std::int64_t>(word);
  }
}

}  // namespace vcisr::data
