// SPDX-License-Identifier: Apache-2.0
// Launches of kernels.cuh, for callers that nvcc does not compile. No torch.
// Each returns the launch's cudaError_t as an int; `stream` is a cudaStream_t.
#pragma once

#include "ops/color/kernels.cuh"

namespace vcisr::ops::detail {

template <class S>
int launch_planar_to_rgb(const PlanarToRgb<S>& p, void* stream);
template <class S>
int launch_rgb_to_planar(const RgbToPlanar<S>& p, void* stream);
template <class S>
int launch_planes_to_rgb(const PlanesAndRgb<const S>& p, float* rgb, void* stream);
template <class S>
int launch_rgb_to_planes(const PlanesAndRgb<S>& p, const float* rgb, void* stream);
template <class S>
int launch_interleaved_to_float(const Interleaved<const S>& p, float* planar, void* stream);
template <class S>
int launch_float_to_interleaved(const float* planar, const Interleaved<S>& p, void* stream);

}  // namespace vcisr::ops::detail
