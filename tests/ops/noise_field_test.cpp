// SPDX-License-Identifier: Apache-2.0
// The random numbers of noise: that they are those the header promises, and that they are normal.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "instruction_sets.h"
#include "ops/noise/cpu_kernels.h"
#include "ops/noise/noise_steps.h"
#include "vcisr/core/rng.h"

namespace vcisr::ops {
namespace {

using detail::NoiseSource;
using detail::NoiseStream;

/// Sample i's block and part, as vcisr/ops/noise.h has it.
std::array<std::uint32_t, 4> block_of(std::uint64_t seed, NoiseStream stream, std::uint64_t i) {
  const std::uint64_t block = 16 * (i / 64) + i % 16;
  return philox4x32_10({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                        static_cast<std::uint32_t>(stream), 0x6e6f6973u},
                       {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
}
std::size_t part_of(std::uint64_t i) { return i / 16 % 4; }

double normal_by_definition(std::uint64_t seed, NoiseStream stream, std::uint64_t i) {
  const auto block = block_of(seed, stream, i);
  const std::size_t part = part_of(i);
  const std::uint32_t w0 = block[part / 2 * 2];
  const std::uint32_t w1 = block[part / 2 * 2 + 1];
  const float m = static_cast<float>(w0 >> 1) + 0.5f;
  const double r = std::sqrt(-2 * std::log(static_cast<double>(m) * 0x1p-31));
  const double angle = std::atan(1.0) * std::bit_cast<std::int32_t>(w1 << 2) * 0x1p-31;
  std::array<double, 2> pair{r * std::cos(angle), r * std::sin(angle)};
  if ((w1 >> 30 & 1) != 0) std::swap(pair[0], pair[1]);
  return (w1 >> 31 != 0 ? -1 : 1) * pair[part % 2];
}

std::vector<float> normals(std::uint64_t seed, std::int64_t n,
                           NoiseStream stream = NoiseStream::kGaussianColour) {
  const auto field = detail::normal_field({n}, NoiseSource(seed, stream));
  return {field.const_data_ptr<float>(), field.const_data_ptr<float>() + n};
}

TEST(NoiseField, HasThePhiloxOfCore) {
  Rng rng(3);
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t seed = rng.next_u64();
    const std::array<std::uint32_t, 4> counter{rng.next_u32(), rng.next_u32(), rng.next_u32(),
                                               rng.next_u32()};
    EXPECT_EQ(detail::philox_block(counter, detail::philox_keys(seed)),
              philox4x32_10(counter, {static_cast<std::uint32_t>(seed),
                                      static_cast<std::uint32_t>(seed >> 32)}));
  }
}

TEST(NoiseField, CountsAsTheHeaderSays) {
  for (const auto set : tests::instruction_sets()) {
    const tests::WithInstructionSet with(set);
    for (const std::uint64_t seed : {0ULL, 7ULL, 0x123456789abcdef0ULL, ~0ULL}) {
      // The last straddles the block's 2^32.
      for (const std::int64_t first : {0, 1, 1000, (1 << 28) - 1}) {
        for (const auto stream : {NoiseStream::kPoissonColour, NoiseStream::kPoissonGray}) {
          std::array<std::uint32_t, 192> words;
          detail::noise_kernels().words(NoiseSource(seed, stream), first, 3, words.data());
          for (std::uint64_t i = 0; i < words.size(); ++i) {
            const std::uint64_t sample = static_cast<std::uint64_t>(first) * 64 + i;
            ASSERT_EQ(words[i], block_of(seed, stream, sample)[part_of(sample)])
                << "set " << static_cast<int>(set) << ", sample " << sample;
          }
        }
      }
    }
  }
}

TEST(NoiseField, IsBoxMullerWithinTheStatedError) {
  constexpr std::int64_t kCount = 1 << 18;
  for (const auto set : tests::instruction_sets()) {
    const tests::WithInstructionSet with(set);
    const auto z = normals(11, kCount);
    double worst = 0;
    for (std::int64_t i = 0; i < kCount; ++i) {
      const double exact =
          normal_by_definition(11, NoiseStream::kGaussianColour, static_cast<std::uint64_t>(i));
      const double error = std::abs(static_cast<double>(z[static_cast<std::size_t>(i)]) - exact);
      worst = std::max(worst, error / std::max(1.0, std::abs(exact)));
    }
    EXPECT_LT(worst, 4e-7) << "set " << static_cast<int>(set);
  }
}

// A recipe's seed must give the same noise in years: these bits may never change. That they are
// right says the test above; the words are from an independent program in Python.
TEST(NoiseField, KeepsItsBits) {
  std::array<std::uint32_t, 64> words;
  detail::noise_kernels().words(NoiseSource(2024, NoiseStream::kPoissonColour), 0, 1, words.data());
  EXPECT_EQ(words[0], 0x8c59d1f6u);
  EXPECT_EQ(words[16], 0xfc9626d4u);
  EXPECT_EQ(words[63], 0x9fa66635u);
  const auto z = normals(2024, 100'000);
  EXPECT_EQ(z[0], -0x1.32df98p+0f);
  EXPECT_EQ(z[16], -0x1.6a867p-8f);
  EXPECT_EQ(z[99'999], 0x1.20f756p+0f);
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const float value : z) hash = (hash ^ std::bit_cast<std::uint32_t>(value)) * 0x100000001b3u;
  EXPECT_EQ(hash, 0x8f677dcf0342085bu);
}

TEST(NoiseField, HasTheSameBitsForEverySetAndNumberOfThreads) {
  constexpr std::int64_t kCount = 70'001;
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto expected = normals(5, kCount);
  for (const auto set : tests::instruction_sets()) {
    const tests::WithInstructionSet with(set);
    for (const int count : {1, 2, 5}) {
      at::set_num_threads(count);
      const auto z = normals(5, kCount);
      EXPECT_EQ(std::memcmp(z.data(), expected.data(), z.size() * sizeof(float)), 0)
          << "set " << static_cast<int>(set) << ", " << count << " threads";
    }
  }
  at::set_num_threads(threads);
  EXPECT_TRUE(std::equal(expected.begin(), expected.begin() + 63, normals(5, 63).begin()));
}

/// Departures from a standard normal distribution, each in units of what chance makes of it: one
/// above 5 has a probability below 1e-6.
struct Departures {
  double mean, variance, skewness, kurtosis, distribution;

  [[nodiscard]] double worst() const {
    return std::max({mean, variance, skewness, kurtosis, distribution});
  }
};

Departures departures(std::vector<float> z) {
  const auto n = static_cast<double>(z.size());
  std::array<double, 5> moments{};
  for (const float value : z) {
    double power = 1;
    for (double& moment : moments) {
      moment += power / n;
      power *= value;
    }
  }
  std::sort(z.begin(), z.end());
  double furthest = 0;  // Kolmogorov.
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double expected = 0.5 * std::erfc(-static_cast<double>(z[i]) / std::sqrt(2.0));
    furthest = std::max({furthest, std::abs(expected - static_cast<double>(i) / n),
                         std::abs(expected - static_cast<double>(i + 1) / n)});
  }
  // P(sqrt(n) D > 2.7) is 1e-6.
  return {std::abs(moments[1]) * std::sqrt(n), std::abs(moments[2] - 1) * std::sqrt(n / 2),
          std::abs(moments[3]) * std::sqrt(n / 15), std::abs(moments[4] - 3) * std::sqrt(n / 96),
          furthest * std::sqrt(n) * 5 / 2.7};
}

TEST(NoiseField, IsStandardNormal) {
  for (const std::uint64_t seed : {1ULL, 2ULL, 0xfedcba9876543210ULL}) {
    const auto d = departures(normals(seed, 1 << 20));
    EXPECT_LT(d.mean, 5) << seed;
    EXPECT_LT(d.variance, 5) << seed;
    EXPECT_LT(d.skewness, 5) << seed;
    EXPECT_LT(d.kurtosis, 5) << seed;
    EXPECT_LT(d.distribution, 5) << seed;
  }
}

TEST(NoiseField, StandardNormalIsAClaimThatCanFail) {
  const auto changed = [](const auto& change) {
    auto z = normals(1, 1 << 20);
    for (float& value : z) value = static_cast<float>(change(value));
    return departures(z).worst();
  };
  EXPECT_GT(changed([](float z) { return z * 1.01f; }), 5);
  EXPECT_GT(changed([](float z) { return z * 0.99f; }), 5);
  EXPECT_GT(changed([](float z) { return z + 0.01f; }), 5);
  EXPECT_GT(changed([](float z) { return std::clamp(z, -3.0f, 3.0f); }), 5);
  EXPECT_GT(changed([](float z) { return std::round(z * 64) / 64; }), 5);
}

TEST(NoiseField, HasTheTailsOfANormalDistribution) {
  constexpr std::array kEdges{4.0, 4.25, 4.5, 4.75, 5.0, 7.0};
  constexpr std::int64_t kGroups = 1 << 14;
  constexpr int kRuns = 48;  // 5e7 numbers.
  std::array<double, 5> found{};
  std::vector<float> z(kGroups * detail::kNoiseGroup);
  float largest = 0;
  for (int run = 0; run < kRuns; ++run) {
    detail::noise_kernels().normals(NoiseSource(99, NoiseStream::kGaussianGray), run * kGroups,
                                    kGroups, z.data());
    for (const float value : z) {
      const float size = std::abs(value);
      if (size < 4) continue;
      largest = std::max(largest, size);
      for (std::size_t i = 0; i < found.size(); ++i) {
        if (size >= kEdges[i] && size < kEdges[i + 1]) ++found[i];
      }
    }
  }
  double chi_square = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double expected =
        static_cast<double>(kRuns) * kGroups * 64 *
        (std::erfc(kEdges[i] / std::sqrt(2.0)) - std::erfc(kEdges[i + 1] / std::sqrt(2.0)));
    chi_square += (found[i] - expected) * (found[i] - expected) / expected;
  }
  EXPECT_LT(chi_square, 5 + 5 * std::sqrt(2 * 5.0));
  EXPECT_GT(largest, 5.2f);
  EXPECT_LT(largest, 6.67f);
}

double correlation(const std::vector<float>& a, const std::vector<float>& b, std::size_t lag = 0) {
  double sum = 0;
  for (std::size_t i = lag; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i - lag];
  return std::abs(sum) / std::sqrt(static_cast<double>(a.size() - lag));
}

/// Of (z^2 - 1) / sqrt(2), which pairs of a common radius could still share.
std::vector<float> squares(std::vector<float> z) {
  for (float& value : z) value = (value * value - 1) / std::sqrt(2.0f);
  return z;
}

TEST(NoiseField, IsIndependentOfItselfAndOfOtherSeedsAndStreams) {
  constexpr std::int64_t kCount = 1 << 19;
  const auto z = normals(1, kCount);
  const auto zz = squares(z);
  EXPECT_GT(correlation(z, z), 500);  // What dependence looks like.
  // 16: the other of a pair; 64: the next block; 360 and 129600: rows and planes of a patch.
  for (const std::size_t lag : {1, 2, 15, 16, 17, 32, 48, 64, 360, 129'600}) {
    EXPECT_LT(correlation(z, z, lag), 5) << lag;
    EXPECT_LT(correlation(zz, zz, lag), 5) << lag;
  }
  const std::vector<std::vector<float>> others = {
      normals(0, kCount), normals(2, kCount), normals(1ULL << 32, kCount),
      normals((1ULL << 63) + 1, kCount), normals(1, kCount, NoiseStream::kGaussianGray)};
  for (std::size_t i = 0; i < others.size(); ++i) {
    EXPECT_LT(correlation(z, others[i]), 5) << i;
    EXPECT_LT(correlation(zz, squares(others[i])), 5) << i;
  }
}

}  // namespace
}  // namespace vcisr::ops
