// SPDX-License-Identifier: Apache-2.0
// The two questions that only the CUDA build can answer: device_none.cpp or device_cuda.cu.
#pragma once

#include <vector>

#include "vcisr/ops/device.h"

namespace vcisr::ops::detail {

bool has_cuda_kernels() noexcept;
std::vector<DeviceInfo> cuda_devices();

}  // namespace vcisr::ops::detail
