// SPDX-License-Identifier: Apache-2.0
#include "data/pool_loop.h"

#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/gate.h"
#include "vcisr/core/error.h"

namespace vcisr::data {
namespace {

TEST(PoolLoop, RunsEachRoundOnce) {
  WorkerPool pool(3);
  PoolLoop loop(pool);
  std::vector<int> counts(100);
  loop.run(counts.size(), [&counts](std::size_t i) { ++counts[i]; });
  EXPECT_EQ(counts, std::vector<int>(100, 1));
  loop.run(0, [](std::size_t) { FAIL(); });
}

TEST(PoolLoop, HandsOverWhatARoundThrows) {
  WorkerPool pool(2);
  PoolLoop loop(pool);
  const auto body = [](std::size_t i) {
    if (i == 3) throw std::runtime_error("three");
  };
  EXPECT_THROW(loop.run(8, body), std::runtime_error);
  loop.run(3, body);
}

TEST(PoolLoop, CancelEndsAWaitForRoundsThatHaveNotBegun) {
  tests::Gate gate;
  WorkerPool pool(1);
  pool.submit([&gate] { gate.wait(); }, WorkerPool::Priority::kUrgent);
  PoolLoop loop(pool);
  std::thread canceller([&loop] { loop.cancel(); });
  EXPECT_THROW(loop.run(4, [](std::size_t) { FAIL(); }), Interrupted);
  canceller.join();
  gate.open();
}

}  // namespace
}  // namespace vcisr::data
