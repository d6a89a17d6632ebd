// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <torch/types.h>

#include "support/hash_rule.h"
#include "vcisr/core/error.h"
#include "vcisr/networks/network.h"
#include "vcisr/ops/resize.h"

namespace vcisr::networks {
namespace {

TEST(Bicubic, DoublesUnlessToldElse) {
  EXPECT_EQ(registry().make(Config::parse("{type: bicubic}"))->scale(), 2);
  EXPECT_EQ(registry().make(Config::parse("{type: bicubic, scale: 3}"))->scale(), 3);
  EXPECT_THROW((void)registry().make(Config::parse("{type: bicubic, scale: 17}")), ConfigError);
}

TEST(Bicubic, IsTheResizeOfOps) {
  const auto network = registry().make(Config::parse("{type: bicubic, scale: 3}"));
  const auto lq = tests::hash_image("bicubic", {2, 3, 7, 5});
  const auto expected = ops::resize(lq, 21, 15);
  EXPECT_TRUE(torch::equal(network->forward(lq.unsqueeze(0)).squeeze(0), expected));
}

TEST(Bicubic, WritesIntoWhatIsThere) {
  const auto network = registry().make(Config::parse("{type: bicubic}"));
  const auto lq = tests::hash_image("bicubic", {2, 2, 3, 6, 5});
  const auto expected = network->forward(lq);
  auto whole = torch::full({2, 2, 3, 14, 12}, -1.0F);
  auto part = whole.slice(-2, 1, 13).slice(-1, 2, 12);
  network->forward_into(lq, part);
  EXPECT_TRUE(torch::equal(part, expected));
  EXPECT_EQ(whole.eq(-1).sum().item<std::int64_t>(), 4 * 3 * (14 * 12 - 12 * 10));

  auto turned = torch::empty({2, 2, 3, 10, 12}).transpose(-1, -2);
  network->forward_into(lq, turned);
  EXPECT_TRUE(torch::equal(turned, expected));
}

}  // namespace
}  // namespace vcisr::networks
