// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/device.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>

#include "ops/device_query.h"

namespace vcisr::ops {
namespace {

std::int64_t number_in(const char* path) {
  std::ifstream file(path);
  std::string word;
  if (!(file >> word) || word == "max") return std::numeric_limits<std::int64_t>::max();
  return std::strtoll(word.c_str(), nullptr, 10);
}

}  // namespace

bool has_cuda_kernels() noexcept { return detail::has_cuda_kernels(); }

std::vector<DeviceInfo> cuda_devices() noexcept {
  try {
    return detail::cuda_devices();
  } catch (...) {  // A broken driver is a machine without a GPU.
    return {};
  }
}

std::int64_t available_cpu_bytes() noexcept {
  std::int64_t available = std::int64_t{1} << 30;
  std::ifstream info("/proc/meminfo");
  std::string key;
  std::int64_t kib = 0;
  std::string unit;
  while (info >> key >> kib) {
    std::getline(info, unit);
    if (key == "MemAvailable:") available = kib * 1024;
  }
  const std::int64_t limit = number_in("/sys/fs/cgroup/memory.max");
  if (limit != std::numeric_limits<std::int64_t>::max()) {
    const std::int64_t used = number_in("/sys/fs/cgroup/memory.current");
    available = std::min(available, std::max<std::int64_t>(limit - used, 0));
  }
  return available;
}

}  // namespace vcisr::ops
