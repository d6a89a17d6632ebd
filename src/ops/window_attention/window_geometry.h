// SPDX-License-Identifier: Apache-2.0
// Which tokens make up a window, and which entry of the bias belongs to a pair: the one place of
// this arithmetic, for CPU, CUDA and tests. No torch.
#pragma once

#include <cstdint>

#include "ops/device_macros.h"

namespace vcisr::ops::detail {

/// One of the two token maps: how it is cut into windows.
struct WindowedMap {
  std::int64_t rows, columns;                // Of the map, in tokens.
  std::int64_t window_rows, window_columns;  // Of a window.
  std::int64_t shift_rows, shift_columns;    // 0 <= shift < map.
};

VCISR_HOST_DEVICE inline std::int64_t tokens_per_window(const WindowedMap& map) {
  return map.window_rows * map.window_columns;
}

VCISR_HOST_DEVICE inline std::int64_t windows_down(const WindowedMap& map) {
  return map.rows / map.window_rows;
}

VCISR_HOST_DEVICE inline std::int64_t windows_across(const WindowedMap& map) {
  return map.columns / map.window_columns;
}

struct TokenPosition {
  std::int64_t row, column;
};

/// Where token `token` (row by row) of window `window` (row by row) lies in the map.
VCISR_HOST_DEVICE inline TokenPosition token_position(const WindowedMap& map, std::int64_t window,
                                                      std::int64_t token) {
  const std::int64_t across = windows_across(map);
  const std::int64_t row = window / across * map.window_rows + token / map.window_columns;
  const std::int64_t column = window % across * map.window_columns + token % map.window_columns;
  const std::int64_t rolled_row = row + map.shift_rows;
  const std::int64_t rolled_column = column + map.shift_columns;
  return {rolled_row < map.rows ? rolled_row : rolled_row - map.rows,
          rolled_column < map.columns ? rolled_column : rolled_column - map.columns};
}

/// Size of one head's bias table.
struct BiasExtent {
  std::int64_t rows, columns;
};

VCISR_HOST_DEVICE inline BiasExtent bias_extent(const WindowedMap& query, const WindowedMap& key) {
  return {query.window_rows + key.window_rows - 1, query.window_columns + key.window_columns - 1};
}

/// Entry of a head's bias table for a query and a key token of a window.
VCISR_HOST_DEVICE inline std::int64_t bias_index(const WindowedMap& query, const WindowedMap& key,
                                                 std::int64_t query_token, std::int64_t key_token) {
  const std::int64_t row =
      query_token / query.window_columns - key_token / key.window_columns + key.window_rows - 1;
  const std::int64_t column =
      query_token % query.window_columns - key_token % key.window_columns + key.window_columns - 1;
  return row * bias_extent(query, key).columns + column;
}

/// Taken from a logit whose tokens carry different labels. Finite, as the published networks have
/// it.
inline constexpr float kMaskedLogit = -100.0f;

/// Least norm that a vector is divided by.
inline constexpr double kLeastNorm = 1e-12;

}  // namespace vcisr::ops::detail
