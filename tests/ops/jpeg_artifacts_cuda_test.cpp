// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <torch/types.h>

#include "vcisr/ops/jpeg_artifacts.h"

namespace vcisr::ops {
namespace {

class JpegArtifactsCuda : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no GPU";
  }
};

TEST_F(JpegArtifactsCuda, GivesWhatTheCpuGives) {
  torch::manual_seed(38);
  const auto x = torch::rand({3, 3, 53, 71});
  const auto quality = torch::tensor({31.0, 60.5, 95.0}, torch::kFloat64);
  for (const auto order : {ChannelOrder::kRgb, ChannelOrder::kBgr}) {
    const auto exact = jpeg_artifacts(x.to(torch::kFloat64), quality, order);
    const auto wide = jpeg_artifacts(x.to(torch::kCUDA, torch::kFloat64), quality, order);
    EXPECT_LT((wide.cpu() - exact).abs().max().item<double>(), 1e-9);
    const auto y = jpeg_artifacts(x.to(torch::kCUDA), quality, order);
    EXPECT_TRUE(y.is_cuda());
    EXPECT_TRUE(y.is_contiguous());
    // A few blocks in which float32 rounds a coefficient to the other side of a tie.
    const auto differs = (y.cpu() - exact).abs().gt(2e-6).to(torch::kFloat64);
    EXPECT_LT(differs.mean().item<double>(), 0.1);
  }
}

}  // namespace
}  // namespace vcisr::ops
