// SPDX-License-Identifier: Apache-2.0
#include "degradation/codec_effort.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace vcisr::degradation {
namespace {

TEST(CodecEffort, IsInTheCodecsOwnTerms) {
  EXPECT_EQ(effort_of("libx264", "medium"), "medium");
  EXPECT_EQ(effort_of("libx265", "superfast"), "superfast");
  EXPECT_EQ(effort_of("libsvtav1", "medium"), "8");
  EXPECT_EQ(effort_of("libvpx-vp9", "medium"), "3");
  EXPECT_EQ(effort_of("libaom-av1", "medium"), "3");
  for (const std::string codec : {"mpeg2video", "mpeg4", "libxvid"}) {
    EXPECT_EQ(effort_of(codec, "medium"), "") << codec;
  }
}

TEST(CodecEffort, GrowsNoSlowerFromWordToWord) {
  const std::vector<std::string> words = {"placebo",   "veryslow", "slower", "slow",
                                          "medium",    "fast",     "faster", "veryfast",
                                          "superfast", "ultrafast"};
  for (const std::string codec : {"libsvtav1", "libvpx-vp9"}) {
    for (std::size_t i = 1; i < words.size(); ++i) {
      EXPECT_LE(std::stoi(effort_of(codec, words[i - 1])), std::stoi(effort_of(codec, words[i])))
          << codec << " " << words[i];
    }
  }
}

TEST(CodecEffort, HandsOnWhatIsNoWordOfX264) {
  EXPECT_EQ(effort_of("libsvtav1", "5"), "5");
  EXPECT_EQ(effort_of("libx264", "fastest"), "fastest");
}

}  // namespace
}  // namespace vcisr::degradation
