// SPDX-License-Identifier: Apache-2.0
// The inner loops of the noise operators, compiled once per instruction set and chosen at run time.
// All of them give the same bits: they round after each operation, and no sum depends on the
// vector's length. No torch.
#pragma once

#include <cstdint>

#include "ops/noise/philox.h"

namespace vcisr::ops::detail {

inline constexpr int kLevels = 256;
/// Columns that a level's 2^32 words are divided into, by their upper byte.
inline constexpr int kPoissonColumns = 256;
/// In the lowest byte of an entry: look among the thresholds.
inline constexpr std::uint32_t kPoissonSearch = 255;

/// Poisson counts of level k at the rate float32(k / 255) * V:
///   count(word) = least[k] + number of thresholds of level k, at most 254, that are <= word.
/// The entry of a level's column answers that where at most one threshold lies within the column:
///   lowest byte  thresholds up to the column's first word, or kPoissonSearch;
///   other bits   one more is passed by words whose lower 24 bits are above this.
/// With kPoissonSearch the number lies between bits 8 … 15 and bits 16 … 23.
struct PoissonLevels {
  const std::uint32_t* entries;     ///< [kLevels][kPoissonColumns]
  const std::uint16_t* least;       ///< [kLevels]
  const std::uint32_t* begin;       ///< [kLevels], in `thresholds`
  const std::uint32_t* thresholds;  ///< Level after level, each in ascending order.
};

/// Rows hold n samples and never overlap, unless told.
struct NoiseKernels {
  /// Samples of whole groups, kNoiseGroup each.
  void (*words)(const NoiseSource& source, std::int64_t first_group, std::int64_t groups,
                std::uint32_t* out);
  void (*normals)(const NoiseSource& source, std::int64_t first_group, std::int64_t groups,
                  float* out);

  /// out = limited(x + noise * scale, 0, 1); NaN stays.
  void (*add_scaled)(const float* x, const float* noise, float scale, std::int64_t n, float* out);

  /// out = 255 x, rounded to even, limited to 0 … 255; NaN gives 0.
  void (*levels)(const float* x, std::int64_t n, std::uint8_t* out);
  /// The same for x = (0.2989 a + 0.587 b) + 0.114 c.
  void (*gray_levels)(const float* a, const float* b, const float* c, std::int64_t n,
                      std::uint8_t* out);
  /// is_there[level] = 1 for each of them.
  void (*mark_levels)(const std::uint8_t* levels, std::int64_t n, std::uint8_t* is_there);

  void (*poisson_counts)(const PoissonLevels& table, const std::uint8_t* levels,
                         const std::uint32_t* words, std::int64_t n, std::uint16_t* out);
  /// out = count / V - level / 255.
  void (*poisson_residuals)(const std::uint16_t* counts, const std::uint8_t* levels,
                            float inverse_rate_scale, std::int64_t n, float* out);
};

/// Those of active_instruction_set().
[[nodiscard]] const NoiseKernels& noise_kernels();

}  // namespace vcisr::ops::detail
