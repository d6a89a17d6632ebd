// SPDX-License-Identifier: Apache-2.0
#include "vcisr/losses/gan.h"

#include <cmath>
#include <string>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "support/autocast.h"
#include "support/gradcheck.h"
#include "vcisr/core/error.h"

namespace vcisr::losses {
namespace {

using Target = GanLoss::Target;
using Player = GanLoss::Player;

GanLoss make(const std::string& yaml) { return GanLoss(read_gan_options(Config::parse(yaml))); }

const torch::Tensor kLogits = torch::tensor({-2.0, -0.5, 0.25, 3.0}).view({1, 1, 2, 2});

double mean_of(double (*f)(double)) {
  double sum = 0;
  for (const double x : {-2.0, -0.5, 0.25, 3.0}) sum += f(x);
  return sum / 4;
}

TEST(GanLoss, VanillaIsTheCrossEntropy) {
  const auto loss = make("{type: GANLoss, gan_type: vanilla, loss_weight: 0.1}");
  const double real = mean_of([](double x) { return std::log1p(std::exp(-x)); });
  const double fake = mean_of([](double x) { return std::log1p(std::exp(x)); });
  const auto value = [&](Target target, Player player) {
    return loss.forward(kLogits, target, player).item<double>();
  };
  EXPECT_NEAR(value(Target::kReal, Player::kDiscriminator), real, 1e-6);
  EXPECT_NEAR(value(Target::kFake, Player::kDiscriminator), fake, 1e-6);
  EXPECT_NEAR(value(Target::kReal, Player::kGenerator), 0.1 * real, 1e-6);
}

TEST(GanLoss, LsganIsTheDistanceToTheLabel) {
  const auto loss = make("{gan_type: lsgan, real_label_val: 0.9, fake_label_val: 0.1}");
  EXPECT_NEAR(loss.forward(kLogits, Target::kReal, Player::kDiscriminator).item<double>(),
              mean_of([](double x) { return (x - 0.9) * (x - 0.9); }), 1e-6);
  EXPECT_NEAR(loss.forward(kLogits, Target::kFake, Player::kDiscriminator).item<double>(),
              mean_of([](double x) { return (x - 0.1) * (x - 0.1); }), 1e-6);
}

TEST(GanLoss, HingeHasAMarginForTheDiscriminatorOnly) {
  const auto loss = make("{gan_type: hinge, loss_weight: 0.5}");
  EXPECT_NEAR(loss.forward(kLogits, Target::kReal, Player::kDiscriminator).item<double>(),
              mean_of([](double x) { return std::max(0.0, 1 - x); }), 1e-6);
  EXPECT_NEAR(loss.forward(kLogits, Target::kFake, Player::kDiscriminator).item<double>(),
              mean_of([](double x) { return std::max(0.0, 1 + x); }), 1e-6);
  EXPECT_NEAR(loss.forward(kLogits, Target::kReal, Player::kGenerator).item<double>(),
              0.5 * mean_of([](double x) { return -x; }), 1e-6);
}

TEST(GanLoss, HasTheGradientOfItsDifferences) {
  for (const auto* type : {"vanilla", "lsgan", "hinge"}) {
    const auto loss = make("{gan_type: " + std::string(type) + "}");
    for (const auto target : {Target::kReal, Target::kFake}) {
      for (const auto player : {Player::kGenerator, Player::kDiscriminator}) {
        const auto logits = kLogits.to(torch::kFloat64).clone().requires_grad_(true);
        const auto value = [&] { return loss.forward(logits, target, player).item<double>(); };
        loss.forward(logits, target, player).backward();
        tests::expect_gradient(value, logits, type, {.count = 8});
      }
    }
  }
}

TEST(GanLoss, IsComputedInFloat32AtLeast) {
  const auto loss = make("{gan_type: vanilla}");
  const auto expected = loss.forward(kLogits, Target::kReal, Player::kDiscriminator);
  const tests::Autocast bf16;
  const auto narrow =
      loss.forward(kLogits.to(torch::kBFloat16), Target::kReal, Player::kDiscriminator);
  EXPECT_TRUE(torch::equal(narrow, expected));  // These logits are whole in 16 bits.
}

TEST(GanLoss, SaysWhatItKnows) {
  try {
    (void)read_gan_options(Config::parse("{type: GANLoss, gan_type: wgan}"));
    FAIL() << "no error";
  } catch (const ConfigError& error) {
    const std::string text = error.what();
    for (const auto* word : {"wgan", "vanilla", "lsgan", "hinge"}) {
      EXPECT_NE(text.find(word), std::string::npos) << text;
    }
  }
  EXPECT_THROW((void)read_gan_options(Config::parse("{type: L1Loss}")), ConfigError);
  EXPECT_THROW((void)read_gan_options(Config::parse("{gan_typ: lsgan}")), ConfigError);
  EXPECT_THROW((void)make("{}").forward(torch::empty({0}), Target::kReal, Player::kGenerator),
               c10::Error);
}

}  // namespace
}  // namespace vcisr::losses
