// SPDX-License-Identifier: Apache-2.0
// What holds for every registered loss, by its smallest valid example.
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "support/autocast.h"
#include "support/gradcheck.h"
#include "support/hash_rule.h"
#include "vcisr/losses/loss.h"

namespace vcisr {

// Where gtest looks for it: the entry is a member of vcisr::Registry.
inline void PrintTo(const losses::LossEntry& entry, std::ostream* os) { *os << entry.name; }

}  // namespace vcisr

namespace vcisr::losses {
namespace {

using tests::hash_image;

class LossContract : public ::testing::TestWithParam<LossEntry> {
 protected:
  static LossPtr make(const std::string& more = "") {
    auto text = GetParam().example;
    text.insert(text.size() - 1, more);
    return pixel_losses().make(Config::parse(text));
  }

  const torch::Tensor restored = hash_image("restored", {2, 3, 24, 26});
  const torch::Tensor hq = hash_image("hq", {2, 3, 24, 26});
};

TEST_P(LossContract, IsAPositiveScalarThatVanishesForEqualPictures) {
  const auto loss = make();
  EXPECT_FALSE(GetParam().summary.empty());
  EXPECT_EQ(loss->weight(), 1);
  const auto value = loss->forward(restored, hq);
  EXPECT_EQ(value.dim(), 0);
  EXPECT_GT(value.item<double>(), 0.01);
  EXPECT_NEAR(loss->forward(hq, hq).item<double>(), 0, 1.1e-3);  // sqrt(eps) of Charbonnier.
}

TEST_P(LossContract, IsKnownByEachOfItsNames) {
  const auto expected = make()->forward(restored, hq).item<double>();
  for (const auto& alias : GetParam().aliases) {
    auto text = GetParam().example;
    text.replace(text.find(GetParam().name), GetParam().name.size(), alias);
    const auto loss = pixel_losses().make(Config::parse(text));
    EXPECT_NEAR(loss->forward(restored, hq).item<double>(), expected, 1e-4) << alias;
  }
}

TEST_P(LossContract, IsMultipliedByItsWeight) {
  const auto once = make()->forward(restored, hq).item<double>();
  const auto loss = make(", loss_weight: 2.5");
  EXPECT_EQ(loss->weight(), 2.5);
  EXPECT_NEAR(loss->forward(restored, hq).item<double>(), 2.5 * once, 1e-6);
  EXPECT_THROW((void)make(", loss_weight: -1"), ConfigError);
  EXPECT_THROW((void)make(", loss_wieght: 1"), ConfigError);
}

TEST_P(LossContract, IsComputedInFloat32AtLeast) {
  const auto loss = make();
  const auto expected = loss->forward(restored, hq);
  const auto narrow = loss->forward(restored.to(torch::kBFloat16), hq);
  EXPECT_EQ(narrow.scalar_type(), torch::kFloat32);
  EXPECT_EQ(loss->forward(restored, hq.to(torch::kFloat64)).scalar_type(), torch::kFloat64);
  const tests::Autocast bf16;
  EXPECT_TRUE(torch::equal(loss->forward(restored, hq), expected));
}

TEST_P(LossContract, TakesAnyStrides) {
  const auto loss = make();
  const auto turned = restored.contiguous(at::MemoryFormat::ChannelsLast);
  EXPECT_NEAR(loss->forward(turned, hq).item<double>(), loss->forward(restored, hq).item<double>(),
              1e-6);
}

TEST_P(LossContract, HasTheGradientOfItsDifferences) {
  const auto loss = make();
  const auto a = restored.to(torch::kFloat64).requires_grad_(true);
  const auto b = hq.to(torch::kFloat64).requires_grad_(true);
  // Times many: single values' differences would drown in rounding.
  const auto total = [&] { return 1000 * loss->forward(a, b); };
  total().backward();
  const auto value = [&] { return total().item<double>(); };
  tests::expect_gradient(value, a, "restored", {.count = 12});
  tests::expect_gradient(value, b, "hq", {.count = 12});
}

TEST_P(LossContract, RefusesPicturesThatDoNotFit) {
  const auto loss = make();
  EXPECT_THROW((void)loss->forward(restored, hq.slice(0, 0, 1)), c10::Error);
  EXPECT_THROW((void)loss->forward(restored[0], hq[0]), c10::Error);
  EXPECT_THROW((void)loss->forward(restored, hq.to(torch::kUInt8)), c10::Error);
  EXPECT_THROW((void)loss->forward({}, hq), c10::Error);
  EXPECT_THROW((void)loss->forward(restored.slice(2, 0, 0), hq.slice(2, 0, 0)), c10::Error);
}

INSTANTIATE_TEST_SUITE_P(AllRegistered, LossContract, ::testing::ValuesIn(pixel_losses().entries()),
                         [](const auto& member) { return member.param.name; });

}  // namespace
}  // namespace vcisr::losses
