// SPDX-License-Identifier: Apache-2.0
#include "data/pair_batches.h"

#include <atomic>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/data_fixtures.h"
#include "vcisr/core/error.h"
#include "vcisr/data/sharpened_picture.h"

namespace vcisr::data {
namespace {

using ::testing::HasSubstr;

LoadedPair numbered(std::int64_t position) {
  return {torch::full({3, 2, 2}, position, torch::kUInt8),
          torch::full({3, 4, 4}, position, torch::kUInt8),
          {},
          std::to_string(position)};
}

std::vector<std::vector<std::string>> names_of(const EpochShare& share, std::int64_t first,
                                               int threads = 3) {
  PairBatches batches(share, first, threads, 60, numbered);
  std::vector<std::vector<std::string>> names;
  while (const auto batch = batches.next()) {
    names.push_back(batch->names);
    EXPECT_EQ(batch->lq.size(0), static_cast<std::int64_t>(batch->names.size()));
    for (std::size_t i = 0; i < batch->names.size(); ++i) {
      EXPECT_EQ(batch->lq[static_cast<std::int64_t>(i)][0][0][0].item<int>(),
                std::stoi(batch->names[i]));
    }
  }
  return names;
}

using Names = std::vector<std::vector<std::string>>;

TEST(PairBatches, OneProcessTakesAllInOrderTheLastBatchIncomplete) {
  const EpochShare share{7, 3, 0, 1};
  EXPECT_EQ(share.batches(), 3);
  for (const int threads : {1, 2, 4}) {
    EXPECT_EQ(names_of(share, 0, threads), (Names{{"0", "1", "2"}, {"3", "4", "5"}, {"6"}}));
  }
  EXPECT_EQ(names_of(share, 2), (Names{{"6"}}));
  EXPECT_EQ(names_of(share, 3), Names{});
  EXPECT_EQ(names_of(share, 99), Names{});
  EXPECT_EQ(names_of({2, 3, 0, 1}, 0), (Names{{"0", "1"}}));
}

TEST(PairBatches, RanksTogetherTakeTheBatchesOfOneProcess) {
  // Ten of thirteen, in batches of two for each of three: the last incomplete one is left out.
  EXPECT_EQ(names_of({13, 2, 0, 3}, 0), (Names{{"0", "1"}, {"6", "7"}}));
  EXPECT_EQ(names_of({13, 2, 1, 3}, 0), (Names{{"2", "3"}, {"8", "9"}}));
  EXPECT_EQ(names_of({13, 2, 2, 3}, 0), (Names{{"4", "5"}, {"10", "11"}}));
  EXPECT_EQ(names_of({13, 2, 2, 3}, 1), (Names{{"10", "11"}}));
  EXPECT_THAT(tests::message_of<ConfigError>([] {
                check_share({5, 2, 0, 3});
              }),
              HasSubstr("5 pairs, fewer than 3 processes take at a time (2 each)"));
}

TEST(PairBatches, AnErrorReachesNextInItsPlace) {
  PairBatches batches({12, 2, 0, 1}, 0, 4, 60, [](std::int64_t position) {
    if (position == 5) throw InputError("the fifth");
    return numbered(position);
  });
  EXPECT_EQ(batches.next()->names.at(0), "0");
  EXPECT_EQ(batches.next()->names.at(0), "2");
  EXPECT_EQ(tests::message_of<InputError>([&] { static_cast<void>(batches.next()); }), "the fifth");
}

TEST(PairBatches, LoadsAheadButNotFar) {
  std::atomic<int> loaded = 0;
  PairBatches batches({1000, 4, 0, 1}, 0, 2, 60, [&](std::int64_t position) {
    ++loaded;
    return numbered(position);
  });
  ASSERT_TRUE(batches.next().has_value());
  int before = -1;
  while (before != loaded) {
    before = loaded;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_GE(before, 4 + 4);
  EXPECT_LE(before, 4 + 8 + 3);
}

TEST(PairCut, TakesTheSamePlaceOfBothTurnedAlike) {
  const auto lq = tests::made_up_picture("lq", 23, 31);
  // Each lq sample stands for a block of the hq picture.
  const auto hq = lq.repeat_interleave(2, 1).repeat_interleave(2, 2);
  const PairCut cut{2, 16, degradation::UsmOptions{}, {.use_hflip = true, .use_rot = true}};
  std::set<std::string> places;
  for (std::uint64_t i = 0; i < 60; ++i) {
    const LoadedPair pair = cut.cut(lq, hq, Rng(1).fork(i));
    EXPECT_EQ(pair.lq.sizes(), (std::vector<std::int64_t>{3, 8, 8}));
    EXPECT_TRUE(torch::equal(pair.lq.repeat_interleave(2, 1).repeat_interleave(2, 2), pair.hq));
    EXPECT_EQ(pair.hq_sharpened.sizes(), pair.hq.sizes());
    places.insert(std::to_string(pair.lq.to(torch::kInt64).sum().item<std::int64_t>()));
  }
  EXPECT_GT(places.size(), 40U);
  const PairCut whole_side{2, 46, {}, {}};
  EXPECT_TRUE(torch::equal(whole_side.cut(lq.narrow(2, 0, 23), hq.narrow(2, 0, 46), Rng(1)).lq,
                           lq.narrow(2, 0, 23)));
}

TEST(PairCut, TargetsAreThoseOfTheWholePictureSharpened) {
  const auto hq = tests::made_up_picture("hq", 200, 220);
  const auto sharpened = sharpened_picture(hq);
  for (const degradation::Crop& crop :
       {degradation::Crop{0, 0, 48, 48}, {152, 172, 48, 48}, {70, 90, 48, 48}, {0, 100, 200, 48}}) {
    EXPECT_TRUE(torch::equal(sharpened_crop(hq, crop), take_crop(sharpened, crop)));
  }
  const auto small = hq.narrow(1, 0, 30).narrow(2, 0, 41).contiguous();
  EXPECT_TRUE(torch::equal(sharpened_crop(small, {3, 5, 16, 16}),
                           take_crop(sharpened_picture(small), {3, 5, 16, 16})));
}

TEST(PairCut, SizesThatDoNotFitAreNamed) {
  const PairCut cut{4, 64, {}, {}};
  EXPECT_EQ(tests::message_of<InputError>([&] {
              check_sizes({"l.png", {20, 30}}, {"h.png", {80, 121}}, cut);
            }),
            "h.png has 121x80, which is not 4 times the 30x20 of l.png");
  EXPECT_EQ(tests::message_of<InputError>([&] {
              check_sizes({"l.png", {20, 15}}, {"h.png", {80, 60}}, cut);
            }),
            "l.png has 15x20 and h.png 60x80, less than a patch of 16x16 and 64x64");
  EXPECT_THROW(check_cut({4, 62, {}, {}}), ConfigError);
}

}  // namespace
}  // namespace vcisr::data
