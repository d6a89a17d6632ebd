// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/device.h"

#include <gtest/gtest.h>

namespace vcisr::ops {
namespace {

TEST(Device, KnowsHowMuchMemoryTheCpuHasLeft) { EXPECT_GT(available_cpu_bytes(), 1 << 20); }

TEST(Device, ListsGpusOnlyWhereThereAreKernelsForThem) {
  const auto devices = cuda_devices();
  if (!has_cuda_kernels()) {
    EXPECT_TRUE(devices.empty());
  }
  for (const auto& device : devices) {
    EXPECT_FALSE(device.name.empty());
    EXPECT_LE(device.free_bytes, device.total_bytes);
  }
}

}  // namespace
}  // namespace vcisr::ops
