// SPDX-License-Identifier: Apache-2.0
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime_api.h>

#include "ops/window_attention/window_attention_launch.h"

namespace vcisr::ops::detail {

template <class T>
int launch_window_attention_backward(const WindowAttentionBackward<T>& p, void* stream) {
  return with_kernel_dims(p.in.channels, [&](auto dims) -> int {
    constexpr int kDims = decltype(dims)::value;
    constexpr int kTokens = TokenTile<Accumulator<T>, kDims>::kTokens;
    const auto on = static_cast<cudaStream_t>(stream);
    const auto parts = static_cast<unsigned>(p.slices * p.in.heads * query_tiles(p.in));
    window_attention_query_grad_kernel<T, kDims><<<parts, kTokens, 0, on>>>(p);
    const cudaError_t error = cudaGetLastError();
    if (error != cudaSuccess) return error;
    const unsigned blocks = grid_of(tiles_of_all(p.in, p.in.key_map, kTokens));
    window_attention_key_grad_kernel<T, kDims><<<blocks, kTokens, 0, on>>>(p);
    return cudaGetLastError();
  });
}

template int launch_window_attention_backward(const WindowAttentionBackward<float>&, void*);
template int launch_window_attention_backward(const WindowAttentionBackward<double>&, void*);
template int launch_window_attention_backward(const WindowAttentionBackward<__half>&, void*);
template int launch_window_attention_backward(const WindowAttentionBackward<__nv_bfloat16>&, void*);

}  // namespace vcisr::ops::detail
