// SPDX-License-Identifier: Apache-2.0
#include "ops/device_query.h"

namespace vcisr::ops::detail {

bool has_cuda_kernels() noexcept { return false; }
std::vector<DeviceInfo> cuda_devices() { return {}; }

}  // namespace vcisr::ops::detail
