// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <unordered_map>

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

namespace vcisr::tests {

/// While one lives, CPU tensors are counted; their memory may outlive it.
class CountingAllocator {
 public:
  CountingAllocator() : before_(c10::GetCPUAllocator()) {
    counter().start();
    c10::SetCPUAllocator(&counter(), kPriority);
  }
  ~CountingAllocator() { c10::SetCPUAllocator(before_, kPriority); }
  CountingAllocator(const CountingAllocator&) = delete;
  CountingAllocator& operator=(const CountingAllocator&) = delete;

  /// Most bytes that tensors made since construction held at one time.
  [[nodiscard]] static std::int64_t peak_bytes() { return counter().peak(); }

 private:
  static constexpr std::uint8_t kPriority = 1;
  static constexpr std::size_t kAlignment = 64;

  class Counter final : public c10::Allocator {
   public:
    void start() {
      const std::scoped_lock lock(mutex_);
      live_ = 0;
      peak_ = 0;
    }

    [[nodiscard]] std::int64_t peak() {
      const std::scoped_lock lock(mutex_);
      return peak_;
    }

    c10::DataPtr allocate(std::size_t bytes) override {
      const std::size_t padded = (bytes + kAlignment) / kAlignment * kAlignment;
      void* block = std::aligned_alloc(kAlignment, padded);
      if (block == nullptr) throw std::bad_alloc();
      const std::scoped_lock lock(mutex_);
      sizes_[block] = static_cast<std::int64_t>(bytes);
      live_ += static_cast<std::int64_t>(bytes);
      peak_ = std::max(peak_, live_);
      return {block, block, &release, c10::Device(c10::DeviceType::CPU)};
    }

    c10::DeleterFnPtr raw_deleter() const override { return &release; }

    void copy_data(void* to, const void* from, std::size_t bytes) const override {
      std::memcpy(to, from, bytes);
    }

   private:
    static void release(void* block) {
      {
        auto& self = counter();
        const std::scoped_lock lock(self.mutex_);
        const auto found = self.sizes_.find(block);
        self.live_ -= found->second;
        self.sizes_.erase(found);
      }
      std::free(block);
    }

    std::mutex mutex_;
    std::unordered_map<void*, std::int64_t> sizes_;
    std::int64_t live_ = 0;
    std::int64_t peak_ = 0;
  };

  static Counter& counter() {
    static Counter one;
    return one;
  }

  c10::Allocator* before_;
};

}  // namespace vcisr::tests
