// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

namespace vcisr::tests {

/// While one lives, CPU tensors are counted; their memory may outlive it.
class CountingAllocator {
 public:
  CountingAllocator() : before_(c10::GetCPUAllocator()) {
    counter().live = 0;
    counter().peak = 0;
    c10::SetCPUAllocator(&counter(), kPriority);
  }
  ~CountingAllocator() { c10::SetCPUAllocator(before_, kPriority); }
  CountingAllocator(const CountingAllocator&) = delete;
  CountingAllocator& operator=(const CountingAllocator&) = delete;

  /// Most bytes that tensors made since construction held at one time.
  [[nodiscard]] static std::int64_t peak_bytes() { return counter().peak; }

 private:
  static constexpr std::uint8_t kPriority = 1;
  static constexpr std::size_t kAlignment = 64;

  struct Counter final : c10::Allocator {
    std::atomic<std::int64_t> live{0};
    std::atomic<std::int64_t> peak{0};

    // The size lies in front of what is handed out.
    c10::DataPtr allocate(std::size_t bytes) override {
      const std::size_t padded = (bytes + 2 * kAlignment - 1) / kAlignment * kAlignment;
      auto* block = static_cast<char*>(std::aligned_alloc(kAlignment, padded));
      if (block == nullptr) throw std::bad_alloc();
      std::memcpy(block, &bytes, sizeof bytes);
      const std::int64_t now = live += static_cast<std::int64_t>(bytes);
      peak = std::max<std::int64_t>(peak, now);
      return {block + kAlignment, block, &release, c10::Device(c10::DeviceType::CPU)};
    }
    c10::DeleterFnPtr raw_deleter() const override { return nullptr; }
    void copy_data(void* to, const void* from, std::size_t bytes) const override {
      std::memcpy(to, from, bytes);
    }
  };

  static Counter& counter() {
    static Counter one;
    return one;
  }

  static void release(void* block) {
    std::size_t bytes = 0;
    std::memcpy(&bytes, block, sizeof bytes);
    counter().live -= static_cast<std::int64_t>(bytes);
    std::free(block);
  }

  c10::Allocator* before_;
};

}  // namespace vcisr::tests
