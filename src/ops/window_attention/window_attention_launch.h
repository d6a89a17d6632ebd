// SPDX-License-Identifier: Apache-2.0
// Launches of kernels.cuh and backward_kernels.cuh, for callers that nvcc does not compile. No
// torch. Each returns the launch's cudaError_t as an int; `stream` is a cudaStream_t. T is float,
// double, __half or __nv_bfloat16.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "ops/window_attention/backward_kernels.cuh"
#include "ops/window_attention/kernels.cuh"

namespace vcisr::ops::detail {

/// Most channels per head.
inline constexpr int kMostHeadDim = 128;

template <class T>
int launch_window_attention(const WindowAttentionForward<T>& p, void* stream);
template <class T>
int launch_window_attention_backward(const WindowAttentionBackward<T>& p, void* stream);

/// Calls launch with the number of channels that the kernels compute with, as a type: those behind
/// the last are zeros.
template <class Launch>
auto with_kernel_dims(std::int64_t channels, const Launch& launch) {
  constexpr int kNarrow = 32;
  if (channels <= kNarrow) return launch(std::integral_constant<int, kNarrow>());
  return launch(std::integral_constant<int, kMostHeadDim>());
}

/// Tiles of queries per window, as WindowAttentionBackward's parts need it.
template <class T>
std::int64_t query_tiles(const WindowAttention<T>& in) {
  return with_kernel_dims(in.channels, [&](auto dims) {
    return tiles_per_window(in.query_map, tile_tokens<Accumulator<T>>(dims));
  });
}

/// Blocks that work on so many tiles: as many as the grid's x takes.
inline unsigned grid_of(std::int64_t tiles) {
  return static_cast<unsigned>(at_most(tiles, std::numeric_limits<std::int32_t>::max()));
}

}  // namespace vcisr::ops::detail
