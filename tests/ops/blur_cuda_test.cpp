// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "vcisr/ops/blur.h"

namespace vcisr::ops {
namespace {

double furthest(const torch::Tensor& a, const torch::Tensor& b) {
  return (a.to(torch::kFloat64) - b.to(torch::kFloat64)).abs().max().item<double>();
}

struct Case {
  std::int64_t batch, channels, height, width, size;
};

const std::vector<Case> kCases = {{1, 3, 37, 53, 21}, {2, 1, 12, 11, 21}, {3, 2, 5, 70, 7},
                                  {1, 1, 1, 1, 1},    {1, 1, 90, 91, 5},  {2, 3, 16, 48, 3}};

class BlurCuda : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no GPU";
  }
};

TEST_F(BlurCuda, GivesWhatTheCpuGives) {
  torch::manual_seed(8);
  for (const auto& c : kCases) {
    const auto x = torch::rand({c.batch, c.channels, c.height, c.width});
    const auto kernels = torch::randn({c.batch, c.size, c.size});
    const double tolerance = 1e-6 * kernels.abs().sum().item<double>();
    const auto on_gpu = x.to(torch::kCUDA);
    EXPECT_LT(furthest(filter2d(on_gpu, kernels).cpu(), filter2d(x, kernels)), tolerance);
    EXPECT_LT(
        furthest(filter2d(on_gpu, kernels[0].to(torch::kCUDA)).cpu(), filter2d(x, kernels[0])),
        tolerance);
  }
}

}  // namespace
}  // namespace vcisr::ops
