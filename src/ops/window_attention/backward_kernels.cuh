// SPDX-License-Identifier: Apache-2.0
// Device code of the window attention's gradient: one kernel whose threads own queries and, after
// it, one whose threads own keys. Both make the softmax anew from its log-sum-exp. No torch: nvcc
// and a C++ compiler take it.
#pragma once

#include <cmath>
#include <cstdint>

#include "ops/window_attention/token_tile.cuh"

namespace vcisr::ops::detail {

template <class T>
struct WindowAttentionBackward {
  WindowAttention<T> in;
  DeviceTokens<const T> grad, out;
  const Accumulator<T>* log_sum_exp;
  Accumulator<T>* delta;  // Like log_sum_exp: grad . out, which the query kernel makes.
  DeviceTokens<T> grad_query, grad_key, grad_value;
  // Windows s, s + slices, ... of all pictures make up slice s; a block of the query kernel takes
  // one head and tile of a slice. Its sums go to [slices, N, tiles] and
  // [slices, N, tiles, bias rows, bias columns]; the latter is zero before.
  std::int64_t slices;
  Accumulator<T>* scale_parts;
  Accumulator<T>* bias_parts;
};

/// Turns the gradient of x / |x|, which is `unit`, into that of x.
template <int kDims, class A>
VCISR_HOST_DEVICE inline void pass_through_norm(const A* unit, A norm, A* grad) {
  constexpr A kLeast = static_cast<A>(kLeastNorm);
  const A along = norm > kLeast ? dot<kDims>(unit, grad) : A{0};
  const A factor = 1 / (norm > kLeast ? norm : kLeast);
  for (int d = 0; d < kDims; ++d) grad[d] = (grad[d] - unit[d] * along) * factor;
}

/// A thread's own query: what is known of it, then the sums over the keys.
template <class A, int kDims>
struct QueryGradient {
  A unit[kDims];
  A grad[kDims];
  const A* bias;
  A scale, norm, log_sum_exp, delta;
  int label;
  A scale_sum;
  A unit_sum[kDims];
};

/// Adds a key's part. Returns the gradient of the logit.
template <class A, int kDims>
VCISR_HOST_DEVICE inline A take_key(QueryGradient<A, kDims>& own, const A* key, const A* value,
                                    const PassingToken<A>& passing) {
  const A cosine = dot<kDims>(own.unit, key);
  const A logit = logit_of(own.scale * cosine, own.bias, own.label, passing);
  const A weight = std::exp(logit - own.log_sum_exp);
  const A logit_grad = weight * (dot<kDims>(own.grad, value) - own.delta);
  own.scale_sum += logit_grad * cosine;
  add_scaled<kDims>(logit_grad * own.scale, key, own.unit_sum);
  return logit_grad;
}

/// Begins the sums of a query, and leaves its delta for the key kernel.
template <class T, int kDims>
VCISR_DEVICE inline void load_query(const WindowAttentionBackward<T>& p, const TilePlace& place,
                                    const Token& token, std::int64_t count,
                                    TokenTile<Accumulator<T>, kDims>& tile,
                                    QueryGradient<Accumulator<T>, kDims>& own) {
  const WindowAttention<T>& in = p.in;
  load_tile(tile, in.query, place, token.position, count, in.channels);
  copy_vector<kDims>(tile.at[own_thread()], own.unit);
  own.norm = normalize<kDims>(own.unit);
  load_tile(tile, p.grad, place, token.position, count, in.channels);
  copy_vector<kDims>(tile.at[own_thread()], own.grad);
  load_tile(tile, p.out, place, token.position, count, in.channels);
  own.delta = dot<kDims>(own.grad, tile.at[own_thread()]);
  const std::int64_t number = query_number(in, place, token.position);
  if (own_thread() < count) p.delta[number] = own.delta;
  own.log_sum_exp = p.log_sum_exp[number];
  own.scale = in.logit_scale[place.head];
  own.bias = bias_of(in, place.head) + token.bias_share;
  own.label = token.label;
  own.scale_sum = 0;
  for (int d = 0; d < kDims; ++d) own.unit_sum[d] = 0;
}

/// Gradients of the queries and, in parts, of logit_scale and bias.
template <class T, int kDims>
VCISR_KERNEL void window_attention_query_grad_kernel(WindowAttentionBackward<T> p) {
  using A = Accumulator<T>;
  using Tile = TokenTile<A, kDims>;
  VCISR_SHARED Tile keys;
  VCISR_SHARED Tile values;
  VCISR_SHARED PassingToken<A> passing[Tile::kTokens];
  const WindowAttention<T>& in = p.in;
  const std::int64_t keys_in_all = tokens_per_window(in.key_map);
  const std::int64_t windows = windows_of(in.query_map);
  const std::int64_t part = VCISR_BLOCK_INDEX.x;
  TilePlace place = tile_place(in, in.query_map, part, Tile::kTokens);
  const std::int64_t own_count =
      at_most(tokens_per_window(in.query_map) - place.first_token, Tile::kTokens);
  const bool is_inside = own_thread() < own_count;
  A* const bias_sums = p.bias_parts + part * bias_entries(in.query_map, in.key_map);
  A scale_sum = 0;
  for (std::int64_t unit = place.batch * windows + place.window; unit < in.batch * windows;
       unit += p.slices) {
    place.batch = unit / windows;
    place.window = unit % windows;
    const Token token = query_token(in, place.window, place.first_token + own_thread());
    QueryGradient<A, kDims> own;
    load_query(p, place, token, own_count, keys, own);
    for (std::int64_t first = 0; first < keys_in_all; first += Tile::kTokens) {
      const std::int64_t count = at_most(keys_in_all - first, Tile::kTokens);
      load_keys(in, place, first, count, keys, values, passing);
      // A key at a time: its entries of the bias differ from query to query.
      for (int i = 0; i < count; ++i) {
        if (is_inside) {
          const A logit_grad = take_key(own, keys.at[i], values.at[i], passing[i]);
          bias_sums[token.bias_share + passing[i].bias_share] += logit_grad;
        }
        VCISR_SYNC_THREADS();
      }
    }
    scale_sum += own.scale_sum;
    pass_through_norm<kDims>(own.unit, own.norm, own.unit_sum);
    store_tile(keys, own.unit_sum, p.grad_query, place, token.position, own_count, in.channels);
  }
  VCISR_SYNC_THREADS();
  keys.at[own_thread()][0] = is_inside ? scale_sum : A{0};
  VCISR_SYNC_THREADS();
  if (own_thread() > 0) return;
  for (int i = 1; i < Tile::kTokens; ++i) scale_sum += keys.at[i][0];
  p.scale_parts[part] = scale_sum;
}

/// A thread's own key: what is known of it, then the sums over the queries.
template <class A, int kDims>
struct KeyGradient {
  A unit[kDims];
  A value[kDims];
  const A* bias;
  A scale, norm;
  int label;
  A unit_sum[kDims];
  A value_sum[kDims];
};

/// Adds a query's part.
template <class A, int kDims>
VCISR_HOST_DEVICE inline void take_query(KeyGradient<A, kDims>& own, const A* query, const A* grad,
                                         const PassingToken<A>& passing) {
  const A cosine = dot<kDims>(own.unit, query);
  const A logit = logit_of(own.scale * cosine, own.bias, own.label, passing);
  const A weight = std::exp(logit - passing.log_sum_exp);
  const A logit_grad = weight * (dot<kDims>(own.value, grad) - passing.delta);
  add_scaled<kDims>(logit_grad * own.scale, query, own.unit_sum);
  add_scaled<kDims>(weight, grad, own.value_sum);
}

/// Begins the sums of a key.
template <class T, int kDims>
VCISR_DEVICE inline void load_key(const WindowAttention<T>& in, const TilePlace& place,
                                  const Token& token, std::int64_t count,
                                  TokenTile<Accumulator<T>, kDims>& tile,
                                  KeyGradient<Accumulator<T>, kDims>& own) {
  load_tile(tile, in.key, place, token.position, count, in.channels);
  copy_vector<kDims>(tile.at[own_thread()], own.unit);
  own.norm = normalize<kDims>(own.unit);
  load_tile(tile, in.value, place, token.position, count, in.channels);
  copy_vector<kDims>(tile.at[own_thread()], own.value);
  own.scale = in.logit_scale[place.head];
  own.bias = bias_of(in, place.head) + token.bias_share;
  own.label = token.label;
  for (int d = 0; d < kDims; ++d) own.unit_sum[d] = own.value_sum[d] = 0;
}

/// Gradients of keys and values. Needs delta.
template <class T, int kDims>
VCISR_KERNEL void window_attention_key_grad_kernel(WindowAttentionBackward<T> p) {
  using A = Accumulator<T>;
  using Tile = TokenTile<A, kDims>;
  VCISR_SHARED Tile queries;
  VCISR_SHARED Tile grads;
  VCISR_SHARED PassingToken<A> passing[Tile::kTokens];
  const WindowAttention<T>& in = p.in;
  const std::int64_t queries_in_all = tokens_per_window(in.query_map);
  const std::int64_t tiles = tiles_of_all(in, in.key_map, Tile::kTokens);
  for (std::int64_t tile = VCISR_BLOCK_INDEX.x; tile < tiles; tile += VCISR_GRID_SIZE.x) {
    const TilePlace place = tile_place(in, in.key_map, tile, Tile::kTokens);
    const std::int64_t own_count =
        at_most(tokens_per_window(in.key_map) - place.first_token, Tile::kTokens);
    const Token token = key_token(in, place.window, place.first_token + own_thread());
    KeyGradient<A, kDims> own;
    load_key(in, place, token, own_count, queries, own);
    for (std::int64_t first = 0; first < queries_in_all; first += Tile::kTokens) {
      const std::int64_t count = at_most(queries_in_all - first, Tile::kTokens);
      const Token query = query_token(in, place.window, first + own_thread());
      const std::int64_t number = query_number(in, place, query.position);
      load_tile(queries, in.query, place, query.position, count, in.channels);
      normalize<kDims>(queries.at[own_thread()]);
      passing[own_thread()] = {query.bias_share, query.label, p.log_sum_exp[number],
                               p.delta[number]};
      load_tile(grads, p.grad, place, query.position, count, in.channels);
      if (own_thread() < own_count) {
        for (int i = 0; i < count; ++i) take_query(own, queries.at[i], grads.at[i], passing[i]);
      }
    }
    pass_through_norm<kDims>(own.unit, own.norm, own.unit_sum);
    store_tile(queries, own.unit_sum, p.grad_key, place, token.position, own_count, in.channels);
    store_tile(grads, own.value_sum, p.grad_value, place, token.position, own_count, in.channels);
  }
}

}  // namespace vcisr::ops::detail
