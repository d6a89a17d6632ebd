// SPDX-License-Identifier: Apache-2.0
#include "data/ordered_jobs.h"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

namespace vcisr::data {
namespace {

std::int64_t no_bytes(const int& result) {
  static_cast<void>(result);
  return 0;
}

TEST(OrderedJobs, ResultsComeInOrderAndErrorsInTheirPlace) {
  OrderedJobs<int> jobs(
      50, {.count = 4, .on_start = {}}, 1000,
      [](std::size_t index) {
        std::this_thread::sleep_for(std::chrono::microseconds(index % 3 * 300));
        if (index == 20) throw std::runtime_error("job 20");
        return static_cast<int>(index);
      },
      no_bytes);
  for (int i = 0; i < 50; ++i) {
    if (i == 20) {
      EXPECT_THROW(jobs.take(), std::runtime_error);
    } else {
      EXPECT_EQ(jobs.take(), i);
    }
  }
}

TEST(OrderedJobs, BeginsNoMoreThanTheMemoryAllows) {
  std::atomic<int> begun = 0;
  OrderedJobs<int> jobs(
      100, {.count = 2, .on_start = {}}, 10,
      [&begun](std::size_t index) {
        ++begun;
        return static_cast<int>(index);
      },
      [](const int& result) {
        static_cast<void>(result);
        return std::int64_t{5};
      });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_GE(begun, 1);
  EXPECT_LE(begun, 3);  // Two results, and a job that began beside the second one.
  for (int i = 0; i < 100; ++i) EXPECT_EQ(jobs.take(), i);
}

TEST(OrderedJobs, MayEndBeforeItsJobs) {
  for (int i = 0; i < 20; ++i) {
    OrderedJobs<int> jobs(
        100, {.count = 3, .on_start = {}}, 1000,
        [](std::size_t index) { return static_cast<int>(index); }, no_bytes);
    EXPECT_EQ(jobs.take(), 0);
  }
}

}  // namespace
}  // namespace vcisr::data
