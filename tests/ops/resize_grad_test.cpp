// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "vcisr/ops/resize.h"

namespace vcisr::ops {
namespace {

struct Case {
  std::int64_t in_h, in_w, out_h, out_w;
  ResizeFilter filter;
};

const std::vector<Case> kCases = {
    {3, 4, 6, 8, ResizeFilter::kBicubic},  {6, 9, 3, 3, ResizeFilter::kBicubic},
    {5, 3, 7, 8, ResizeFilter::kLanczos3}, {7, 5, 2, 9, ResizeFilter::kBilinear},
    {1, 2, 3, 1, ResizeFilter::kBicubic},
};

torch::Tensor gradient(const torch::Tensor& y, const torch::Tensor& x,
                       const torch::Tensor& weight) {
  return torch::autograd::grad({(y * weight).sum()}, {x})[0];
}

// Numeric Jacobian of sum(weight * f(x)), by central differences.
template <class F>
torch::Tensor numeric_gradient(const F& f, const torch::Tensor& x, const torch::Tensor& weight) {
  const torch::NoGradGuard no_grad;
  constexpr double kStep = 1e-4;
  auto result = torch::zeros(x.sizes(), torch::kFloat64);
  auto point = x.detach().clone(torch::MemoryFormat::Contiguous);
  auto* const at = point.data_ptr<double>();
  for (std::int64_t i = 0; i < point.numel(); ++i) {
    const double value = at[i];
    at[i] = value + kStep;
    const double above = (f(point) * weight).sum().template item<double>();
    at[i] = value - kStep;
    const double below = (f(point) * weight).sum().template item<double>();
    at[i] = value;
    result.view({-1})[i] = (above - below) / (2 * kStep);
  }
  return result;
}

TEST(ResizeGrad, IsTheNumericJacobian) {
  torch::manual_seed(21);
  for (const auto& c : kCases) {
    const auto f = [&](const torch::Tensor& x) { return resize(x, c.out_h, c.out_w, c.filter); };
    const auto weight = torch::randn({2, 2, c.out_h, c.out_w}, torch::kFloat64);
    const auto dense = torch::randn({2, 2, c.in_h, c.in_w}, torch::kFloat64);
    const auto strided = torch::randn({2, 2, c.in_w, c.in_h}, torch::kFloat64).transpose(2, 3);
    for (const auto& values : {dense, strided}) {
      const auto x = values.detach().requires_grad_();
      const auto error = gradient(f(x), x, weight) - numeric_gradient(f, x, weight);
      EXPECT_LT(error.abs().max().item<double>(), 1e-9);
    }
  }
}

TEST(ResizeGrad, TakesAGradientOfAnyStrides) {
  torch::manual_seed(22);
  const auto x = torch::randn({1, 2, 5, 6}, torch::kFloat64).requires_grad_();
  const auto weight = torch::randn({1, 2, 12, 10}, torch::kFloat64);
  const auto y = resize(x, 10, 12).transpose(2, 3);  // Its gradient arrives transposed.
  const auto expanded = torch::autograd::grad({resize(x, 10, 12).sum()}, {x})[0];
  EXPECT_NEAR(expanded.sum().item<double>(), 240, 1e-9);
  const auto direct = resize(x, 10, 12);
  EXPECT_LT((gradient(y, x, weight) - gradient(direct, x, weight.transpose(2, 3).contiguous()))
                .abs()
                .max()
                .item<double>(),
            1e-12);
}

TEST(ResizeGrad, InFloat32IsTheAdjointOfTheForward) {
  torch::manual_seed(23);
  for (const auto& c : {Case{40, 64, 80, 128, ResizeFilter::kBicubic},
                        Case{41, 67, 23, 31, ResizeFilter::kBicubic}}) {
    const auto x = torch::randn({1, 3, c.in_h, c.in_w}).requires_grad_();
    const auto weight = torch::randn({1, 3, c.out_h, c.out_w});
    const auto y = resize(x, c.out_h, c.out_w, c.filter);
    const double forward = (y * weight).sum().item<double>();
    const double backward = (gradient(y, x, weight) * x).sum().item<double>();
    EXPECT_NEAR(forward, backward, 1e-2);
  }
}

TEST(ResizeGrad, CanBeDifferentiatedAgain) {
  torch::manual_seed(24);
  const auto x = torch::randn({1, 1, 4, 5}, torch::kFloat64).requires_grad_();
  const auto cube_gradient = [](const torch::Tensor& at) {
    const auto y = resize(at, 8, 3).pow(3).sum();
    return torch::autograd::grad({y}, {at}, {}, true, true)[0];
  };
  const auto weight = torch::randn({1, 1, 4, 5}, torch::kFloat64);
  const auto second = torch::autograd::grad({(cube_gradient(x) * weight).sum()}, {x})[0];
  constexpr double kStep = 1e-5;
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const auto step = torch::zeros({20}, torch::kFloat64);
    step[i] = kStep;
    const auto above = (x.detach() + step.view({1, 1, 4, 5})).requires_grad_();
    const auto below = (x.detach() - step.view({1, 1, 4, 5})).requires_grad_();
    const auto slope = ((cube_gradient(above) - cube_gradient(below)) * weight).sum() / (2 * kStep);
    EXPECT_NEAR(second.view({-1})[i].item<double>(), slope.item<double>(), 1e-5);
  }
}

}  // namespace
}  // namespace vcisr::ops
