// SPDX-License-Identifier: Apache-2.0
#include "vcisr/core/rng.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vcisr/core/error.h"

namespace vcisr {
namespace {

using ::testing::ElementsAre;

// The known answers for philox4x32-10 that its authors publish with Random123.
TEST(Philox, GivesThePublishedAnswers) {
  EXPECT_THAT(philox4x32_10({0, 0, 0, 0}, {0, 0}),
              ElementsAre(0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u));
  constexpr auto kOnes = 0xffffffffu;
  EXPECT_THAT(philox4x32_10({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
              ElementsAre(0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu));
  EXPECT_THAT(philox4x32_10({0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u},
                            {0xa4093822u, 0x299f31d0u}),
              ElementsAre(0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u));
}

// The expected numbers of this test were computed by an independent program in Python.
TEST(Rng, GivesTheSameNumbersOnEveryMachine) {
  Rng rng(0x123456789abcdef0u, 42);
  EXPECT_EQ(rng.next_u64(), 0xfa4f66cc34eb1b75u);
  EXPECT_EQ(rng.next_u64(), 0x43f9aa1823b3d55cu);
  EXPECT_EQ(rng.next_u64(), 0x68e0d7af2633028cu);
  Rng uniform(7, 3);
  EXPECT_EQ(uniform.uniform(), 0x1.fb03c4297b350p-4);
  EXPECT_EQ(uniform.uniform(), 0x1.33168c20534f2p-1);
  EXPECT_EQ(uniform.uniform(), 0x1.d6e8cf62597dep-2);
  Rng normal(7, 3);
  EXPECT_EQ(normal.normal(), -0x1.ef564107e0eddp-1);
  EXPECT_EQ(normal.normal(), -0x1.5a3f758ab7133p+1);
  EXPECT_EQ(normal.normal(), 0x1.439f7304228a9p-1);
  EXPECT_EQ(normal.normal(), 0x1.6bda421d2caeep-3);
  EXPECT_EQ(Rng(7, 3).fork("noise").next_u64(), 0x37b08c4197035634u);
  EXPECT_EQ(Rng(7, 3).fork(5).next_u64(), 0xe10f1f1eaa3ece23u);
  EXPECT_EQ(Rng(7, 3, 5), Rng(7, 3).fork(5));
}

TEST(Rng, GivesASampleTheSameDrawsWhateverTheThread) {
  constexpr std::uint64_t kSamples = 64;
  std::vector<double> in_order(kSamples);
  for (std::uint64_t i = 0; i < kSamples; ++i) in_order[i] = Rng(1, i).normal();
  std::vector<double> in_threads(kSamples);
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([t, &in_threads] {
      for (std::uint64_t i = kSamples; i-- > 0;) {
        if (i % 4 == t) in_threads[i] = Rng(1, i).normal();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(in_order, in_threads);
  std::sort(in_order.begin(), in_order.end());
  EXPECT_EQ(std::adjacent_find(in_order.begin(), in_order.end()), in_order.end());
}

TEST(Rng, ForksNeitherDrawNorDependOnDraws) {
  Rng rng(5, 9);
  const Rng before = rng.fork("blur");
  EXPECT_EQ(rng, Rng(5, 9));
  (void)rng.next_u32();
  EXPECT_EQ(rng.fork("blur"), before);
  std::vector<std::uint64_t> firsts;
  for (Rng stream :
       {rng, before, rng.fork("noise"), rng.fork(0), rng.fork(1), rng.fork("blur").fork("noise"),
        rng.fork("noise").fork("blur"), Rng(5, 10).fork("blur"), Rng(6, 9).fork("blur")}) {
    firsts.push_back(stream.next_u64());
  }
  std::sort(firsts.begin(), firsts.end());
  EXPECT_EQ(std::adjacent_find(firsts.begin(), firsts.end()), firsts.end());
}

TEST(Rng, GoesOnExactlyFromItsState) {
  Rng rng(0xdeadbeefcafef00du, 77);
  for (int skip = 0; skip < 11; ++skip) {
    Rng copy = Rng::from_state(rng.state());
    EXPECT_EQ(copy, rng);
    EXPECT_EQ(copy.next_u64(), Rng(rng).next_u64());
    (void)rng.next_u32();
  }
  EXPECT_EQ(Rng(1).state(), "philox4x32-10 0000000000000001 0000000000000000 0000000000000000 4");
}

TEST(Rng, RefusesStatesThatAreNone) {
  const std::string good = Rng(1).state();
  const std::string headless = good.substr(0, good.size() - 1);
  const std::vector<std::string> all_bad = {
      "",
      "mt19937 1",
      good + " ",
      headless,
      headless + "5",
      headless + "3",
      "philox4x32-10 000000000000000g 0000000000000000 0000000000000000 4"};
  for (const auto& bad : all_bad) {
    EXPECT_THROW((void)Rng::from_state(bad), CheckpointError) << bad;
  }
}

TEST(Rng, DrawsUniformNumbersWithinTheirEnds) {
  Rng rng(2);
  double sum = 0;
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    const double value = rng.uniform(-2, 6);
    ASSERT_GE(value, -2);
    ASSERT_LT(value, 6);
    sum += value;
  }
  EXPECT_NEAR(sum / kDraws, 2, 0.03);  // Four standard errors of 8 / sqrt(12 n).
  EXPECT_EQ(rng.uniform(3, 3), 3);
  EXPECT_LT(rng.uniform(1, std::nextafter(1.0, 2.0)), std::nextafter(1.0, 2.0));
  const double most = std::numeric_limits<double>::max();
  EXPECT_TRUE(std::isfinite(rng.uniform(-most, most)));
  EXPECT_THROW(rng.uniform(1, 0), ConfigError);
  EXPECT_THROW(rng.uniform(0, INFINITY), ConfigError);
  EXPECT_THROW(rng.uniform(NAN, 1), ConfigError);
}

TEST(Rng, DrawsIntegersWithoutBias) {
  Rng rng(3);
  std::vector<int> counts(7);
  constexpr int kDraws = 70000;
  for (int i = 0; i < kDraws; ++i) ++counts.at(rng.uniform_int(Range<std::size_t>{0, 6}));
  for (const int count : counts) EXPECT_NEAR(count, kDraws / 7, 400);  // Above four sigma.
  EXPECT_EQ(rng.uniform_int(-4, -4), -4);
  EXPECT_THROW(rng.uniform_int(1, 0), ConfigError);
  // Three quarters of 2^64 is where a plain remainder would favour the lower third most.
  const std::int64_t hi = std::numeric_limits<std::int64_t>::max();
  const std::int64_t lo = std::numeric_limits<std::int64_t>::min() / 2;
  int low_third = 0;
  for (int i = 0; i < 30000; ++i) low_third += rng.uniform_int(lo, hi) < 0 ? 1 : 0;
  EXPECT_NEAR(low_third, 10000, 330);
  bool has_negative = false;
  bool has_positive = false;
  for (int i = 0; i < 100; ++i) {
    const auto value = rng.uniform_int(std::numeric_limits<std::int64_t>::min(), hi);
    has_negative |= value < 0;
    has_positive |= value > 0;
  }
  EXPECT_TRUE(has_negative && has_positive);
}

TEST(Rng, DrawsNormalNumbers) {
  Rng rng(4);
  constexpr int kDraws = 200000;
  std::vector<float> values(kDraws);
  rng.fill_normal(values);
  double sum = 0;
  double squares = 0;
  double cubes = 0;
  double fourths = 0;
  int within_one = 0;
  for (const double x : values) {
    sum += x;
    squares += x * x;
    cubes += x * x * x;
    fourths += x * x * x * x;
    within_one += std::abs(x) < 1 ? 1 : 0;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.01);
  EXPECT_NEAR(squares / kDraws, 1, 0.015);
  EXPECT_NEAR(cubes / kDraws, 0, 0.04);
  EXPECT_NEAR(fourths / kDraws, 3, 0.1);
  EXPECT_NEAR(within_one / static_cast<double>(kDraws), 0.682689, 0.005);
  std::vector<float> odd(3);
  Rng(4).fill_normal(odd);
  EXPECT_THAT(odd, ElementsAre(values[0], values[1], values[2]));
}

TEST(Rng, FillsUniformNumbers) {
  Rng rng(5);
  std::vector<float> values(100000);
  rng.fill_uniform(values);
  EXPECT_GE(*std::min_element(values.begin(), values.end()), 0);
  EXPECT_LT(*std::max_element(values.begin(), values.end()), 1);
  EXPECT_NEAR(std::accumulate(values.begin(), values.end(), 0.0) / 100000, 0.5, 0.004);
}

TEST(Rng, ChoosesByWeight) {
  Rng rng(6);
  const std::vector<double> weights = {0.2, 0, 0.5, 0.3};
  std::vector<int> counts(4);
  for (int i = 0; i < 50000; ++i) ++counts.at(rng.choose(weights));
  EXPECT_NEAR(counts[0], 10000, 400);
  EXPECT_EQ(counts[1], 0);
  EXPECT_NEAR(counts[2], 25000, 450);
  EXPECT_NEAR(counts[3], 15000, 420);
  EXPECT_EQ(rng.choose(std::vector<double>{5}), 0U);
  const std::vector<std::vector<double>> all_bad = {{}, {0.0}, {1.0, -1.0}, {1.0, NAN}, {INFINITY}};
  for (const auto& bad : all_bad) {
    EXPECT_THROW(rng.choose(bad), ConfigError);
  }
  EXPECT_FALSE(rng.chance(0));
  EXPECT_TRUE(rng.chance(1));
}

TEST(Rng, ShufflesToEveryOrderAlike) {
  Rng rng(7);
  std::vector<int> counts(6);
  for (int i = 0; i < 12000; ++i) {
    const auto order = rng.permutation(3);
    ASSERT_TRUE(std::is_permutation(order.begin(), order.end(), std::vector{0, 1, 2}.begin()));
    ++counts.at(static_cast<std::size_t>(order[0] * 2 + (order[1] > order[2] ? 1 : 0)));
  }
  for (const int count : counts) EXPECT_NEAR(count, 2000, 170);
  EXPECT_TRUE(rng.permutation(0).empty());
}

}  // namespace
}  // namespace vcisr
