// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/psnr_b.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "metrics/full_reference_golden.h"
#include "vcisr/metrics/luma.h"
#include "vcisr/metrics/psnr.h"

namespace vcisr::metrics {
namespace {

using ::testing::HasSubstr;

TEST(PsnrB, AgreesWithTheGoldenNumbers) {
  for (const auto& golden : full_reference_cases()) {
    const torch::Tensor distorted = luma(golden.distorted, Luma::kFullRangeRounded);
    const torch::Tensor reference = luma(golden.reference, Luma::kFullRangeRounded);
    const auto expected = golden.metrics().at("psnr_b_fullrange_y").get<double>();
    EXPECT_NEAR(psnr_b_db(distorted, reference), expected, 1e-9);
    EXPECT_NEAR(psnr_b_db(distorted.to(torch::kFloat32), reference.to(torch::kFloat32)), expected,
                1e-9);
    EXPECT_NEAR(psnr_b_db(with_padded_rows(golden.distorted10)[1], golden.reference10[1], 1023.0),
                golden.ten_bit().at("psnr_b_green").get<double>(), 1e-9);
  }
}

TEST(PsnrB, IsThePsnrWhereThereAreNoBlocks) {
  const torch::Tensor reference =
      torch::arange(0, 24 * 32, torch::kInt64).remainder(97).view({24, 32});
  const torch::Tensor flat = torch::full({24, 32}, 40, torch::kUInt8);
  EXPECT_EQ(psnr_b_db(flat, reference.to(torch::kUInt8)),
            psnr_of_mse_db(mean_squared_error(flat, reference.to(torch::kUInt8))));
  EXPECT_EQ(psnr_b_db(flat, flat), std::numeric_limits<double>::infinity());
}

TEST(PsnrB, CountsBlocksOfTheDistortedPlaneOnly) {
  torch::Tensor blocks = torch::zeros({32, 32}, torch::kUInt8);
  blocks.narrow(1, 8, 8).fill_(50);
  const torch::Tensor flat = torch::zeros({32, 32}, torch::kUInt8);
  const double plain = psnr_of_mse_db(mean_squared_error(blocks, flat));
  EXPECT_LT(psnr_b_db(blocks, flat), plain - 0.5);
  EXPECT_EQ(psnr_b_db(flat, blocks), plain);
}

TEST(PsnrB, NeedsABlock) {
  const torch::Tensor plane = torch::zeros({7, 20}, torch::kUInt8);
  EXPECT_THAT(refusal_of([&] { return psnr_b_db(plane, plane); }),
              HasSubstr("PSNR-B needs at least 8x8 pixels, but it was asked for 20x7"));
  EXPECT_THAT(refusal_of([&] { return psnr_b_db(plane.unsqueeze(0), plane.unsqueeze(0)); }),
              HasSubstr("PSNR-B needs two planes [H, W]"));
}

}  // namespace
}  // namespace vcisr::metrics
