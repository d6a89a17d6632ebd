// SPDX-License-Identifier: Apache-2.0
// Inverse distribution functions of Poisson's law for the rates of 8-bit levels. No torch.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ops/noise/cpu_kernels.h"

namespace vcisr::ops::detail {

/// V is 2^0 … 2^8.
inline constexpr int kPoissonTables = 9;

/// What PoissonLevels points to, and 1 / V.
struct PoissonTable {
  float inverse_rate_scale;
  std::array<std::uint32_t, kLevels * kPoissonColumns> entries;
  std::array<std::uint16_t, kLevels> least;
  std::array<std::uint32_t, kLevels> begin;
  std::vector<std::uint32_t> thresholds;

  [[nodiscard]] PoissonLevels levels() const {
    return {entries.data(), least.data(), begin.data(), thresholds.data()};
  }
};

/// The table for V = 2^log2_v, made by the first call and kept. Made of additions,
/// multiplications and divisions only, so that it is the same everywhere. Threads: any number.
[[nodiscard]] const PoissonTable& poisson_table(int log2_v);

/// round(2^32 P(count <= n)) for n = *least, *least + 1, …, from the first that is not zero to the
/// last below 2^32.
[[nodiscard]] std::vector<std::uint32_t> poisson_thresholds(double rate, int* least);

}  // namespace vcisr::ops::detail
