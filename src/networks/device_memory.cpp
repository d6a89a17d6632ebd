// SPDX-License-Identifier: Apache-2.0
#include "networks/device_memory.h"

#include <new>
#include <string>

#include <c10/util/Exception.h>

#include "vcisr/ops/device.h"

namespace vcisr::networks {
namespace {

constexpr double kUsableShare = 0.6;

}  // namespace

std::int64_t free_bytes(const torch::Device& device) {
  if (device.is_cpu()) return ops::available_cpu_bytes();
  for (const auto& info : ops::cuda_devices()) {
    if (info.index == device.index()) return info.free_bytes;
  }
  return std::int64_t{1} << 30;
}

std::int64_t usable_bytes(std::int64_t free) {
  return static_cast<std::int64_t>(kUsableShare * static_cast<double>(free));
}

bool is_out_of_memory(const std::exception& error) {
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) return true;
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return true;
  // LibTorch's CPU allocator throws a plain c10::Error.
  const std::string text = error.what();
  return text.find("not enough memory") != std::string::npos ||
         text.find("can't allocate memory") != std::string::npos;
}

}  // namespace vcisr::networks
