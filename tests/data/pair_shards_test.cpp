// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/pair_shards.h"

#include <atomic>
#include <cstdint>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/pair_fixtures.h"
#include "data/shard_window.h"
#include "vcisr/core/error.h"
#include "vcisr/data/sharpened_picture.h"

namespace vcisr::data {
namespace {

using ::testing::HasSubstr;
using tests::is_rest;
using tests::message_of;
using tests::rest_of;
using tests::TempFolder;

class PairShardsTest : public ::testing::Test {
 protected:
  PairShardsTest() {
    tests::write_shard(folder_ / "a.safetensors", 0, 7);
    tests::write_shard(folder_ / "b.safetensors", 7, 1);
    tests::write_shard(folder_ / "c.safetensors", 8, 12);
    tests::write_shard(folder_ / "d.safetensors", 20, 3);
  }
  [[nodiscard]] PairShardsOptions options() const {
    PairShardsOptions options;
    options.sources = {folder_.path().string()};
    options.scale = 2;
    options.batch_size = 4;
    options.seed = 3;
    options.threads = 2;
    return options;
  }
  std::string input_error(const PairShardsOptions& options) const {
    return message_of<InputError>([&] { PairShards shards(options); });
  }

  TempFolder folder_;
};

std::vector<int> numbers_of(const std::vector<TrainingBatch>& batches) {
  std::vector<int> numbers;
  for (const auto& batch : batches) {
    for (std::int64_t i = 0; i < batch.lq.size(0); ++i) {
      const auto value = batch.lq[i][0][0][0];
      EXPECT_TRUE((batch.lq[i] == value).all().item<bool>());
      EXPECT_TRUE((batch.hq[i] == value).all().item<bool>());
      numbers.push_back(value.item<int>());
    }
  }
  return numbers;
}

TEST_F(PairShardsTest, GivesEachPairOnceShardByShard) {
  PairShards shards(options());
  EXPECT_EQ(shards.pairs(), 23);
  EXPECT_EQ(shards.batches_per_epoch(), 6);
  std::set<std::vector<int>> orders;
  for (int epoch = 0; epoch < 4; ++epoch) {
    const auto numbers = numbers_of(rest_of(shards, epoch, 0));
    EXPECT_EQ(std::set<int>(numbers.begin(), numbers.end()).size(), 23U);
    int changes = 0;
    const auto shard_of = [](int n) { return n < 7 ? 0 : n < 8 ? 1 : n < 20 ? 2 : 3; };
    for (std::size_t i = 1; i < numbers.size(); ++i) {
      changes += shard_of(numbers[i]) == shard_of(numbers[i - 1]) ? 0 : 1;
    }
    EXPECT_EQ(changes, 3);
    orders.insert(numbers);
  }
  EXPECT_EQ(orders.size(), 4U);
  PairShardsOptions ordered = options();
  ordered.shuffle = false;
  PairShards in_order(ordered);
  const auto numbers = numbers_of(rest_of(in_order, 0, 0));
  EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
}

TEST_F(PairShardsTest, DependsOnSeedAndEpochAloneAndGoesOnAnywhere) {
  PairShardsOptions changed = options();
  changed.patch_size = 12;
  changed.sharpening.emplace();
  changed.augment = {.use_hflip = true, .use_rot = true};
  PairShards shards(changed);
  const auto all = rest_of(shards, 2, 0);
  ASSERT_EQ(all.size(), 6U);
  EXPECT_EQ(all[0].lq.sizes(), (std::vector<std::int64_t>{4, 3, 6, 6}));
  EXPECT_EQ(all[0].hq_sharpened.sizes(), all[0].hq.sizes());
  for (const int threads : {1, 2, 4}) {
    changed.threads = threads;
    PairShards again(changed);
    for (const std::size_t first : {0U, 1U, 3U, 5U, 6U, 40U}) {
      EXPECT_TRUE(is_rest(rest_of(again, 2, static_cast<std::int64_t>(first)), all, first));
    }
  }
}

TEST_F(PairShardsTest, RanksSeeTogetherWhatOneProcessSees) {
  PairShards one(options());
  const auto all = rest_of(one, 0, 0);
  PairShardsOptions mine = options();
  mine.batch_size = 2;
  mine.world = 2;
  PairShards first(mine);
  mine.rank = 1;
  PairShards second(mine);
  const auto a = rest_of(first, 0, 1);
  const auto b = rest_of(second, 0, 1);
  ASSERT_EQ(a.size(), 4U);
  ASSERT_EQ(b.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_TRUE(torch::equal(torch::cat({a[i].lq, b[i].lq}), all[i + 1].lq));
  }
}

TEST_F(PairShardsTest, SharpensWhatIsLoaded) {
  const TempFolder folder;
  tensorfile::Checkpoint shard;
  const auto hq = tests::made_up_picture("hq", 64, 64);
  shard.tensors = {{"lq", torch::zeros({1, 3, 32, 32}, torch::kUInt8)}, {"hq", hq.unsqueeze(0)}};
  shard.metadata = {{"format", "vcisr-pairs"}, {"version", "1"}, {"scale", "2"}, {"colour", "rgb"}};
  tensorfile::write_safetensors(folder / "x.safetensors", shard, false);
  PairShardsOptions changed = options();
  changed.sources = {(folder / "x.safetensors").string()};
  changed.sharpening.emplace();
  PairShards shards(changed);
  const auto batches = rest_of(shards, 0, 0);
  ASSERT_EQ(batches.size(), 1U);
  EXPECT_TRUE(torch::equal(batches[0].hq_sharpened[0], sharpened_picture(hq)));
}

TEST_F(PairShardsTest, WhatDoesNotFitIsOneSentence) {
  PairShardsOptions changed = options();
  changed.scale = 4;
  EXPECT_THAT(input_error(changed), HasSubstr("of scale '2', but '4' is needed"));
  changed = options();
  changed.patch_size = 18;
  EXPECT_THAT(input_error(changed), HasSubstr("less than a patch of 9x9 and 18x18"));
  changed = options();
  changed.sources = {(folder_ / "nowhere").string()};
  EXPECT_THAT(input_error(changed), HasSubstr("nowhere: no such pair shard or folder"));
  const TempFolder empty;
  changed.sources = {empty.path().string()};
  EXPECT_THAT(input_error(changed), HasSubstr("holds no pair shard"));

  tests::write_shard(folder_ / "e.safetensors", 0, 2, 10);
  EXPECT_THAT(input_error(options()), HasSubstr("pairs of unequal sizes"));
  changed = options();
  changed.patch_size = 16;
  EXPECT_EQ(PairShards(changed).pairs(), 25);
  tests::write_shard(folder_ / "e.safetensors", 0, 2, 8, {{"format", "x"}});
  EXPECT_THAT(input_error(options()), HasSubstr("e.safetensors: is no pair shard"));
  tests::write_shard(folder_ / "e.safetensors", 0, 2, 8, {{"version", "2"}});
  EXPECT_THAT(input_error(options()), HasSubstr("of version '2', but '1' is needed"));
  tests::write_shard(folder_ / "e.safetensors", 0, 2, 8, {{"colour", "bgr"}});
  EXPECT_THAT(input_error(options()), HasSubstr("of colour 'bgr'"));
  tests::write_shard(folder_ / "e.safetensors", 0, 2);
  PairShards shards(options());
  std::filesystem::resize_file(folder_ / "e.safetensors", 500);
  EXPECT_THAT(input_error(options()), HasSubstr("e.safetensors: "));
  EXPECT_THAT(message_of<InputError>([&] { static_cast<void>(rest_of(shards, 0, 0)); }),
              HasSubstr("e.safetensors: "));
  tests::write_shard(folder_ / "e.safetensors", 0, 1);
  EXPECT_THAT(message_of<InputError>([&] { static_cast<void>(rest_of(shards, 0, 0)); }),
              HasSubstr("was changed while a training was taking pairs"));
}

TEST(ShardWindow, HoldsTwoShardsAtMostAndLoadsOnlyWhatIsUsed) {
  std::atomic<int> loaded = 0;
  const std::vector<std::int64_t> uses = {2, 0, 1, 3, 1};
  ShardWindow window(uses, [&](std::size_t) {
    ++loaded;
    return ShardSamples{torch::zeros({1}), torch::zeros({1})};
  });
  const auto settle = [&] {
    int before = -1;
    while (before != loaded) {
      before = loaded;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return before;
  };
  EXPECT_EQ(settle(), 2);
  window.use(0, [](const ShardSamples&) {});
  EXPECT_EQ(settle(), 2);
  window.use(0, [](const ShardSamples&) {});
  EXPECT_EQ(settle(), 3);
  window.use(2, [](const ShardSamples& shard) { EXPECT_TRUE(shard.lq.defined()); });
  EXPECT_EQ(settle(), 4);
}

TEST(ShardWindow, AFailureReachesAllThatWaitAndCancelEndsWaiting) {
  ShardWindow window({1, 1, 1}, [](std::size_t place) -> ShardSamples {
    if (place == 1) throw InputError("torn");
    return {};
  });
  window.use(0, [](const ShardSamples&) {});
  EXPECT_THROW(window.use(1, [](const ShardSamples&) {}), InputError);
  EXPECT_THROW(window.use(2, [](const ShardSamples&) {}), InputError);
  ShardWindow endless({1, 1, 1}, [](std::size_t) { return ShardSamples{}; });
  std::thread waiting(
      [&] { EXPECT_THROW(endless.use(2, [](const ShardSamples&) {}), Interrupted); });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  endless.cancel();
  waiting.join();
}

}  // namespace
}  // namespace vcisr::data
