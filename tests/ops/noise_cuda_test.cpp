// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <torch/types.h>

#include "vcisr/ops/noise.h"

namespace vcisr::ops {
namespace {

class NoiseCuda : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no GPU";
    torch::manual_seed(1);
  }
};

TEST_F(NoiseCuda, GivesTheBitsOfTheCpu) {
  for (const auto& [height, width] : {std::pair{1, 1}, {7, 9}, {65, 131}, {360, 360}}) {
    const auto x = torch::rand({3, height, width});
    const auto on_gpu = x.to(torch::kCUDA);
    for (const bool gray : {false, true}) {
      const GaussianNoise gaussian{.sigma_8bit = 12.5, .gray = gray, .seed = 5};
      const auto y = add_gaussian_noise(on_gpu, gaussian);
      EXPECT_TRUE(y.is_cuda());
      EXPECT_TRUE(torch::equal(y.cpu(), add_gaussian_noise(x, gaussian))) << gray;
      for (const auto order : {ChannelOrder::kRgb, ChannelOrder::kBgr}) {
        const PoissonNoise poisson{.scale = 1.7, .gray = gray, .seed = 6, .order = order};
        EXPECT_TRUE(
            torch::equal(add_poisson_noise(on_gpu, poisson).cpu(), add_poisson_noise(x, poisson)))
            << gray;
      }
    }
  }
}

}  // namespace
}  // namespace vcisr::ops
