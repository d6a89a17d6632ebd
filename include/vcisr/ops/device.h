// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vcisr::ops {

/// One accelerator, as the driver sees it.
struct DeviceInfo {
  int index;                 ///< As in "cuda:0".
  std::string name;          ///< E.g. "NVIDIA H100 80GB HBM3".
  std::int64_t total_bytes;  ///< Memory of the card.
  std::int64_t free_bytes;   ///< Free now, what LibTorch's cache holds counted as free.
  int compute_capability;    ///< 90 for 9.0.
};

/// True when the library holds CUDA kernels (VCISR_WITH_CUDA); says nothing about a GPU.
[[nodiscard]] bool has_cuda_kernels() noexcept;

/// GPUs that can be used now; empty without CUDA kernels, driver or GPU. Never throws.
[[nodiscard]] std::vector<DeviceInfo> cuda_devices() noexcept;

/// Memory that new work can take on the CPU: what the system calls available, and no more than what
/// the process's cgroup leaves. Bytes.
[[nodiscard]] std::int64_t available_cpu_bytes() noexcept;

}  // namespace vcisr::ops
