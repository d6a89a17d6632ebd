// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/block_ssim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "metrics/full_reference_golden.h"

namespace vcisr::metrics {
namespace {

using ::testing::HasSubstr;

TEST(BlockSsim, AgreesWithTheGoldenNumbers) {
  for (const auto& golden : full_reference_cases()) {
    const torch::Tensor distorted = with_padded_rows(golden.distorted);
    const torch::Tensor distorted10 = with_padded_rows(golden.distorted10);
    for (std::int64_t c = 0; c < 3; ++c) {
      // Each window's quotient is float32, as FFmpeg's is: a small picture has few to even it out.
      EXPECT_NEAR(block_ssim(distorted[c], golden.reference[c]),
                  golden.metrics().at("block_ssim_rgb")[c].get<double>(), 3e-7);
      EXPECT_NEAR(block_ssim(distorted10[c], golden.reference10[c], 10),
                  golden.ten_bit().at("block_ssim")[c].get<double>(), 1e-10);
    }
  }
}

TEST(BlockSsim, IsOneForIdenticalPlanes) {
  const torch::Tensor plane = full_reference_cases()[3].reference[0];
  EXPECT_NEAR(block_ssim(plane, plane), 1.0, 1e-12);
  const torch::Tensor deep = full_reference_cases()[3].reference10[0];
  EXPECT_NEAR(block_ssim(deep, deep, 10), 1.0, 1e-12);
}

TEST(BlockSsim, RefusesOtherPlanes) {
  const torch::Tensor plane = torch::zeros({7, 20}, torch::kUInt8);
  EXPECT_THAT(refusal_of([&] { return block_ssim(plane, plane); }),
              HasSubstr("the block SSIM needs at least 8x8 pixels, but it was asked for 20x7"));
  const torch::Tensor square = torch::zeros({8, 8}, torch::kUInt8);
  EXPECT_THAT(refusal_of([&] { return block_ssim(square, square, 10); }),
              HasSubstr("uint8 samples have 8 bits, but bit_depth is 10"));
  const torch::Tensor real = square.to(torch::kFloat32);
  EXPECT_THAT(refusal_of([&] { return block_ssim(real, real); }),
              HasSubstr("needs uint8 or uint16 planes, but they are Float"));
}

}  // namespace
}  // namespace vcisr::metrics
