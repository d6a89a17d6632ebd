// SPDX-License-Identifier: Apache-2.0
// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC
// 2011) and how noise counts with it; vcisr/ops/noise.h says what is drawn. No torch.
#pragma once

#include <array>
#include <cstdint>

namespace vcisr::ops::detail {

inline constexpr int kPhiloxRounds = 10;
inline constexpr std::uint32_t kPhiloxMultiplier0 = 0xD2511F53u;
inline constexpr std::uint32_t kPhiloxMultiplier1 = 0xCD9E8D57u;

/// What a field of random numbers is for; the third word of its counters.
enum class NoiseStream : std::uint32_t {
  kGaussianColour = 1,
  kGaussianGray = 2,
  kPoissonColour = 3,
  kPoissonGray = 4
};

/// The fourth word: it keeps these counters apart from those of other uses of the same key.
inline constexpr std::uint32_t kNoiseCounter = 0x6e6f6973u;

/// Samples of kGroupBlocks blocks; part p of a group is word p of all its blocks.
inline constexpr std::int64_t kNoiseGroup = 64;
inline constexpr std::int64_t kGroupBlocks = kNoiseGroup / 4;

/// The seed's key in each round, in 64-bit lanes as the kernels want it.
struct PhiloxKeys {
  std::uint64_t first[kPhiloxRounds], second[kPhiloxRounds];
};

[[nodiscard]] constexpr PhiloxKeys philox_keys(std::uint64_t seed) {
  PhiloxKeys keys{};
  auto first = static_cast<std::uint32_t>(seed);
  auto second = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < kPhiloxRounds; ++round) {
    keys.first[round] = first;
    keys.second[round] = second;
    first += 0x9E3779B9u;
    second += 0xBB67AE85u;
  }
  return keys;
}

/// One block, for tests and as the definition of what the kernels compute.
[[nodiscard]] constexpr std::array<std::uint32_t, 4> philox_block(
    std::array<std::uint32_t, 4> counter, const PhiloxKeys& keys) {
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const std::uint64_t product0 = std::uint64_t{kPhiloxMultiplier0} * counter[0];
    const std::uint64_t product1 = std::uint64_t{kPhiloxMultiplier1} * counter[2];
    counter = {static_cast<std::uint32_t>((product1 >> 32) ^ counter[1] ^ keys.first[round]),
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>((product0 >> 32) ^ counter[3] ^ keys.second[round]),
               static_cast<std::uint32_t>(product0)};
  }
  return counter;
}

/// A field of random numbers.
struct NoiseSource {
  PhiloxKeys keys;
  NoiseStream stream;

  NoiseSource(std::uint64_t seed, NoiseStream of) : keys(philox_keys(seed)), stream(of) {}
};

}  // namespace vcisr::ops::detail
