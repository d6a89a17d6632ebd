// SPDX-License-Identifier: Apache-2.0
#include "data/pair_queue.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "support/gate.h"
#include "vcisr/core/error.h"

namespace vcisr::data {
namespace {

PatchPair pair(std::int64_t number) {
  PatchPair result;
  result.lq = torch::full({3, 1, 1}, number, torch::kUInt8);
  result.hq = torch::full({3, 2, 2}, number, torch::kUInt8);
  const auto together = std::make_shared<DegradedTogether>();
  together->origins.resize(static_cast<std::size_t>(number) + 1);
  together->origins.back().source = std::to_string(number);
  result.history = {together, number};
  return result;
}

/// Numbers of the pairs that come out, and how many batches they came in.
struct Order {
  std::vector<std::int64_t> units;
  std::vector<std::int64_t> sizes;
};

Order order_of(std::int64_t pairs, std::size_t batch_size, std::size_t buffer,
               std::uint64_t seed = 1) {
  PairQueue queue(batch_size, buffer, Rng(seed));
  std::thread producer([&] {
    for (std::int64_t i = 0; i < pairs; ++i) queue.push(pair(i));
    queue.end();
  });
  Order order;
  while (const auto batch = queue.next()) {
    order.sizes.push_back(batch->lq.size(0));
    EXPECT_EQ(batch->hq.sizes().vec(), (std::vector<std::int64_t>{batch->lq.size(0), 3, 2, 2}));
    EXPECT_FALSE(batch->hq_sharpened.defined());
    for (std::size_t i = 0; i < batch->pairs.size(); ++i) {
      order.units.push_back(batch->pairs[i].unit);
      EXPECT_EQ(batch->lq[static_cast<std::int64_t>(i)][0][0][0].item<std::int64_t>(),
                order.units.back());
    }
  }
  producer.join();
  return order;
}

std::vector<std::int64_t> counted(std::int64_t n) {
  std::vector<std::int64_t> numbers;
  for (std::int64_t i = 0; i < n; ++i) numbers.push_back(i);
  return numbers;
}

TEST(PairQueue, KeepsTheOrderWithoutABufferAndTheLastIncompleteBatch) {
  for (const std::size_t buffer : {0U, 1U}) {
    const Order order = order_of(10, 4, buffer);
    EXPECT_EQ(order.units, counted(10));
    EXPECT_EQ(order.sizes, (std::vector<std::int64_t>{4, 4, 2}));
  }
}

TEST(PairQueue, ShufflesWithinTheBufferAndLosesNothing) {
  const Order order = order_of(60, 7, 10);
  EXPECT_NE(order.units, counted(60));
  for (std::size_t i = 0; i < order.units.size(); ++i) {
    EXPECT_LE(order.units[i], static_cast<std::int64_t>(i) + 10);  // Ten wait at most.
  }
  auto sorted = order.units;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, counted(60));
  EXPECT_EQ(order_of(60, 7, 10).units, order.units);
  EXPECT_NE(order_of(60, 7, 10, 2).units, order.units);
}

TEST(PairQueue, ABufferForAllMixesAll) {
  const Order order = order_of(40, 8, 100);
  EXPECT_NE(order.units, counted(40));
  EXPECT_EQ(order.sizes, std::vector<std::int64_t>(5, 8));
}

TEST(PairQueue, HandsOutWhatIsReadyBeforeAnError) {
  PairQueue queue(2, 0, Rng(1));
  queue.push(pair(0));
  queue.push(pair(1));
  queue.push(pair(2));
  queue.fail(std::make_exception_ptr(std::runtime_error("no more")));
  EXPECT_TRUE(queue.next().has_value());
  EXPECT_THROW((void)queue.next(), std::runtime_error);
}

TEST(PairQueue, MakesThePushingThreadWaitUntilBatchesAreTakenOrItIsCancelled) {
  PairQueue queue(1, 0, Rng(1));
  tests::Gate two_pushed;
  std::int64_t pushed = 0;
  bool was_interrupted = false;
  std::thread producer([&] {
    try {
      for (;; ++pushed) {
        if (pushed == 2) two_pushed.open();
        queue.push(pair(pushed));
      }
    } catch (const Interrupted&) {
      was_interrupted = true;
    }
  });
  two_pushed.wait();
  queue.cancel();
  producer.join();
  EXPECT_TRUE(was_interrupted);
  EXPECT_EQ(pushed, 2);
}

TEST(PairQueue, DropsWhatWasTakenBefore) {
  for (const std::size_t buffer : {0U, 4U, 50U}) {
    const Order all = order_of(23, 3, buffer);
    PairQueue queue(3, buffer, Rng(1), 9);
    std::thread producer([&] {
      for (std::int64_t i = 0; i < 23; ++i) {
        const auto place = std::find(all.units.begin(), all.units.end(), i) - all.units.begin();
        queue.push(place < 9 ? PatchPair{} : pair(i));
      }
      queue.end();
    });
    std::vector<std::int64_t> units;
    while (const auto batch = queue.next()) {
      for (std::size_t i = 0; i < batch->pairs.size(); ++i) {
        units.push_back(batch->pairs[i].unit);
        EXPECT_EQ(batch->names[i], std::to_string(units.back()));
      }
    }
    producer.join();
    EXPECT_EQ(units, std::vector<std::int64_t>(all.units.begin() + 9, all.units.end()));
  }
  PairQueue queue(1, 0, Rng(1), 1);
  queue.push({});
  EXPECT_THROW(queue.push({}), InputError);
}

}  // namespace
}  // namespace vcisr::data
