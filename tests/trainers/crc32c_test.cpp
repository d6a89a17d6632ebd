// SPDX-License-Identifier: Apache-2.0
#include "trainers/crc32c.h"

#include <string>

#include <gtest/gtest.h>

namespace vcisr::trainers {
namespace {

TEST(Crc32c, GivesRfc3720sNumbers) {
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
  std::string ascending, descending;
  for (int i = 0; i < 32; ++i) {
    ascending.push_back(static_cast<char>(i));
    descending.push_back(static_cast<char>(31 - i));
  }
  EXPECT_EQ(crc32c(ascending), 0x46DD794EU);
  EXPECT_EQ(crc32c(descending), 0x113FDB5CU);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(Crc32c, IsMaskedByRotationAndAddition) {
  // 0x8A9136AA rotated right by 15 is 0x6D551522.
  EXPECT_EQ(masked_crc32c(std::string(32, '\0')), 0x6D551522U + 0xA282EAD8U);
}

}  // namespace
}  // namespace vcisr::trainers
