// SPDX-License-Identifier: Apache-2.0
// What holds for every registered stage.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "degradation/stage_list.h"
#include "support/hash_rule.h"
#include "vcisr/core/error.h"
#include "vcisr/degradation/batch_run.h"
#include "vcisr/degradation/pipeline.h"
#include "vcisr/degradation/recipe_file.h"

namespace vcisr::degradation {
namespace {

class StageContract : public ::testing::TestWithParam<Registry<StagePtr>::Entry> {
 protected:
  /// The example as the only stage of a pipeline of scale 1, so that any stage may end it.
  static Pipeline pipeline() {
    return Pipeline(Config::parse("{scale: 1, stages: [" + GetParam().example + "]}"));
  }
};

std::string recipe_text(const BatchRecipe& recipe) {
  std::string text;
  for (std::size_t i = 0; i < recipe.units.size(); ++i) {
    text +=
        recipe_line(RecipeUnit{static_cast<std::int64_t>(i), "x", 0, {}, recipe.units[i].steps});
  }
  for (const auto& group : recipe.groups) text += recipe_line(group);
  return text;
}

TEST_P(StageContract, DrawsTheSameFromTheSameNumbers) {
  const std::vector<PictureSize> sizes(5, {34, 46});
  const auto first = pipeline();
  const auto second = pipeline();
  bool any_difference = false;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto text = recipe_text(first.draw(sizes, Rng(seed)));
    EXPECT_EQ(text, recipe_text(second.draw(sizes, Rng(seed))));
    any_difference |= text != recipe_text(first.draw(sizes, Rng(seed + 100)));
  }
  const bool is_random =
      GetParam().name != "clamp" && GetParam().name != "round_8bit" && GetParam().name != "one_of";
  EXPECT_TRUE(any_difference || !is_random);
}

TEST_P(StageContract, DegradesOddAndTinyPictures) {
  const auto stages = pipeline();
  for (const auto& size : {PictureSize{17, 23}, PictureSize{8, 9}, PictureSize{33, 32}}) {
    const auto hq = tests::hash_image("contract", {3, size.height, size.width});
    const auto kept = hq.clone();
    const auto recipe = stages.draw({size, size}, Rng(3));
    const auto lq = degrade_batch({hq, hq}, recipe);
    ASSERT_EQ(lq.size(), 2U);
    for (const auto& picture : lq) {
      EXPECT_EQ(picture.scalar_type(), torch::kUInt8);
      EXPECT_EQ(picture.dim(), 3);
      EXPECT_GE(picture.numel(), 3);
    }
    EXPECT_TRUE(torch::equal(hq, kept)) << "the picture was written into";
  }
}

TEST_P(StageContract, RefusesAMisspeltKey) {
  std::string example = GetParam().example;
  example.insert(example.size() - 1, ", probb: 1");
  try {
    Pipeline(Config::parse("{stages: [" + example + "]}", "x.yaml"));
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("x.yaml:1: stages[0].probb"), std::string::npos)
        << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(AllRegistered, StageContract,
                         ::testing::ValuesIn(stage_registry().entries()),
                         [](const auto& member) { return member.param.name; });

}  // namespace
}  // namespace vcisr::degradation
