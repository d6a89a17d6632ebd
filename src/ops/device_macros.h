// SPDX-License-Identifier: Apache-2.0
// Lets one header of device code go through nvcc and through a C++ compiler. The latter makes of it
// plain functions that tests/support/device_harness.h runs on the CPU.
#pragma once

#ifdef __CUDACC__
#define VCISR_HOST_DEVICE __host__ __device__
#define VCISR_DEVICE __device__  // For what waits at a barrier, which no host function can.
#define VCISR_KERNEL __global__
#define VCISR_SHARED __shared__
#define VCISR_THREAD_INDEX threadIdx
#define VCISR_BLOCK_INDEX blockIdx
#define VCISR_BLOCK_SIZE blockDim
#define VCISR_GRID_SIZE gridDim
#define VCISR_SYNC_THREADS() __syncthreads()
#else
#define VCISR_HOST_DEVICE
#define VCISR_DEVICE
#define VCISR_KERNEL
// Blocks run one after the other, and the threads of a block in turns of one CPU thread: a static
// is what they share.
#define VCISR_SHARED static
#define VCISR_THREAD_INDEX (::vcisr::ops::emulated::thread_index())
#define VCISR_BLOCK_INDEX (::vcisr::ops::emulated::block_index())
#define VCISR_BLOCK_SIZE (::vcisr::ops::emulated::block_size())
#define VCISR_GRID_SIZE (::vcisr::ops::emulated::grid_size())
#define VCISR_SYNC_THREADS() ::vcisr::ops::emulated::sync_threads()

namespace vcisr::ops::emulated {

struct Index3 {
  unsigned x = 0;
  unsigned y = 0;
  unsigned z = 0;
};

// Defined by tests/support/device_harness.h; nothing in the library calls them.
const Index3& thread_index();
const Index3& block_index();
const Index3& block_size();
const Index3& grid_size();
void sync_threads();

}  // namespace vcisr::ops::emulated
#endif
