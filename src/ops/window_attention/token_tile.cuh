// SPDX-License-Identifier: Apache-2.0
// What the device code of both directions is made of: its parameters, and tiles of tokens in shared
// memory. No torch: nvcc and a C++ compiler take it.
#pragma once

#include <cmath>
#include <cstdint>

#include "ops/device_macros.h"
#include "ops/tile_index.h"
#include "ops/window_attention/window_geometry.h"

namespace vcisr::ops::detail {

template <class T>
struct AccumulatorOf {
  using Type = float;
};
template <>
struct AccumulatorOf<double> {
  using Type = double;
};
/// What elements of type T are multiplied and summed in.
template <class T>
using Accumulator = typename AccumulatorOf<T>::Type;

/// [B, rows, columns, N, D], stride 1 along D.
template <class T>
struct DeviceTokens {
  T* data;
  std::int64_t stride_batch, stride_row, stride_column, stride_head;
};

template <class T>
struct WindowAttention {
  WindowedMap query_map, key_map;
  std::int64_t batch, heads, channels;
  DeviceTokens<const T> query, key, value;
  const Accumulator<T>* logit_scale;
  const Accumulator<T>* bias;
  const std::uint8_t* query_regions;  // Both null where there are none.
  const std::uint8_t* key_regions;
};

/// Tokens of a tile, and threads of a block: two tiles take 36 KiB of shared memory at most.
template <class A>
VCISR_HOST_DEVICE constexpr int tile_tokens(int dims) {
  const int fitting = 16 * 1024 / (dims * static_cast<int>(sizeof(A)));
  return fitting < 64 ? fitting : 64;
}

/// Entries of one head's bias table.
VCISR_HOST_DEVICE inline std::int64_t bias_entries(const WindowedMap& query,
                                                   const WindowedMap& key) {
  const BiasExtent extent = bias_extent(query, key);
  return extent.rows * extent.columns;
}

VCISR_HOST_DEVICE inline std::int64_t windows_of(const WindowedMap& map) {
  return windows_down(map) * windows_across(map);
}

VCISR_HOST_DEVICE inline std::int64_t tiles_per_window(const WindowedMap& map, int tokens) {
  return (tokens_per_window(map) + tokens - 1) / tokens;
}

/// All tiles of a map, in all pictures and heads.
template <class T>
VCISR_HOST_DEVICE inline std::int64_t tiles_of_all(const WindowAttention<T>& in,
                                                   const WindowedMap& map, int tokens) {
  return in.batch * windows_of(map) * in.heads * tiles_per_window(map, tokens);
}

/// Vectors of a tile's tokens, with zeros behind the channels and after the last token.
template <class A, int kDims>
struct TokenTile {
  static constexpr int kTokens = tile_tokens<A>(kDims);
  // The 16 bytes put the rows of a warp's threads into different banks.
  static constexpr int kStride = kDims + 16 / static_cast<int>(sizeof(A));
  alignas(16) A at[kTokens][kStride];
  std::int64_t offset[kTokens];  // Of the token's vector in memory.
};

template <class T>
VCISR_HOST_DEVICE inline const Accumulator<T>* bias_of(const WindowAttention<T>& in,
                                                       std::int64_t head) {
  return in.bias + head * bias_entries(in.query_map, in.key_map);
}

/// Which tile a block works on.
struct TilePlace {
  std::int64_t batch, window, head, first_token;
};

template <class T>
VCISR_HOST_DEVICE inline TilePlace tile_place(const WindowAttention<T>& in, const WindowedMap& map,
                                              std::int64_t index, int tokens) {
  const std::int64_t tiles = tiles_per_window(map, tokens);
  const std::int64_t windows = windows_of(map);
  const std::int64_t unit = index / tiles / in.heads;
  return {unit / windows, unit % windows, index / tiles % in.heads, index % tiles * tokens};
}

/// A token, and its share in what depends on a pair: the entry of the bias table is the sum of both
/// tokens' shares.
struct Token {
  TokenPosition position;
  std::int64_t bias_share;
  int label;
};

/// Past the window's end: the last token once more.
template <class T>
VCISR_HOST_DEVICE inline Token query_token(const WindowAttention<T>& in, std::int64_t window,
                                           std::int64_t index) {
  const WindowedMap& map = in.query_map;
  const std::int64_t token = at_most(index, tokens_per_window(map) - 1);
  const TokenPosition at = token_position(map, window, token);
  const int label = in.query_regions ? in.query_regions[at.row * map.columns + at.column] : 0;
  return {at, bias_index(map, in.key_map, token, 0), label};
}

template <class T>
VCISR_HOST_DEVICE inline Token key_token(const WindowAttention<T>& in, std::int64_t window,
                                         std::int64_t index) {
  const WindowedMap& map = in.key_map;
  const std::int64_t token = at_most(index, tokens_per_window(map) - 1);
  const TokenPosition at = token_position(map, window, token);
  const int label = in.key_regions ? in.key_regions[at.row * map.columns + at.column] : 0;
  const std::int64_t origin = bias_index(in.query_map, map, 0, 0);
  return {at, bias_index(in.query_map, map, 0, token) - origin, label};
}

template <class T>
VCISR_HOST_DEVICE inline std::int64_t vector_offset(const DeviceTokens<T>& rows,
                                                    const TilePlace& place,
                                                    const TokenPosition& at) {
  return place.batch * rows.stride_batch + at.row * rows.stride_row +
         at.column * rows.stride_column + place.head * rows.stride_head;
}

/// Entry of log_sum_exp and delta.
template <class T>
VCISR_HOST_DEVICE inline std::int64_t query_number(const WindowAttention<T>& in,
                                                   const TilePlace& place,
                                                   const TokenPosition& at) {
  const std::int64_t row = place.batch * in.query_map.rows + at.row;
  return (row * in.query_map.columns + at.column) * in.heads + place.head;
}

template <int kDims, class A>
VCISR_HOST_DEVICE inline void copy_vector(const A* from, A* to) {
  for (int d = 0; d < kDims; ++d) to[d] = from[d];
}

/// Four sums side by side, for none has to wait for the one before.
template <int kDims, class A>
VCISR_HOST_DEVICE inline A dot(const A* a, const A* b) {
  A sums[4] = {};
  for (int d = 0; d < kDims; d += 4) {
    for (int i = 0; i < 4; ++i) sums[i] += a[d + i] * b[d + i];
  }
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/// sum += factor * x.
template <int kDims, class A>
VCISR_HOST_DEVICE inline void add_scaled(A factor, const A* x, A* sum) {
  for (int d = 0; d < kDims; ++d) sum[d] += factor * x[d];
}

/// Returns the norm that x had.
template <int kDims, class A>
VCISR_HOST_DEVICE inline A normalize(A* x) {
  constexpr A kLeast = static_cast<A>(kLeastNorm);
  const A norm = std::sqrt(dot<kDims>(x, x));
  const A factor = 1 / (norm > kLeast ? norm : kLeast);
  for (int d = 0; d < kDims; ++d) x[d] *= factor;
  return norm;
}

VCISR_DEVICE inline int own_thread() { return static_cast<int>(VCISR_THREAD_INDEX.x); }

/// All threads of a block together, each naming the place of one token: vectors of the first
/// `count` tokens.
template <class T, class A, int kDims>
VCISR_DEVICE inline void load_tile(TokenTile<A, kDims>& tile, const DeviceTokens<const T>& rows,
                                   const TilePlace& place, const TokenPosition& own,
                                   std::int64_t count, std::int64_t channels) {
  constexpr int kTokens = TokenTile<A, kDims>::kTokens;
  VCISR_SYNC_THREADS();  // Nobody uses what is there.
  tile.offset[own_thread()] = vector_offset(rows, place, own);
  VCISR_SYNC_THREADS();
  constexpr int kAtOnce = 16;  // Loads under way, for memory is far.
  for (int first = own_thread(); first < kTokens * kDims; first += kTokens * kAtOnce) {
    A elements[kAtOnce];
    for (int j = 0; j < kAtOnce; ++j) {
      const int row = (first + j * kTokens) / kDims;
      const int channel = (first + j * kTokens) % kDims;
      const bool is_inside = row < count && channel < channels;
      elements[j] = is_inside ? static_cast<A>(rows.data[tile.offset[row] + channel]) : A{0};
    }
    for (int j = 0; j < kAtOnce; ++j) {
      tile.at[(first + j * kTokens) / kDims][(first + j * kTokens) % kDims] = elements[j];
    }
  }
  VCISR_SYNC_THREADS();
}

/// The other way round: each thread brings the vector of its token.
template <class T, class A, int kDims>
VCISR_DEVICE inline void store_tile(TokenTile<A, kDims>& tile, const A* vector,
                                    const DeviceTokens<T>& rows, const TilePlace& place,
                                    const TokenPosition& own, std::int64_t count,
                                    std::int64_t channels) {
  constexpr int kTokens = TokenTile<A, kDims>::kTokens;
  VCISR_SYNC_THREADS();
  copy_vector<kDims>(vector, tile.at[own_thread()]);
  tile.offset[own_thread()] = vector_offset(rows, place, own);
  VCISR_SYNC_THREADS();
  for (int i = own_thread(); i < kTokens * kDims; i += kTokens) {
    const int row = i / kDims;
    const int channel = i % kDims;
    if (row < count && channel < channels) {
      rows.data[tile.offset[row] + channel] = static_cast<T>(tile.at[row][channel]);
    }
  }
}

/// What else of a passing token is looked at.
template <class A>
struct PassingToken {
  std::int64_t bias_share;
  int label;
  A log_sum_exp, delta;  // Of queries only.
};

/// `bias` is the head's table, begun at the thread's own share.
template <class A>
VCISR_HOST_DEVICE inline A logit_of(A scaled_cosine, const A* bias, int label,
                                    const PassingToken<A>& other) {
  const A logit = scaled_cosine + bias[other.bias_share];
  return label == other.label ? logit : logit + static_cast<A>(kMaskedLogit);
}

/// Keys first .. first + count - 1 of the window, made unit vectors, and their values.
template <class T, class A, int kDims>
VCISR_DEVICE inline void load_keys(const WindowAttention<T>& in, const TilePlace& place,
                                   std::int64_t first, std::int64_t count,
                                   TokenTile<A, kDims>& keys, TokenTile<A, kDims>& values,
                                   PassingToken<A>* passing) {
  const Token key = key_token(in, place.window, first + own_thread());
  load_tile(keys, in.key, place, key.position, count, in.channels);
  normalize<kDims>(keys.at[own_thread()]);
  passing[own_thread()] = {key.bias_share, key.label, 0, 0};
  load_tile(values, in.value, place, key.position, count, in.channels);
}

}  // namespace vcisr::ops::detail
