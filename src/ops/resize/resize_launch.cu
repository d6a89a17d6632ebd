// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include <cuda_runtime_api.h>

#include "ops/resize/resize_launch.h"

namespace vcisr::ops::detail {

template <class T>
int launch_resample(const Resample<T>& p, void* stream) {
  constexpr std::int64_t kMostGridRows = 65535;
  const auto tiles = static_cast<unsigned>(tiles_of(p.out_rows, p.out_cols).count);
  const dim3 grid(tiles, static_cast<unsigned>(at_most(p.planes, kMostGridRows)), 1);
  const dim3 block(kTileCols, kTileRows, 1);
  resample_kernel<T><<<grid, block, 0, static_cast<cudaStream_t>(stream)>>>(p);
  return cudaGetLastError();
}

template int launch_resample(const Resample<float>&, void*);
template int launch_resample(const Resample<double>&, void*);

}  // namespace vcisr::ops::detail
