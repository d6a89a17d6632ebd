// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "evaluation/report_fixtures.h"
#include "vcisr/evaluation/result.h"

namespace vcisr::evaluation {
namespace {

using tests::kInf;
using tests::kNan;

TEST(Statistics, AreOfThePopulation) {
  const auto odd = statistics(std::vector<double>{4, 1, 2.5});
  EXPECT_EQ(odd.count, 3);
  EXPECT_EQ(odd.mean, 2.5);
  EXPECT_EQ(odd.median, 2.5);
  EXPECT_DOUBLE_EQ(odd.stdev, std::sqrt(1.5));
  EXPECT_EQ(odd.min, 1);
  EXPECT_EQ(odd.max, 4);
  EXPECT_EQ(statistics(std::vector<double>{7, 1, 2, 5}).median, 3.5);
}

TEST(Statistics, CountAndLeaveOutWhatIsNotFinite) {
  const auto numbers = statistics(std::vector<double>{kInf, 1, kNan, 3, -kInf, kNan});
  EXPECT_EQ(numbers.count, 2);
  EXPECT_EQ(numbers.identical, 2);
  EXPECT_EQ(numbers.undefined, 2);
  EXPECT_EQ(numbers.mean, 2);
  EXPECT_EQ(numbers.median, 2);
  EXPECT_EQ(numbers.stdev, 1);
}

TEST(Statistics, AreNanWithoutValues) {
  for (const auto& values : {std::vector<double>{}, {kInf, kInf}, {kNan}}) {
    const auto numbers = statistics(values);
    EXPECT_EQ(numbers.count, 0);
    for (const double number :
         {numbers.mean, numbers.median, numbers.stdev, numbers.min, numbers.max}) {
      EXPECT_TRUE(std::isnan(number));
    }
  }
}

TEST(Statistics, KeepTheirDigitsFarFromZero) {
  // A sum of squares would lose all of them.
  const auto numbers = statistics(std::vector<double>{1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16});
  EXPECT_DOUBLE_EQ(numbers.stdev, std::sqrt(22.5));
  EXPECT_EQ(numbers.median, 1e9 + 10);
}

TEST(OverallStatistics, AreOverFramesOfOneFilm) {
  auto result = tests::film_result();
  result.sequences.push_back(tests::failure("x", "unreadable"));
  const auto overall = overall_statistics(result);
  ASSERT_EQ(overall.size(), 2U);
  EXPECT_EQ(overall[0].count, 4);
  EXPECT_EQ(overall[0].identical, 1);
  EXPECT_EQ(overall[0].mean, 31);
  EXPECT_EQ(overall[1].undefined, 1);
  EXPECT_EQ(overall[1].median, 0.375);
}

TEST(OverallStatistics, CountEachFilmOnce) {
  auto result = tests::film_result();
  result.sequences.push_back(tests::film("short"));
  result.sequences[1].frames = {0};
  result.sequences[1].values = {{41}, {kNan}};
  result.sequences.push_back(tests::picture("all identical", kInf));
  const auto overall = overall_statistics(result);
  EXPECT_EQ(overall[0].count, 2);
  EXPECT_EQ(overall[0].mean, 36);
  EXPECT_EQ(overall[0].identical, 1);
  EXPECT_EQ(overall[1].count, 1);
  EXPECT_EQ(overall[1].undefined, 2);
}

TEST(OverallStatistics, StandMissingValues) {
  Result result{.columns = tests::two_columns()};
  EXPECT_EQ(overall_statistics(result).size(), 2U);
  result.sequences = {{.name = "nothing measured", .frames = {0, 1}}};
  EXPECT_EQ(overall_statistics(result)[1].count, 0);
}

}  // namespace
}  // namespace vcisr::evaluation
