// SPDX-License-Identifier: Apache-2.0
#include "support/device_harness.h"

#include <numeric>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace vcisr::tests {
namespace {

// Each block reverses its 64 numbers through shared memory, then each thread adds its neighbour's.
void reverse_and_add(const int* in, int* out) {
  VCISR_SHARED int shared[64];
  const unsigned thread = VCISR_THREAD_INDEX.y * VCISR_BLOCK_SIZE.x + VCISR_THREAD_INDEX.x;
  const unsigned base = (VCISR_BLOCK_INDEX.y * VCISR_GRID_SIZE.x + VCISR_BLOCK_INDEX.x) * 64;
  shared[63 - thread] = in[base + thread];
  VCISR_SYNC_THREADS();
  const int sum = shared[thread] + shared[(thread + 1) % 64];
  VCISR_SYNC_THREADS();
  shared[thread] = sum;
  VCISR_SYNC_THREADS();
  out[base + thread] = shared[63 - thread];
}

TEST(DeviceHarness, RunsBlocksAndBarriersInEitherOrder) {
  std::vector<int> in(6 * 64);
  std::iota(in.begin(), in.end(), 0);
  for (const auto order : {ThreadOrder::kAscending, ThreadOrder::kDescending}) {
    std::vector<int> out(in.size(), -1);
    run_on_cpu({3, 2, 1}, {16, 4, 1}, order, [&] { reverse_and_add(in.data(), out.data()); });
    for (int i = 0; i < static_cast<int>(in.size()); ++i) {
      const int block = i / 64 * 64;
      EXPECT_EQ(out[static_cast<std::size_t>(i)], i + (i % 64 == 0 ? block + 63 : i - 1));
    }
  }
}

TEST(DeviceHarness, NoticesABarrierThatSomeThreadsNeverReach) {
  const auto kernel = [] {
    if (VCISR_THREAD_INDEX.x >= 3) return;
    VCISR_SYNC_THREADS();
  };
  EXPECT_THROW(run_on_cpu({1, 1, 1}, {8, 1, 1}, ThreadOrder::kAscending, kernel), std::logic_error);
  EXPECT_NO_THROW(run_on_cpu({1, 1, 1}, {3, 1, 1}, ThreadOrder::kAscending, kernel));
}

TEST(DeviceHarness, ShowsARaceAsADifferenceBetweenTheOrders) {
  const auto run = [](ThreadOrder order) {
    int last = -1;
    run_on_cpu({1, 1, 1}, {8, 1, 1}, order, [&] { last = static_cast<int>(VCISR_THREAD_INDEX.x); });
    return last;
  };
  EXPECT_NE(run(ThreadOrder::kAscending), run(ThreadOrder::kDescending));
}

}  // namespace
}  // namespace vcisr::tests
