// SPDX-License-Identifier: Apache-2.0
// Turning rows that lie side by side into columns, 4x4 numbers at a time, for code that is compiled
// once per instruction set: everything has internal linkage. No torch, no std.
#pragma once

#include <cstdint>
#include <cstring>

namespace vcisr::ops::detail {
namespace {

typedef float Quad __attribute__((vector_size(16)));
typedef std::int32_t QuadIndex __attribute__((vector_size(16)));

/// Rows that columns_of_16 and rows_of_16 take.
constexpr std::int64_t kSideBySide = 16;

/// to[j][i] = from[i][j], i, j < 4.
inline void transpose_4x4(const float* const* from, float* const* to) {
  Quad row[4];
  for (int i = 0; i < 4; ++i) std::memcpy(&row[i], from[i], sizeof(Quad));
  const Quad low_a = __builtin_shuffle(row[0], row[1], QuadIndex{0, 4, 1, 5});
  const Quad low_b = __builtin_shuffle(row[2], row[3], QuadIndex{0, 4, 1, 5});
  const Quad high_a = __builtin_shuffle(row[0], row[1], QuadIndex{2, 6, 3, 7});
  const Quad high_b = __builtin_shuffle(row[2], row[3], QuadIndex{2, 6, 3, 7});
  const Quad column[4] = {__builtin_shuffle(low_a, low_b, QuadIndex{0, 1, 4, 5}),
                          __builtin_shuffle(low_a, low_b, QuadIndex{2, 3, 6, 7}),
                          __builtin_shuffle(high_a, high_b, QuadIndex{0, 1, 4, 5}),
                          __builtin_shuffle(high_a, high_b, QuadIndex{2, 3, 6, 7})};
  for (int j = 0; j < 4; ++j) std::memcpy(to[j], &column[j], sizeof(Quad));
}

/// out[16 i + j] = rows[j][i], i < n.
inline void columns_of_16(const float* const* rows, std::int64_t n, float* out) {
  const std::int64_t whole = n / 4 * 4;
  for (std::int64_t i = 0; i < whole; i += 4) {
    for (std::int64_t j = 0; j < kSideBySide; j += 4) {
      const float* const from[4] = {rows[j] + i, rows[j + 1] + i, rows[j + 2] + i, rows[j + 3] + i};
      float* const to = out + kSideBySide * i + j;
      float* const tile[4] = {to, to + kSideBySide, to + 2 * kSideBySide, to + 3 * kSideBySide};
      transpose_4x4(from, tile);
    }
  }
  for (std::int64_t i = whole; i < n; ++i) {
    for (std::int64_t j = 0; j < kSideBySide; ++j) out[kSideBySide * i + j] = rows[j][i];
  }
}

/// The way back for the first `count` rows: rows[j][i] = in[16 i + j], i < n.
inline void rows_of_16(const float* in, std::int64_t n, std::int64_t count, float* const* rows) {
  const std::int64_t tiled = count / 4 * 4;
  const std::int64_t whole = n / 4 * 4;
  for (std::int64_t i = 0; i < whole; i += 4) {
    const float* const from = in + kSideBySide * i;
    for (std::int64_t j = 0; j < tiled; j += 4) {
      const float* const tile[4] = {from + j, from + kSideBySide + j, from + 2 * kSideBySide + j,
                                    from + 3 * kSideBySide + j};
      float* const to[4] = {rows[j] + i, rows[j + 1] + i, rows[j + 2] + i, rows[j + 3] + i};
      transpose_4x4(tile, to);
    }
  }
  for (std::int64_t j = 0; j < count; ++j) {
    for (std::int64_t k = j < tiled ? whole : 0; k < n; ++k) rows[j][k] = in[kSideBySide * k + j];
  }
}

}  // namespace
}  // namespace vcisr::ops::detail
