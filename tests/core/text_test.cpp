// SPDX-License-Identifier: Apache-2.0
#include "vcisr/core/text.h"

#include <gtest/gtest.h>

namespace vcisr {
namespace {

const std::vector<std::string> kNames = {"features", "scale", "tile_pad", "crf"};

TEST(Text, FindsTheNearestName) {
  EXPECT_EQ(nearest_name("featurs", kNames), "features");
  EXPECT_EQ(nearest_name("Scale", kNames), "scale");
  EXPECT_EQ(nearest_name("tile-pad", kNames), "tile_pad");
  EXPECT_EQ(nearest_name("crff", kNames), "crf");
}

TEST(Text, OffersNothingThatIsFarAway) {
  EXPECT_EQ(nearest_name("sharpness", kNames), "");
  EXPECT_EQ(nearest_name("xyz", kNames), "");
  EXPECT_EQ(nearest_name("", kNames), "");
  EXPECT_EQ(nearest_name("scale", {}), "");
  EXPECT_EQ(did_you_mean("sharpness", kNames), "");
  EXPECT_EQ(did_you_mean("scal", kNames), " (did you mean 'scale'?)");
}

TEST(Text, JoinsWords) {
  EXPECT_EQ(join({}), "");
  EXPECT_EQ(join(std::vector<std::string>{"a"}), "a");
  EXPECT_EQ(join(std::vector<std::string>{"a", "b", "c"}), "a, b, c");
  EXPECT_EQ(join(std::vector<std::string>{"a", "b"}, " | "), "a | b");
}

TEST(Text, FormatsBytes) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(12), "12 B");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_bytes(1.5 * (1 << 30)), "1.5 GiB");
  EXPECT_EQ(format_bytes(5e18), "4547473.5 TiB");
}

}  // namespace
}  // namespace vcisr
