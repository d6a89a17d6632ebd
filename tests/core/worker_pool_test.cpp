// SPDX-License-Identifier: Apache-2.0
#include "vcisr/core/worker_pool.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/gate.h"
#include "vcisr/core/error.h"

namespace vcisr {
namespace {

using tests::Gate;

TEST(WorkerPool, RunsEveryTaskOnce) {
  std::vector<int> counts(500);
  Gate all_done;
  std::atomic<int> missing{500};
  WorkerPool pool(4);
  EXPECT_EQ(pool.threads(), 4);
  for (int& count : counts) {
    pool.submit([&] {
      ++count;
      if (--missing == 0) all_done.open();
    });
  }
  all_done.wait();
  EXPECT_EQ(counts, std::vector<int>(500, 1));
}

TEST(WorkerPool, BeginsTasksInTheOrderGivenAndUrgentOnesFirst) {
  std::vector<int> order;
  Gate submitted;
  Gate all_done;
  WorkerPool pool(1);
  pool.submit([&] { submitted.wait(); });
  for (const int task : {1, 2, 3}) {
    pool.submit([&order, task] { order.push_back(task); });
  }
  for (const int task : {10, 20}) {
    pool.submit([&order, task] { order.push_back(task); }, WorkerPool::Priority::kUrgent);
  }
  pool.submit([&] { all_done.open(); });
  submitted.open();
  all_done.wait();
  EXPECT_EQ(order, (std::vector<int>{10, 20, 1, 2, 3}));
}

TEST(WorkerPool, UsesAllItsThreadsAndTasksMaySubmit) {
  constexpr int kThreads = 3;
  std::atomic<int> arrived{0};
  Gate together;
  Gate all_done;
  std::atomic<int> missing{kThreads};
  WorkerPool pool(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    pool.submit([&] {
      if (++arrived == kThreads) together.open();
      together.wait();  // Would never end on fewer threads.
      pool.submit([&] {
        if (--missing == 0) all_done.open();
      });
    });
  }
  all_done.wait();
}

TEST(WorkerPool, CallsOnStartOnEachThread) {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  {
    Gate all_started;
    const WorkerPool pool(3, [&] {
      const std::scoped_lock lock(mutex);
      threads.insert(std::this_thread::get_id());
      if (threads.size() == 3) all_started.open();
    });
    all_started.wait();
  }
  EXPECT_EQ(threads.size(), 3U);
  EXPECT_FALSE(threads.contains(std::this_thread::get_id()));
}

TEST(WorkerPool, DropsOnDestructionWhatHasNotBegunAndWaitsForWhatHas) {
  const auto held = std::make_shared<int>(0);
  bool first_ended = false;
  Gate begun;
  {
    WorkerPool pool(1);
    pool.submit([&] {
      begun.open();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      first_ended = true;
    });
    begun.wait();
    pool.submit([held] { ++*held; });
  }
  EXPECT_TRUE(first_ended);
  EXPECT_EQ(*held, 0);
  EXPECT_EQ(held.use_count(), 1);
}

TEST(WorkerPool, NeedsAThread) { EXPECT_THROW(WorkerPool(0), ConfigError); }

}  // namespace
}  // namespace vcisr
