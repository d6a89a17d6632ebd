// SPDX-License-Identifier: Apache-2.0
#include "inference/pipeline.h"

#include <atomic>
#include <chrono>
#include <numeric>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace vcisr::inference {
namespace {

std::function<std::optional<int>()> count_to(int end) {
  return
      [next = 0, end]() mutable { return next < end ? std::optional<int>(next++) : std::nullopt; };
}

TEST(Pipeline, KeepsTheOrderWhateverTheWorkersDo) {
  std::vector<int> seen;
  Pipeline<int, int> pipeline(
      count_to(200),
      [](int x, std::size_t) {
        std::this_thread::sleep_for(std::chrono::microseconds((x * 7919) % 300));
        return 2 * x;
      },
      [&](int x) { seen.push_back(x); }, {.workers = 4, .queue_depth = 3});
  (void)pipeline.run({});
  ASSERT_EQ(seen.size(), 200u);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], 2 * i);
}

TEST(Pipeline, HoldsFewItemsWhenOneWorkerIsSlow) {
  std::atomic<int> alive{0};
  std::atomic<int> most{0};
  Pipeline<int, int> pipeline(
      [&, next = 0]() mutable -> std::optional<int> {
        if (next == 100) return std::nullopt;
        most = std::max(most.load(), ++alive);
        return next++;
      },
      [](int x, std::size_t) {
        if (x == 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
        return x;
      },
      [&](int) { --alive; }, {.workers = 3, .queue_depth = 2});
  (void)pipeline.run({});
  EXPECT_LE(most, 2 * 2 + 2 * 3 + 2);
}

TEST(Pipeline, ThrowsWhatAnyStageThrows) {
  for (const int stage : {0, 1, 2}) {
    const auto fail_at = [stage](int here, int x) {
      if (stage == here && x == 5) throw InputError("stage " + std::to_string(here));
      return x;
    };
    int consumed = 0;
    Pipeline<int, int> pipeline(
        [&, next = 0]() mutable -> std::optional<int> { return fail_at(0, next++); },
        [&](int x, std::size_t) { return fail_at(1, x); },
        [&](int x) {
          fail_at(2, x);
          ++consumed;
        },
        {.workers = 2, .queue_depth = 2});
    try {
      (void)pipeline.run({});
      FAIL() << "stage " << stage << " did not throw";
    } catch (const InputError& error) {
      EXPECT_EQ(std::string(error.what()), "stage " + std::to_string(stage));
    }
    EXPECT_LE(consumed, 5);
  }
}

TEST(Pipeline, StopsWhenAsked) {
  std::stop_source source;
  int consumed = 0;
  Pipeline<int, int> pipeline([n = 0]() mutable { return std::optional<int>(n++); },
                              [](int x, std::size_t) { return x; },
                              [&](int) {
                                if (++consumed == 10) source.request_stop();
                              },
                              {.workers = 2, .queue_depth = 2});
  EXPECT_THROW((void)pipeline.run(source.get_token()), Interrupted);
  EXPECT_GE(consumed, 10);
}

TEST(Pipeline, EndsAtOnceWithoutItems) {
  Pipeline<int, int> pipeline([] { return std::optional<int>(); },
                              [](int x, std::size_t) { return x; }, [](int) { FAIL(); },
                              {.workers = 3, .queue_depth = 2});
  (void)pipeline.run({});
}

}  // namespace
}  // namespace vcisr::inference
