// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include <cuda_runtime_api.h>

#include "ops/color/color_launch.h"

namespace vcisr::ops::detail {
namespace {

dim3 grid_of(std::int64_t rows, std::int64_t cols, unsigned channels = 1) {
  return {static_cast<unsigned>(tiles_of(rows, cols).count), channels, 1};
}

const dim3 kBlock(kTileCols, kTileRows, 1);

cudaStream_t on(void* stream) { return static_cast<cudaStream_t>(stream); }

}  // namespace

template <class S>
int launch_planar_to_rgb(const PlanarToRgb<S>& p, void* stream) {
  planar_to_rgb_kernel<S><<<grid_of(p.luma.rows, p.luma.cols), kBlock, 0, on(stream)>>>(p);
  return cudaGetLastError();
}

template <class S>
int launch_rgb_to_planar(const RgbToPlanar<S>& p, void* stream) {
  rgb_to_planar_kernel<S><<<grid_of(p.cb.rows, p.cb.cols), kBlock, 0, on(stream)>>>(p);
  return cudaGetLastError();
}

template <class S>
int launch_planes_to_rgb(const PlanesAndRgb<const S>& p, float* rgb, void* stream) {
  const auto grid = grid_of(p.planes[0].rows, p.planes[0].cols, 3);
  planes_to_rgb_kernel<S><<<grid, kBlock, 0, on(stream)>>>(p, rgb);
  return cudaGetLastError();
}

template <class S>
int launch_rgb_to_planes(const PlanesAndRgb<S>& p, const float* rgb, void* stream) {
  const auto channels = static_cast<unsigned>(p.plane_count);
  const auto grid = grid_of(p.planes[0].rows, p.planes[0].cols, channels);
  rgb_to_planes_kernel<S><<<grid, kBlock, 0, on(stream)>>>(p, rgb);
  return cudaGetLastError();
}

template <class S>
int launch_interleaved_to_float(const Interleaved<const S>& p, float* planar, void* stream) {
  interleaved_to_float_kernel<S><<<grid_of(p.rows, p.cols), kBlock, 0, on(stream)>>>(p, planar);
  return cudaGetLastError();
}

template <class S>
int launch_float_to_interleaved(const float* planar, const Interleaved<S>& p, void* stream) {
  float_to_interleaved_kernel<S><<<grid_of(p.rows, p.cols), kBlock, 0, on(stream)>>>(planar, p);
  return cudaGetLastError();
}

#define VCISR_INSTANTIATE(S)                                                               \
  template int launch_planar_to_rgb(const PlanarToRgb<S>&, void*);                         \
  template int launch_rgb_to_planar(const RgbToPlanar<S>&, void*);                         \
  template int launch_planes_to_rgb<S>(const PlanesAndRgb<const S>&, float*, void*);       \
  template int launch_rgb_to_planes(const PlanesAndRgb<S>&, const float*, void*);          \
  template int launch_interleaved_to_float<S>(const Interleaved<const S>&, float*, void*); \
  template int launch_float_to_interleaved(const float*, const Interleaved<S>&, void*)

VCISR_INSTANTIATE(std::uint8_t);
VCISR_INSTANTIATE(std::uint16_t);
#undef VCISR_INSTANTIATE

}  // namespace vcisr::ops::detail
