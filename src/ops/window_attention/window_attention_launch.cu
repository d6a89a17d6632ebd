// SPDX-License-Identifier: Apache-2.0
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime_api.h>

#include "ops/window_attention/window_attention_launch.h"

namespace vcisr::ops::detail {

template <class T>
int launch_window_attention(const WindowAttentionForward<T>& p, void* stream) {
  return with_kernel_dims(p.in.channels, [&](auto dims) -> int {
    constexpr int kDims = decltype(dims)::value;
    constexpr int kTokens = TokenTile<Accumulator<T>, kDims>::kTokens;
    const unsigned blocks = grid_of(tiles_of_all(p.in, p.in.query_map, kTokens));
    const auto on = static_cast<cudaStream_t>(stream);
    window_attention_kernel<T, kDims><<<blocks, kTokens, 0, on>>>(p);
    return cudaGetLastError();
  });
}

template int launch_window_attention(const WindowAttentionForward<float>&, void*);
template int launch_window_attention(const WindowAttentionForward<double>&, void*);
template int launch_window_attention(const WindowAttentionForward<__half>&, void*);
template int launch_window_attention(const WindowAttentionForward<__nv_bfloat16>&, void*);

}  // namespace vcisr::ops::detail
