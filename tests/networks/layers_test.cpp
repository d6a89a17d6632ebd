// SPDX-License-Identifier: Apache-2.0
#include "networks/layers.h"

#include <gtest/gtest.h>
#include <torch/types.h>

namespace vcisr::networks {
namespace {

TEST(PadToMultiple, LeavesAloneWhatFits) {
  const auto x = torch::rand({1, 3, 8, 4});
  EXPECT_TRUE(pad_to_multiple(x, 4).is_same(x));
}

TEST(PadToMultiple, MirrorsWithoutRepeatingTheEdge) {
  const auto x = torch::arange(5, torch::kFloat32).view({1, 1, 1, 5}).expand({1, 1, 4, 5});
  const auto padded = pad_to_multiple(x, 4);
  ASSERT_EQ(padded.sizes(), (std::vector<std::int64_t>{1, 1, 4, 8}));
  const auto expected = torch::tensor({0.F, 1.F, 2.F, 3.F, 4.F, 3.F, 2.F, 1.F});
  EXPECT_TRUE(torch::equal(padded[0][0][2], expected));
}

TEST(PadToMultiple, RepeatsTheEdgeWhereThereIsTooLittleToMirror) {
  const auto one = torch::full({1, 3, 1, 1}, 7.F);
  EXPECT_TRUE(torch::equal(pad_to_multiple(one, 4), torch::full({1, 3, 4, 4}, 7.F)));
  // Each axis by its own length: two rows cannot be mirrored to four, seven columns to eight can.
  const auto x = torch::arange(14, torch::kFloat32).view({1, 1, 2, 7});
  const auto padded = pad_to_multiple(x, 4);
  ASSERT_EQ(padded.sizes(), (std::vector<std::int64_t>{1, 1, 4, 8}));
  EXPECT_TRUE(torch::equal(padded[0][0][3], padded[0][0][1]));
  EXPECT_EQ(padded[0][0][0][7].item<float>(), 5.F);
}

TEST(ShuffleToPlanes, IsTorchsInPlanes) {
  const auto x = torch::rand({2, 18, 4, 5}).contiguous(at::MemoryFormat::ChannelsLast);
  const auto shuffled = shuffle_to_planes(x, 3);
  EXPECT_TRUE(torch::equal(shuffled, at::pixel_shuffle(x, 3)));
  EXPECT_TRUE(shuffled.is_contiguous());
}

TEST(RecordsGradient, OnlyWhereOneIsAskedFor) {
  const auto plain = torch::rand({1});
  const auto wanted = torch::rand({1}, torch::requires_grad());
  EXPECT_TRUE(records_gradient(plain, {plain, wanted}));
  EXPECT_TRUE(records_gradient(wanted, {plain}));
  EXPECT_FALSE(records_gradient(plain, {plain}));
  const torch::NoGradGuard no_grad;
  EXPECT_FALSE(records_gradient(wanted, {wanted}));
}

}  // namespace
}  // namespace vcisr::networks
