// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <torch/types.h>

#include "vcisr/ops/interpolate.h"

namespace vcisr::ops {
namespace {

class InterpolateCuda : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no GPU";
  }
};

TEST_F(InterpolateCuda, GivesWhatTheCpuGives) {
  torch::manual_seed(27);
  const auto x = torch::rand({2, 3, 61, 83});
  const auto on_gpu = x.to(torch::kCUDA);
  for (const auto mode :
       {InterpolateMode::kArea, InterpolateMode::kBilinear, InterpolateMode::kBicubic}) {
    // Positions in float32, as torch's CPU code has them.
    const auto expect_near = [](const torch::Tensor& gpu, const torch::Tensor& cpu) {
      EXPECT_TRUE(gpu.is_cuda());
      EXPECT_TRUE(gpu.is_contiguous());
      EXPECT_LT((gpu.cpu() - cpu).abs().max().item<double>(), 3e-5);
    };
    expect_near(interpolate(on_gpu, 90, 31, mode), interpolate(x, 90, 31, mode));
    expect_near(interpolate(on_gpu, 1, 200, mode), interpolate(x, 1, 200, mode));
    expect_near(interpolate_by(on_gpu, 0.43, mode), interpolate_by(x, 0.43, mode));
    expect_near(interpolate_by(on_gpu, 1.37, mode), interpolate_by(x, 1.37, mode));
  }
}

}  // namespace
}  // namespace vcisr::ops
