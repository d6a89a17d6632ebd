// SPDX-License-Identifier: Apache-2.0
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <cuda_runtime_api.h>

#include "ops/device_query.h"

namespace vcisr::ops::detail {

bool has_cuda_kernels() noexcept { return true; }

std::vector<DeviceInfo> cuda_devices() {
  std::vector<DeviceInfo> devices;
  const int count = c10::cuda::device_count();
  for (int index = 0; index < count; ++index) {
    cudaDeviceProp properties{};
    if (cudaGetDeviceProperties(&properties, index) != cudaSuccess) continue;
    const c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(index));
    std::size_t free_bytes = 0;
    std::size_t total_bytes = 0;
    if (cudaMemGetInfo(&free_bytes, &total_bytes) != cudaSuccess) continue;
    // Blocks that the caching allocator holds but nobody uses can be had again.
    if (c10::cuda::CUDACachingAllocator::get()->initialized()) {
      const auto stats =
          c10::cuda::CUDACachingAllocator::getDeviceStats(static_cast<c10::DeviceIndex>(index));
      free_bytes += static_cast<std::size_t>(stats.reserved_bytes[0].current -
                                             stats.allocated_bytes[0].current);
    }
    devices.push_back({index, properties.name, static_cast<std::int64_t>(total_bytes),
                       static_cast<std::int64_t>(free_bytes),
                       properties.major * 10 + properties.minor});
  }
  return devices;
}

}  // namespace vcisr::ops::detail
