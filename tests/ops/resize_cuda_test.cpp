// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "vcisr/ops/device.h"
#include "vcisr/ops/resize.h"

namespace vcisr::ops {
namespace {

struct Case {
  std::int64_t in_h, in_w, out_h, out_w;
};

const std::vector<Case> kCases = {{90, 160, 180, 320}, {90, 161, 270, 483}, {91, 163, 47, 61},
                                  {1, 1, 5, 9},        {5, 9, 1, 1},        {8, 4000, 3, 17}};

class ResizeCuda : public ::testing::Test {
 protected:
  void SetUp() override {
    if (cuda_devices().empty()) GTEST_SKIP() << "no CUDA kernels or no GPU";
  }
};

TEST_F(ResizeCuda, GivesWhatTheCpuGives) {
  torch::manual_seed(81);
  for (const auto& c : kCases) {
    for (const auto dtype : {torch::kFloat32, torch::kFloat64}) {
      const auto x = torch::randn({2, 3, c.in_h, c.in_w}, dtype);
      const auto y = resize(x.to(torch::kCUDA), c.out_h, c.out_w).cpu();
      const double within = dtype == torch::kFloat32 ? 5e-6 : 1e-12;
      EXPECT_LT((y - resize(x, c.out_h, c.out_w)).abs().max().item<double>(), within);
    }
  }
}

TEST_F(ResizeCuda, WritesIntoAWindowAndNothingBeside) {
  const auto x = torch::rand({1, 3, 20, 31}, torch::device(torch::kCUDA));
  auto guarded = torch::full({1, 3, 44, 80}, -7.0f, torch::device(torch::kCUDA));
  auto window = guarded.slice(2, 2, 42).slice(3, 9, 71);
  resize_out(x, window);
  EXPECT_TRUE(torch::equal(window, resize(x, 40, 62)));
  window.fill_(-7.0f);
  EXPECT_TRUE((guarded == -7.0f).all().item<bool>());
}

TEST_F(ResizeCuda, HasTheCpusGradient) {
  torch::manual_seed(82);
  for (const auto& c : kCases) {
    const auto values = torch::randn({1, 2, c.in_h, c.in_w}, torch::kFloat64);
    const auto weight = torch::randn({1, 2, c.out_h, c.out_w}, torch::kFloat64);
    const auto gradient = [&](const torch::Device& device) {
      const auto x = values.to(device).detach().requires_grad_();
      const auto y = (resize(x, c.out_h, c.out_w) * weight.to(device)).sum();
      return torch::autograd::grad({y}, {x})[0].cpu();
    };
    EXPECT_LT((gradient(torch::kCPU) - gradient(torch::kCUDA)).abs().max().item<double>(), 1e-11);
  }
}

}  // namespace
}  // namespace vcisr::ops
