// SPDX-License-Identifier: Apache-2.0
#include "vcisr/core/range.h"

#include <cmath>

#include <gtest/gtest.h>

namespace vcisr {
namespace {

TEST(Range, ContainsBothItsEnds) {
  constexpr Range<int> kRange{2, 5};
  static_assert(kRange.contains(2) && kRange.contains(5));
  EXPECT_FALSE(kRange.contains(1));
  EXPECT_FALSE(kRange.contains(6));
  EXPECT_TRUE(kRange.contains(Range<int>{3, 5}));
  EXPECT_FALSE(kRange.contains(Range<int>{3, 6}));
}

TEST(Range, DoesNotContainNan) {
  EXPECT_FALSE((Range<double>{0, 1}.contains(NAN)));
  EXPECT_FALSE((Range<double>{0, NAN}.is_ordered()));
}

TEST(Range, ClampsToTheNearestEnd) {
  constexpr Range<double> kRange{-1, 1};
  EXPECT_EQ(kRange.clamp(-7), -1);
  EXPECT_EQ(kRange.clamp(0.5), 0.5);
  EXPECT_EQ(kRange.clamp(7), 1);
  EXPECT_FALSE((Range<int>{2, 1}.is_ordered()));
  EXPECT_EQ((Range<int>{1, 2}), (Range<int>{1, 2}));
}

}  // namespace
}  // namespace vcisr
