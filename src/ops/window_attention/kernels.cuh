// SPDX-License-Identifier: Apache-2.0
// Device code of the window attention, over raw pointers; backward_kernels.cuh has that of its
// gradient. No torch: nvcc and a C++ compiler take it.
//
// A block works on a tile of one window's tokens in one head, each of its threads on a token of its
// own, whose vectors stay in registers. The tokens on the other side pass by in shared memory, a
// tile at a time. No sum is shared between threads whose order is open: the same input gives the
// same bits.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "ops/window_attention/token_tile.cuh"

namespace vcisr::ops::detail {

template <class T>
struct WindowAttentionForward {
  WindowAttention<T> in;
  DeviceTokens<T> out;
  Accumulator<T>* log_sum_exp;  // Null where nobody needs it.
};

/// Keys that are taken at a time: their sums run side by side.
inline constexpr int kForwardStep = 8;

/// Softmax of the keys so far, relative to their largest logit.
template <class A, int kDims>
struct RunningSoftmax {
  static constexpr A kLowest = std::numeric_limits<A>::lowest();
  static constexpr A kInfinity = std::numeric_limits<A>::infinity();
  A most = kLowest;
  A sum = 0;
  A values[kDims] = {};
};

/// A thread's own query and what it needs of its head.
template <class A, int kDims>
struct OwnQuery {
  A unit[kDims];
  A scale;
  const A* bias;
  int label;
};

template <class A, int kDims>
VCISR_HOST_DEVICE inline void attend(const OwnQuery<A, kDims>& own, const TokenTile<A, kDims>& keys,
                                     const TokenTile<A, kDims>& values,
                                     const PassingToken<A>* passing, std::int64_t count,
                                     RunningSoftmax<A, kDims>& softmax) {
  for (int from = 0; from < count; from += kForwardStep) {
    A logits[kForwardStep];
    A most = softmax.most;
    for (int j = 0; j < kForwardStep; ++j) {
      const int i = from + j;
      const A cosine = dot<kDims>(own.unit, keys.at[i]);
      const A logit = logit_of(own.scale * cosine, own.bias, own.label, passing[i]);
      logits[j] = i < count ? logit : -softmax.kInfinity;
      most = logits[j] > most ? logits[j] : most;
    }
    if (most > softmax.most) {
      const A factor = std::exp(softmax.most - most);
      softmax.most = most;
      softmax.sum *= factor;
      for (int d = 0; d < kDims; ++d) softmax.values[d] *= factor;
    }
    for (int j = 0; j < kForwardStep; ++j) {
      const A weight = std::exp(logits[j] - most);
      softmax.sum += weight;
      add_scaled<kDims>(weight, values.at[from + j], softmax.values);
    }
  }
}

template <class T, int kDims>
VCISR_KERNEL void window_attention_kernel(WindowAttentionForward<T> p) {
  using A = Accumulator<T>;
  using Tile = TokenTile<A, kDims>;
  VCISR_SHARED Tile keys;
  VCISR_SHARED Tile values;
  VCISR_SHARED PassingToken<A> passing[Tile::kTokens];
  const WindowAttention<T>& in = p.in;
  const std::int64_t keys_in_all = tokens_per_window(in.key_map);
  const std::int64_t tiles = tiles_of_all(in, in.query_map, Tile::kTokens);
  for (std::int64_t tile = VCISR_BLOCK_INDEX.x; tile < tiles; tile += VCISR_GRID_SIZE.x) {
    const TilePlace place = tile_place(in, in.query_map, tile, Tile::kTokens);
    const std::int64_t own_count =
        at_most(tokens_per_window(in.query_map) - place.first_token, Tile::kTokens);
    const Token token = query_token(in, place.window, place.first_token + own_thread());
    load_tile(keys, in.query, place, token.position, own_count, in.channels);
    OwnQuery<A, kDims> own{
        {}, in.logit_scale[place.head], bias_of(in, place.head) + token.bias_share, token.label};
    copy_vector<kDims>(keys.at[own_thread()], own.unit);
    normalize<kDims>(own.unit);
    RunningSoftmax<A, kDims> softmax;
    for (std::int64_t first = 0; first < keys_in_all; first += Tile::kTokens) {
      const std::int64_t count = at_most(keys_in_all - first, Tile::kTokens);
      load_keys(in, place, first, count, keys, values, passing);
      if (own_thread() < own_count) attend(own, keys, values, passing, count, softmax);
    }
    if (p.log_sum_exp && own_thread() < own_count) {
      p.log_sum_exp[query_number(in, place, token.position)] = softmax.most + std::log(softmax.sum);
    }
    for (int d = 0; d < kDims; ++d) softmax.values[d] /= softmax.sum;
    store_tile(keys, softmax.values, p.out, place, token.position, own_count, in.channels);
  }
}

}  // namespace vcisr::ops::detail
