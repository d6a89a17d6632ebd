// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/recipe_replay.h"

#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "data/data_fixtures.h"
#include "vcisr/core/error.h"

namespace vcisr::data {
namespace {

using degradation::Crop;
using degradation::GroupStep;
using degradation::Recipe;
using degradation::RecipeUnit;
using ::testing::HasSubstr;
using tests::TempFolder;

class RecipeReplayTest : public ::testing::Test {
 protected:
  void SetUp() override {
    tests::write_picture(folder_ / "a.png", 32, 48);
    tests::write_film(folder_ / "f.mkv", 6, 32, 48);
  }

  static Recipe recipe_of(std::vector<RecipeUnit> units) {
    Recipe recipe;
    recipe.units = std::move(units);
    for (std::size_t i = 0; i < recipe.units.size(); ++i) {
      recipe.units[i].unit = static_cast<std::int64_t>(i);
    }
    return recipe;
  }
  RecipeReplay replay(Recipe recipe) const {
    return RecipeReplay(std::move(recipe), {.root = folder_.path(), .recipe_name = "r.jsonl"});
  }
  /// The sentence with which it fails, wherever.
  std::string failure_of(Recipe recipe) const {
    try {
      auto source = replay(std::move(recipe));
      while (source.next()) {
      }
    } catch (const InputError& error) {
      return error.what();
    }
    return "no InputError";
  }

  TempFolder folder_;
};

TEST_F(RecipeReplayTest, TakesCropsAndFramesInTheRecipesOrder) {
  auto source = replay(recipe_of({{.source = "a.png", .crop = Crop{4, 8, 12, 16}},
                                  {.source = "f.mkv", .frame = 4},
                                  {.source = "f.mkv", .frame = 4, .crop = Crop{0, 0, 8, 8}},
                                  {.source = "f.mkv", .frame = 1},
                                  {.source = "a.png"}}));
  const auto batch = source.next();
  ASSERT_TRUE(batch.has_value());
  EXPECT_FALSE(source.next().has_value());
  const auto picture = imaging::read_rgb8(folder_ / "a.png");
  imaging::FilmReader reader((folder_ / "f.mkv").string());
  std::vector<torch::Tensor> frames;
  while (auto frame = reader.read()) frames.push_back(*frame);
  const auto& got = batch->batch.pictures;
  ASSERT_EQ(got.size(), 5U);
  EXPECT_TRUE(torch::equal(got[0].hq, picture.narrow(1, 4, 12).narrow(2, 8, 16)));
  EXPECT_TRUE(torch::equal(got[1].hq, frames[4]));
  EXPECT_TRUE(torch::equal(got[2].hq, frames[4].narrow(1, 0, 8).narrow(2, 0, 8)));
  EXPECT_TRUE(torch::equal(got[3].hq, frames[1]));
  EXPECT_TRUE(torch::equal(got[4].hq, picture));
}

TEST_F(RecipeReplayTest, SmallPicturesGoOnMirroredAsPatchesDo) {
  auto source = replay(recipe_of({{.source = "a.png", .crop = Crop{0, 0, 40, 40}}}));
  const auto batch = source.next();
  const auto& hq = batch->batch.pictures[0].hq;
  const auto picture = imaging::read_rgb8(folder_ / "a.png");
  EXPECT_EQ(hq.sizes(), (torch::IntArrayRef{3, 40, 40}));
  EXPECT_TRUE(torch::equal(hq.select(1, 33), picture.select(1, 29).narrow(1, 0, 40)));
}

TEST_F(RecipeReplayTest, WithoutACropPicturesAreCutToTheScale) {
  tests::write_picture(folder_ / "odd.png", 33, 47);
  tests::write_film(folder_ / "odd.mkv", 1, 34, 50);
  auto source = replay(recipe_of({{.source = "odd.png"}, {.source = "odd.mkv"}}));
  const auto batch = source.next();
  const auto& got = batch->batch.pictures;
  EXPECT_EQ(got[0].hq.sizes(), (torch::IntArrayRef{3, 32, 44}));
  EXPECT_EQ(got[0].origin.crop, (Crop{0, 0, 32, 44}));
  EXPECT_EQ(got[1].hq.sizes(), (torch::IntArrayRef{3, 32, 48}));
}

TEST_F(RecipeReplayTest, BatchesEndOnlyWhereNoGroupIsOpen) {
  // Units 0 and 200 are compressed together: everything between them stays in one batch.
  std::vector<RecipeUnit> units(300, {.source = "a.png", .crop = Crop{0, 0, 8, 8}});
  units[0].steps = {GroupStep{5}};
  units[200].steps = {GroupStep{5}};
  Recipe recipe = recipe_of(std::move(units));
  recipe.groups = {{.group = 5, .units = {0, 200}, .step = {}}};
  auto source = replay(std::move(recipe));
  const auto first = source.next();
  ASSERT_EQ(first->tags.size(), 201U);
  ASSERT_EQ(first->batch.recipe.groups.size(), 1U);
  EXPECT_EQ(first->batch.recipe.groups[0].units, (std::vector<std::int64_t>{0, 200}));
  EXPECT_EQ(source.next()->tags.size(), 99U);
  EXPECT_FALSE(source.next().has_value());
}

TEST_F(RecipeReplayTest, SaysWhatDoesNotFit) {
  EXPECT_THAT(failure_of(recipe_of({{.source = "none.png"}})), HasSubstr("none.png: no such file"));
  EXPECT_THAT(failure_of(recipe_of({{.source = "a.png", .crop = Crop{30, 0, 8, 8}}})),
              HasSubstr("leaves the picture, which has 48x32"));
  EXPECT_THAT(failure_of(recipe_of({{.source = "a.png", .frame = 2}})), HasSubstr("is a picture"));
  EXPECT_THAT(failure_of(recipe_of({{.source = "f.mkv", .frame = 6}})), HasSubstr("has 6 frames"));

  Recipe missing = recipe_of({{.source = "a.png", .steps = {GroupStep{0}}}});
  missing.groups = {{.group = 0, .units = {0, 9}, .step = {}}};
  EXPECT_THAT(failure_of(missing), HasSubstr("group 0 needs unit 9, which has no line"));
  Recipe unnamed = recipe_of({{.source = "a.png"}});
  unnamed.groups = {{.group = 0, .units = {0}, .step = {}}};
  EXPECT_THAT(failure_of(unnamed), HasSubstr("does not name it"));
  Recipe foreign = recipe_of({{.source = "a.png", .steps = {GroupStep{0}}}, {.source = "a.png"}});
  foreign.units[1].steps = {GroupStep{0}};
  foreign.groups = {{.group = 0, .units = {0}, .step = {}}};
  EXPECT_THAT(failure_of(foreign), HasSubstr("unit 1 names group 0, whose line does not hold it"));
}

}  // namespace
}  // namespace vcisr::data
