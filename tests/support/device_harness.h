// SPDX-License-Identifier: Apache-2.0
// Runs device code (a kernels.cuh that a C++ compiler took) on the CPU: block by block, and within
// a block thread by thread, each on a stack of its own. A thread runs until it reaches a barrier;
// when all have, they go on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

#include <ucontext.h>

#include "ops/device_macros.h"

namespace vcisr::tests {

/// The order in which the threads of a block take their turns. Code without races gives the same
/// bytes either way.
enum class ThreadOrder { kAscending, kDescending };

/// One launch of a kernel on the CPU.
///
///   run_on_cpu({tiles, 1, 1}, {32, 8, 1}, ThreadOrder::kAscending, [&] { my_kernel(params); });
///
/// Threads  Not thread-safe: shared memory is static. One launch at a time.
/// Errors   std::logic_error when a barrier is reached by some threads of a block while others have
///          ended; what the kernel itself throws ends the program.
class DeviceEmulator {
 public:
  using Index3 = ops::emulated::Index3;

  static DeviceEmulator& instance() {
    static DeviceEmulator emulator;
    return emulator;
  }

  void launch(Index3 grid, Index3 block, ThreadOrder order, const std::function<void()>& kernel) {
    grid_ = grid;
    block_ = block;
    order_ = order;
    kernel_ = &kernel;
    for (block_index_.z = 0; block_index_.z < grid.z; ++block_index_.z) {
      for (block_index_.y = 0; block_index_.y < grid.y; ++block_index_.y) {
        for (block_index_.x = 0; block_index_.x < grid.x; ++block_index_.x) run_block();
      }
    }
  }

  void reach_barrier() {
    Thread& thread = threads_[current_];
    thread.is_waiting = true;
    swapcontext(&thread.context, &scheduler_);
  }

  [[nodiscard]] const Index3& thread_index() const { return threads_[current_].index; }
  [[nodiscard]] const Index3& block_index() const { return block_index_; }
  [[nodiscard]] const Index3& block_size() const { return block_; }
  [[nodiscard]] const Index3& grid_size() const { return grid_; }

 private:
  static constexpr std::size_t kStackBytes = 64 * 1024;

  struct Thread {
    ucontext_t context{};
    std::unique_ptr<std::byte[]> stack;
    Index3 index{};
    bool is_waiting = false;
    bool has_ended = false;
  };

  static void enter() {
    DeviceEmulator& self = instance();
    (*self.kernel_)();
    self.threads_[self.current_].has_ended = true;
  }

  void prepare() {
    const std::size_t count = std::size_t{block_.x} * block_.y * block_.z;
    if (threads_.size() < count) threads_.resize(count);
    count_ = count;
    for (std::size_t i = 0; i < count; ++i) {
      Thread& thread = threads_[i];
      if (!thread.stack) thread.stack = std::make_unique<std::byte[]>(kStackBytes);
      thread.index = {static_cast<unsigned>(i % block_.x),
                      static_cast<unsigned>(i / block_.x % block_.y),
                      static_cast<unsigned>(i / block_.x / block_.y)};
      thread.is_waiting = thread.has_ended = false;
      getcontext(&thread.context);
      thread.context.uc_stack.ss_sp = thread.stack.get();
      thread.context.uc_stack.ss_size = kStackBytes;
      thread.context.uc_link = &scheduler_;
      makecontext(&thread.context, &DeviceEmulator::enter, 0);
    }
  }

  void run_block() {
    prepare();
    std::size_t waiting = 0;
    std::size_t ended = 0;
    do {
      for (std::size_t turn = 0; turn < count_; ++turn) {
        current_ = order_ == ThreadOrder::kAscending ? turn : count_ - 1 - turn;
        Thread& thread = threads_[current_];
        if (thread.has_ended) continue;
        thread.is_waiting = false;
        swapcontext(&scheduler_, &thread.context);
      }
      const auto first = threads_.begin();
      const auto last = first + static_cast<std::ptrdiff_t>(count_);
      waiting = static_cast<std::size_t>(
          std::count_if(first, last, [](const Thread& t) { return t.is_waiting; }));
      ended = static_cast<std::size_t>(
          std::count_if(first, last, [](const Thread& t) { return t.has_ended; }));
      if (waiting > 0 && ended > 0) {
        throw std::logic_error("a barrier was reached by some threads after others had ended");
      }
    } while (waiting > 0);
  }

  Index3 grid_, block_, block_index_;
  ThreadOrder order_ = ThreadOrder::kAscending;
  const std::function<void()>* kernel_ = nullptr;
  std::vector<Thread> threads_;
  std::size_t count_ = 0;
  std::size_t current_ = 0;
  ucontext_t scheduler_{};
};

inline void run_on_cpu(ops::emulated::Index3 grid, ops::emulated::Index3 block, ThreadOrder order,
                       const std::function<void()>& kernel) {
  DeviceEmulator::instance().launch(grid, block, order, kernel);
}

}  // namespace vcisr::tests

namespace vcisr::ops::emulated {

inline const Index3& thread_index() { return tests::DeviceEmulator::instance().thread_index(); }
inline const Index3& block_index() { return tests::DeviceEmulator::instance().block_index(); }
inline const Index3& block_size() { return tests::DeviceEmulator::instance().block_size(); }
inline const Index3& grid_size() { return tests::DeviceEmulator::instance().grid_size(); }
inline void sync_threads() { tests::DeviceEmulator::instance().reach_barrier(); }

}  // namespace vcisr::ops::emulated
