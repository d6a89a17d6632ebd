// SPDX-License-Identifier: Apache-2.0
// Launch of kernels.cuh, for callers that nvcc does not compile. No torch.
#pragma once

#include "ops/resize/kernels.cuh"

namespace vcisr::ops::detail {

/// Returns the launch's cudaError_t as an int; `stream` is a cudaStream_t.
template <class T>
int launch_resample(const Resample<T>& p, void* stream);

}  // namespace vcisr::ops::detail
