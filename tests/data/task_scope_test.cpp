// SPDX-License-Identifier: Apache-2.0
#include "data/task_scope.h"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "support/gate.h"

namespace vcisr::data {
namespace {

constexpr auto kNormal = WorkerPool::Priority::kNormal;

TEST(TaskScope, WaitsForWhatHasBegunAndDropsTheRest) {
  WorkerPool pool(1);
  bool first_ended = false;
  bool second_began = false;
  {
    tests::Gate begun;
    TaskScope tasks(pool);
    tasks.submit(
        [&] {
          begun.open();
          std::this_thread::sleep_for(std::chrono::milliseconds(50));
          first_ended = true;
        },
        kNormal);
    tasks.submit([&] { second_began = true; }, kNormal);
    begun.wait();
  }
  EXPECT_TRUE(first_ended);
  EXPECT_FALSE(second_began);
}

TEST(TaskScope, EndsThoughItsTasksWaitBehindOthers) {
  tests::Gate gate;
  WorkerPool pool(1);
  pool.submit([&gate] { gate.wait(); }, WorkerPool::Priority::kUrgent);
  {
    TaskScope tasks(pool);
    tasks.submit([] { FAIL(); }, kNormal);
    EXPECT_FALSE(tasks.is_cancelled());
    tasks.cancel();
    EXPECT_TRUE(tasks.is_cancelled());
  }
  gate.open();
}

}  // namespace
}  // namespace vcisr::data
