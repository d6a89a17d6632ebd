// SPDX-License-Identifier: Apache-2.0
#include "networks/spectral_norm.h"

#include <memory>

#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "support/autocast.h"
#include "support/gradcheck.h"
#include "support/hash_rule.h"
#include "vcisr/networks/module_state.h"

namespace vcisr::networks {
namespace {

using tests::hash_image;

std::shared_ptr<SpectralConv2d> make(const SpectralConvOptions& options = {.in = 3, .out = 5}) {
  auto conv = std::make_shared<SpectralConv2d>(options);
  const torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : module_state(*conv)) {
    tensor.copy_(tests::hash_weight(name, tensor.sizes()));
    if (tensor.dim() == 1) tensor.div_(tensor.norm());
  }
  return conv;
}

torch::Tensor state(const SpectralConv2d& conv, const std::string& name) {
  for (const auto& [key, tensor] : module_state(conv)) {
    if (key == name) return tensor;
  }
  return {};
}

TEST(SpectralNorm, DividesByTheEstimateThatOneIterationGives) {
  const auto conv = make();
  const auto matrix = state(*conv, "weight_orig").detach().flatten(1);
  const auto v = torch::mv(matrix.t(), state(*conv, "weight_u"));
  const auto unit_v = v / v.norm();
  const auto u = torch::mv(matrix, unit_v);
  const auto sigma = u.norm();  // u / |u| . u
  const auto weight = conv->normalised_weight();
  EXPECT_TRUE(torch::allclose(weight.flatten(1), matrix / sigma, 1e-6, 1e-7));
  EXPECT_TRUE(torch::allclose(state(*conv, "weight_v"), unit_v, 1e-6, 1e-7));
  EXPECT_TRUE(torch::allclose(state(*conv, "weight_u"), u / sigma, 1e-6, 1e-7));
}

TEST(SpectralNorm, FindsTheLargestSingularValueInTime) {
  const auto conv = make({.in = 4, .out = 6, .kernel_size = 4, .stride = 2});
  for (int i = 0; i < 200; ++i) (void)conv->normalised_weight();
  const auto [u, s, v] = torch::svd(conv->normalised_weight().detach().flatten(1));
  EXPECT_NEAR(s[0].item<double>(), 1, 1e-4);
}

TEST(SpectralNorm, StandsStillInEvalMode) {
  const auto conv = make();
  conv->eval();
  const auto u = state(*conv, "weight_u").clone();
  const auto v = state(*conv, "weight_v").clone();
  const auto x = hash_image("x", {1, 3, 6, 5});
  EXPECT_TRUE(torch::equal(conv->forward(x), conv->forward(x)));
  EXPECT_TRUE(torch::equal(state(*conv, "weight_u"), u));
  EXPECT_TRUE(torch::equal(state(*conv, "weight_v"), v));
}

TEST(SpectralNorm, MovesOnWithoutGradientsToo) {
  const auto conv = make();
  const auto u = state(*conv, "weight_u").clone();
  const torch::NoGradGuard no_grad;
  (void)conv->forward(hash_image("x", {1, 3, 6, 5}));
  EXPECT_FALSE(torch::equal(state(*conv, "weight_u"), u));
}

TEST(SpectralNorm, HasTheGradientOfItsDifferences) {
  const auto conv = make({.in = 3, .out = 4, .kernel_size = 4, .stride = 2});
  conv->to(torch::kFloat64);
  conv->eval();  // u and v are constants.
  const auto x = hash_image("x", {2, 3, 6, 8}).to(torch::kFloat64).requires_grad_(true);
  const auto weights = hash_image("weights", {2, 4, 3, 4}).to(torch::kFloat64);
  const auto loss = [&] { return (conv->forward(x) * weights).sum(); };
  loss().backward();
  const auto value = [&] { return loss().item<double>(); };
  tests::expect_gradient(value, x, "x");
  tests::expect_gradient(value, state(*conv, "weight_orig"), "weight_orig");
}

TEST(SpectralNorm, KeepsWhatAnEarlierForwardNeedsForItsBackward) {
  const auto a = hash_image("a", {1, 3, 6, 5});
  const auto b = hash_image("b", {1, 3, 6, 5});
  const auto gradient = [&](bool together) {
    const auto conv = make();
    const auto weight = state(*conv, "weight_orig");
    const auto first = conv->forward(a).square().sum();
    if (!together) first.backward();
    const auto second = conv->forward(b).square().sum();
    if (together) first.backward();
    second.backward();
    return weight.grad().clone();
  };
  EXPECT_TRUE(torch::equal(gradient(true), gradient(false)));
}

TEST(SpectralNorm, StaysInFloat32UnderAutocastAndWithNarrowWeights) {
  const auto wide = make();
  const auto cast = make();
  const auto narrow = make();
  narrow->to(torch::kBFloat16);
  const auto x = hash_image("x", {1, 3, 6, 5});
  (void)wide->forward(x);
  {
    const tests::Autocast bf16;
    EXPECT_EQ(cast->forward(x).scalar_type(), torch::kBFloat16);
  }
  EXPECT_TRUE(torch::equal(state(*cast, "weight_u"), state(*wide, "weight_u")));
  EXPECT_TRUE(torch::equal(state(*cast, "weight_v"), state(*wide, "weight_v")));
  EXPECT_EQ(narrow->forward(x).scalar_type(), torch::kBFloat16);
  EXPECT_EQ(state(*narrow, "weight_u").scalar_type(), torch::kFloat32);
  EXPECT_NEAR(state(*narrow, "weight_u").norm().item<double>(), 1, 1e-6);
}

}  // namespace
}  // namespace vcisr::networks
