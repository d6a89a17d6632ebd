// SPDX-License-Identifier: Apache-2.0
// Poisson counts: the tables against the law itself, and what is drawn against its probabilities.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "instruction_sets.h"
#include "ops/noise/cpu_kernels.h"
#include "ops/noise/noise_cpu.h"
#include "ops/noise/noise_steps.h"
#include "ops/noise/poisson_table.h"

namespace vcisr::ops {
namespace {

using detail::NoiseSource;
using detail::NoiseStream;

/// P(count = n), by another way than the tables': logarithms.
long double probability(double rate, int n) {
  if (rate == 0) return n == 0 ? 1 : 0;
  const long double wide = rate;
  return std::exp(n * std::log(wide) - wide - std::lgamma(static_cast<long double>(n) + 1));
}

double rate_of(int level, int log2_v) {
  return static_cast<double>(static_cast<float>(level) / 255.0f * static_cast<float>(1 << log2_v));
}

TEST(PoissonTable, HasTheDistributionToThe32ndBit) {
  for (int log2_v = 0; log2_v <= 8; ++log2_v) {
    for (int level = 0; level < 256; level += log2_v == 8 ? 1 : 5) {
      const double rate = rate_of(level, log2_v);
      int least = 0;
      const auto thresholds = detail::poisson_thresholds(rate, &least);
      ASSERT_LE(thresholds.size(), 254U);
      EXPECT_TRUE(std::is_sorted(thresholds.begin(), thresholds.end()));
      const int end = least + static_cast<int>(thresholds.size());
      long double up_to = 0;
      for (int n = 0; n <= end; ++n) {
        up_to += probability(rate, n);
        const long double threshold =
            n < least ? 0 : (n == end ? 0x1p32L : thresholds[static_cast<std::size_t>(n - least)]);
        ASSERT_NEAR(static_cast<double>(up_to * 0x1p32L - threshold), 0, 0.501)
            << "rate " << rate << ", count " << n;
      }
    }
  }
}

TEST(PoissonTable, AnswersEveryWordAsTheThresholdsDo) {
  for (const auto set : tests::instruction_sets()) {
    const tests::WithInstructionSet with(set);
    for (int log2_v = 0; log2_v <= 8; ++log2_v) {
      const auto& table = detail::poisson_table(log2_v);
      for (int level = 0; level < 256; level += 3) {
        int least = 0;
        const auto thresholds = detail::poisson_thresholds(rate_of(level, log2_v), &least);
        std::vector<std::uint32_t> words{0, 1, ~0U, ~0U - 1};
        for (const auto threshold : thresholds) {
          words.insert(words.end(), {threshold - 1, threshold, threshold + 1});
        }
        for (std::uint32_t column = 0; column < 256; ++column) {
          words.insert(words.end(), {column << 24, (column << 24) - 1, (column << 24) + 0x5a5a5aU});
        }
        const std::vector<std::uint8_t> levels(words.size(), static_cast<std::uint8_t>(level));
        std::vector<std::uint16_t> counts(words.size());
        detail::noise_kernels().poisson_counts(table.levels(), levels.data(), words.data(),
                                               static_cast<std::int64_t>(words.size()),
                                               counts.data());
        for (std::size_t i = 0; i < words.size(); ++i) {
          const auto passed =
              std::upper_bound(thresholds.begin(), thresholds.end(), words[i]) - thresholds.begin();
          ASSERT_EQ(counts[i], least + passed)
              << "V " << (1 << log2_v) << ", level " << level << ", word " << words[i];
        }
      }
    }
  }
}

TEST(PoissonTable, IsOneForAllThreads) {
  std::vector<const detail::PoissonTable*> seen(4);
  std::vector<std::thread> threads;
  for (auto& table : seen) {
    threads.emplace_back([&table] { table = &detail::poisson_table(5); });
  }
  for (auto& thread : threads) thread.join();
  for (const auto* table : seen) EXPECT_EQ(table, seen.front());
  EXPECT_EQ(seen.front()->inverse_rate_scale, 1.0f / 32);
}

// As NoiseField.KeepsItsBits: a seed must give the same noise in years.
TEST(PoissonTable, KeepsItsNumbers) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (int log2_v = 0; log2_v <= 8; ++log2_v) {
    for (const auto threshold : detail::poisson_table(log2_v).thresholds) {
      hash = (hash ^ threshold) * 0x100000001b3u;
    }
  }
  EXPECT_EQ(hash, 0x8ffd744b930fc5fau);
}

struct Rate {
  int level, log2_v;
};
constexpr Rate kRates[] = {{77, 0}, {255, 0}, {1, 8},   {15, 7},
                           {60, 8}, {128, 8}, {255, 7}, {255, 8}};

/// Counts of samples that share one rate.
std::vector<std::int64_t> histogram(const Rate& rate, std::int64_t n, std::uint64_t seed) {
  const detail::PictureLevels picture{torch::full({n}, rate.level, torch::kUInt8), rate.log2_v};
  const auto counts =
      detail::poisson_counts(picture, NoiseSource(seed, NoiseStream::kPoissonColour))
          .to(torch::kInt64);
  const auto bins = counts.bincount({}, 512);
  return {bins.const_data_ptr<std::int64_t>(), bins.const_data_ptr<std::int64_t>() + bins.numel()};
}

/// Chi-square of the counts for that rate, in standard deviations from what it should be; counts
/// that are expected less than ten times are put together.
double departure(const std::vector<std::int64_t>& found, double rate) {
  double total = 0;
  for (const auto count : found) total += static_cast<double>(count);
  double chi_square = 0;
  int bins = 0;
  double expected = 0;
  double there = 0;
  double expected_so_far = 0;
  for (std::size_t n = 0; n < found.size(); ++n) {
    expected += total * static_cast<double>(probability(rate, static_cast<int>(n)));
    there += static_cast<double>(found[n]);
    const bool is_last = n + 1 == found.size();
    if (!is_last && (expected < 10 || total - expected_so_far - expected < 10)) continue;
    chi_square += (there - expected) * (there - expected) / expected;
    expected_so_far += expected;
    expected = there = 0;
    ++bins;
  }
  const double freedom = bins - 1;
  return (chi_square - freedom) / std::sqrt(2 * freedom);
}

TEST(PoissonCounts, HaveTheirProbabilities) {
  constexpr std::int64_t kCount = 1 << 21;
  for (const auto& rate : kRates) {
    const double exact = rate_of(rate.level, rate.log2_v);
    const auto found = histogram(rate, kCount, 17);
    EXPECT_LT(departure(found, exact), 6) << "rate " << exact;
    // The same counts for a rate that is wrong by one in a hundred.
    EXPECT_GT(departure(found, exact * 1.01), 10) << "rate " << exact;
    EXPECT_GT(departure(found, exact * 0.99), 10) << "rate " << exact;
  }
}

TEST(PoissonCounts, AreNoneForBlack) {
  for (const int log2_v : {0, 4, 8}) EXPECT_EQ(histogram({0, log2_v}, 5000, 3)[0], 5000);
}

TEST(PoissonCounts, HaveTheirMeanAndVarianceForEveryLevel) {
  constexpr std::int64_t kCount = 1 << 14;
  double pooled = 0;
  for (int level = 1; level < 256; ++level) {
    const auto found = histogram({level, 8}, kCount, static_cast<std::uint64_t>(level));
    const double rate = rate_of(level, 8);
    double mean = 0;
    double variance = 0;
    for (std::size_t n = 0; n < found.size(); ++n) {
      const double share = static_cast<double>(found[n]) / kCount;
      mean += share * static_cast<double>(n);
      variance += share * (static_cast<double>(n) - rate) * (static_cast<double>(n) - rate);
    }
    EXPECT_LT(std::abs(mean - rate), 5 * std::sqrt(rate / kCount)) << level;
    // Var((n - rate)^2) = rate + 2 rate^2.
    EXPECT_LT(std::abs(variance - rate), 5 * std::sqrt((rate + 2 * rate * rate) / kCount)) << level;
    pooled += variance / rate / 255;
  }
  EXPECT_NEAR(pooled, 1, 5 * std::sqrt(2.1 / (255.0 * kCount)));  // 0.4 %.
}

TEST(PoissonCounts, DifferBetweenSeedsAndStreams) {
  const detail::PictureLevels picture{torch::full({1 << 18}, 128, torch::kUInt8), 8};
  const auto field = [&](std::uint64_t seed, NoiseStream stream) {
    const auto counts = detail::poisson_counts(picture, NoiseSource(seed, stream));
    const double rate = rate_of(128, 8);
    return (counts.to(torch::kFloat64) - rate) / std::sqrt(rate);
  };
  const auto correlation = [](const torch::Tensor& a, const torch::Tensor& b) {
    return std::abs((a * b).mean().item<double>()) * std::sqrt(static_cast<double>(a.numel()));
  };
  const auto counts = field(1, NoiseStream::kPoissonColour);
  EXPECT_GT(correlation(counts, counts), 500);
  EXPECT_LT(correlation(counts, field(2, NoiseStream::kPoissonColour)), 5);
  EXPECT_LT(correlation(counts, field(1ULL << 32, NoiseStream::kPoissonColour)), 5);
  EXPECT_LT(correlation(counts, field(1, NoiseStream::kPoissonGray)), 5);
  for (const std::int64_t lag : {1, 16, 64, 360}) {
    EXPECT_LT(correlation(counts.slice(0, lag), counts.slice(0, 0, counts.numel() - lag)), 5);
  }
}

TEST(PictureLevels, RoundToEvenAndSurviveEverything) {
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> values = {0,      -0.0f,        0.1f,         1,      2,    -3,
                                     inf,    -inf,         nan,          1e-30f, 0.5f, 0.00195f,
                                     0.002f, 254.6f / 255, 254.4f / 255, 1e30f,  -nan, 0.0137f};
  const auto x = torch::tensor(values).repeat({3, 7, 1});  // Vectors and what is left of them.
  const std::vector<int> expected = {0, 0,   26, 255, 255, 0,   255, 0, 0,
                                     0, 128, 0,  1,   255, 254, 255, 0, 3};
  for (const auto set : tests::instruction_sets()) {
    const tests::WithInstructionSet with(set);
    std::vector<std::uint8_t> levels(static_cast<std::size_t>(x.numel()));
    const int log2_v =
        detail::picture_levels(x.const_data_ptr<float>(), x.numel() / 3, levels.data());
    EXPECT_EQ(log2_v, 3);  // 0, 1, 3, 26, 128, 254, 255: seven.
    for (std::size_t i = 0; i < levels.size(); ++i) {
      ASSERT_EQ(levels[i], expected[i % values.size()]) << values[i % values.size()];
    }
    const auto by_torch = detail::quantise(x, std::nullopt);
    EXPECT_EQ(by_torch.log2_v, log2_v);
    EXPECT_EQ(
        std::memcmp(by_torch.levels.const_data_ptr<std::uint8_t>(), levels.data(), levels.size()),
        0);
  }
}

TEST(PictureLevels, GiveThePowerOfTwoThatHoldsTheirNumber) {
  for (const int count : {1, 2, 3, 4, 5, 8, 9, 16, 17, 33, 64, 65, 127, 128, 129, 200, 256}) {
    const auto values = torch::arange(3 * 40 * 40).remainder(count).to(torch::kFloat32) / 255;
    const auto x = values.reshape({3, 40, 40});
    const int log2_v = std::bit_width(static_cast<unsigned>(count) - 1);
    EXPECT_EQ(detail::quantise(x, std::nullopt).log2_v, log2_v) << count;
    std::vector<std::uint8_t> levels(3 * 40 * 40);
    EXPECT_EQ(detail::picture_levels(x.const_data_ptr<float>(), 40 * 40, levels.data()), log2_v);
    // The same levels in gray: 0.2989 + 0.587 + 0.114 is 0.9999.
    const auto gray = (values.slice(0, 0, 1600) / 0.9999).reshape({1, 40, 40}).repeat({3, 1, 1});
    EXPECT_EQ(detail::quantise(gray, ChannelOrder::kRgb).log2_v, log2_v) << count;
    EXPECT_EQ(detail::gray_picture_levels(gray.const_data_ptr<float>(), 1600, ChannelOrder::kRgb,
                                          levels.data()),
              log2_v);
  }
}

}  // namespace
}  // namespace vcisr::ops
