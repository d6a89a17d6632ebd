// SPDX-License-Identifier: Apache-2.0
// The first iteration of VCISR's second stage, as its published trainer ran it.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/autograd.h>
#include <torch/types.h>

#include "support/hash_rule.h"
#include "support/training_networks.h"
#include "vcisr/losses/gan.h"
#include "vcisr/losses/loss.h"
#include "vcisr/losses/perceptual.h"
#include "vcisr/networks/network.h"

namespace vcisr::losses {
namespace {

using tests::hash_image;
using Target = GanLoss::Target;
using Player = GanLoss::Player;

const nlohmann::json& golden() {
  static const auto json = [] {
    std::ifstream file(VCISR_GOLDEN_DIR "/vcisr_training.json");
    return nlohmann::json::parse(file).at("stage2");
  }();
  return json;
}

/// What the generator gives, a leaf.
const torch::Tensor& restored() {
  static const auto y = [] {
    const auto generator =
        networks::registry().make(Config::parse("{type: vcisr_small_x4, drop_path_rate: 0}"));
    tests::fill_by_hash_rule(*generator);
    generator->train();
    const torch::NoGradGuard no_grad;
    return generator->forward(hash_image("lq0", {4, 3, 24, 24}).unsqueeze(1)).squeeze(1).clone();
  }();
  return y;
}

double worst = 0;

void expect_near(double ours, double theirs, double tolerance, const std::string& name) {
  EXPECT_NEAR(ours, theirs, tolerance) << name;
  worst = std::max(worst, std::abs(ours - theirs) / tolerance);
}

void expect_near(const torch::Tensor& ours, const nlohmann::json& theirs, double tolerance,
                 const std::string& name) {
  expect_near(ours.item<double>(), theirs.get<double>(), tolerance, name);
}

/// Of one term for y.
void expect_gradient(const torch::Tensor& term, const torch::Tensor& y, const std::string& name,
                     double tolerance) {
  const auto& json = golden().at("grad_of_each_term_wrt_y_iteration_0");
  const auto& expected = json.at(name);
  const auto gradient =
      torch::autograd::grad({term}, {y}, {}, /*retain_graph=*/true)[0].contiguous().flatten().to(
          torch::kFloat64);
  const double scale = expected.at("mean_abs").get<double>();
  expect_near(gradient.abs().mean().item<double>(), scale, 5e-5 * scale, name + " mean_abs");
  for (std::size_t i = 0; i < json.at("flat_indices").size(); ++i) {
    const double value = expected.at("at_indices")[i].get<double>();
    expect_near(gradient[json.at("flat_indices")[i].get<std::int64_t>()].item<double>(), value,
                tolerance * std::max(std::abs(value), scale), name);
  }
}

TEST(VcisrGolden, TheGeneratorGivesThePublishedPicture) {
  const auto& expected = golden().at("grad_of_each_term_wrt_y_iteration_0");
  const auto flat = restored().contiguous().flatten().to(torch::kFloat64);
  EXPECT_NEAR(flat.mean().item<double>(), expected.at("y_value").at("mean").get<double>(), 1e-6);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_NEAR(flat[expected.at("flat_indices")[i].get<std::int64_t>()].item<double>(),
                expected.at("y_value").at("at_indices")[i].get<double>(), 2e-5);
  }
}

TEST(VcisrGolden, PixelAndPerceptualLossesAndTheirGradients) {
  worst = 0;
  const auto& expected = golden().at("iterations")[0];
  const auto y = restored().clone().requires_grad_(true);
  const auto hq = hash_image("hq0", {4, 3, 96, 96});
  const auto pixel = pixel_losses().make(Config::parse("{type: L1}"))->forward(y, hq);
  expect_near(pixel, expected.at("pixel"), 1e-6, "pixel");
  expect_gradient(pixel, y, "pixel", 1e-6);

  const PerceptualLoss loss(
      PerceptualOptions{},
      std::make_shared<networks::VggFeatures>(networks::VggOptions{}, tests::hashed_vgg19()));
  const auto values = loss.forward(y, hq);
  for (std::size_t i = 0; i < values.layers.size(); ++i) {
    const auto& [layer, value] = values.layers[i];
    expect_near(value, expected.at("perceptual_layers_unweighted").at(layer), 1e-6, layer);
    expect_gradient(loss.options().layer_weights[i].second * value, y,
                    "perceptual_" + layer + "_weighted", 1e-4);
  }
  expect_near(*values.perceptual, expected.at("perceptual"), 1e-6, "perceptual");
  expect_gradient(*values.perceptual, y, "perceptual", 1e-4);
  std::printf("[ measured ] worst deviation %.2g of the tolerance\n", worst);
}

/// sigma of conv1 … conv8, from what the last forward left.
void expect_sigmas(const networks::Discriminator& discriminator, const nlohmann::json& expected) {
  torch::Tensor weight, u;
  std::size_t i = 0;
  for (const auto& [name, tensor] : networks::module_state(discriminator)) {
    if (name.ends_with("weight_orig")) weight = tensor.detach().flatten(1);
    if (name.ends_with("weight_u")) u = tensor;
    if (name.ends_with("weight_v")) {
      expect_near(torch::dot(u, torch::mv(weight, tensor)), expected[i++], 5e-6, name);
    }
  }
  EXPECT_EQ(i, 8u);
}

TEST(VcisrGolden, AdversarialLossesInTheTrainersOrder) {
  worst = 0;
  const auto& expected = golden().at("iterations")[0];
  const auto discriminator = tests::hashed_discriminator();
  const GanLoss loss({.loss_weight = 0.1});
  const auto y = restored().clone().requires_grad_(true);
  const auto check_pass = [&](std::size_t pass, const torch::Tensor& logits) {
    expect_near(logits.mean(), expected.at("d_logit_mean_per_pass")[pass], 1e-6, "logits");
    expect_sigmas(*discriminator, expected.at("sigma_conv1_to_8_per_pass")[pass]);
  };

  for (auto& parameter : discriminator->parameters()) parameter.requires_grad_(false);
  const auto judged = discriminator->forward(y);
  check_pass(0, judged);
  const auto gan = loss.forward(judged, Target::kReal, Player::kGenerator);
  expect_near(gan, expected.at("gan_g_weighted"), 1e-6, "gan");
  expect_gradient(gan, y, "gan_weighted", 1e-4);

  for (auto& parameter : discriminator->parameters()) parameter.requires_grad_(true);
  const auto of_real = discriminator->forward(hash_image("hp0", {4, 3, 96, 96}));
  check_pass(1, of_real);
  const auto real = loss.forward(of_real, Target::kReal, Player::kDiscriminator);
  const auto of_fake = discriminator->forward(y.detach());
  check_pass(2, of_fake);
  const auto fake = loss.forward(of_fake, Target::kFake, Player::kDiscriminator);
  expect_near(real, expected.at("d_real"), 1e-6, "d_real");
  expect_near(fake, expected.at("d_fake"), 1e-6, "d_fake");
  // Backward after both forwards: the real one's needs the u and v of its own pass.
  real.backward();
  fake.backward();
  double squares = 0;
  for (const auto& parameter : discriminator->parameters()) {
    squares += parameter.grad().to(torch::kFloat64).square().sum().item<double>();
  }
  const double norm = expected.at("d_grad_norm").get<double>();
  expect_near(std::sqrt(squares), norm, 5e-5 * norm, "d_grad_norm");
  const auto parameters = discriminator->named_parameters();
  for (const auto& item : golden().at("after").at("1").at("discriminator").at("elements")) {
    const auto name = item.at("tensor").get<std::string>();
    const double value = item.at("grad").get<double>();
    const double scale =
        std::max(std::abs(value), item.at("grad_mean_abs_of_tensor").get<double>());
    expect_near(parameters[name].grad().flatten()[item.at("index").get<std::int64_t>()], value,
                1e-3 * scale, name);
  }
  std::printf("[ measured ] worst deviation %.2g of the tolerance\n", worst);
}

}  // namespace
}  // namespace vcisr::losses
