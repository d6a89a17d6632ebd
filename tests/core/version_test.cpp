// SPDX-License-Identifier: Apache-2.0
#include "vcisr/core/version.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace vcisr {
namespace {

TEST(Version, HasThreeNumbers) {
  EXPECT_EQ(std::count(version().begin(), version().end(), '.'), 2);
  EXPECT_EQ(version().find_first_not_of("0123456789."), std::string_view::npos);
}

}  // namespace
}  // namespace vcisr
