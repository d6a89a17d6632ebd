// SPDX-License-Identifier: Apache-2.0
#include "vcisr/degradation/recipe_file.h"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/temp_folder.h"
#include "vcisr/core/error.h"
#include "vcisr/degradation/pipeline.h"
#include "vcisr/degradation/presets.h"

namespace vcisr::degradation {
namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_recipe(const std::filesystem::path& path, const Recipe& recipe) {
  RecipeWriter writer(path, recipe.header, AtomicFile::Existing::kReplace);
  for (const auto& unit : recipe.units) writer.write(unit);
  for (const auto& group : recipe.groups) writer.write(group);
  writer.finish();
}

std::string error_of(const tests::TempFolder& folder, const std::string& text) {
  const auto path = folder.path() / "r.jsonl";
  std::ofstream(path) << text;
  try {
    static_cast<void>(read_recipe(path));
  } catch (const InputError& error) {
    const std::string message = error.what();
    return message.substr(message.find("r.jsonl"));
  }
  return "no error";
}

const std::string kHeader = "{\"vcisr_recipe\": 1, \"scale\": 4}\n";

TEST(RecipeFile, EveryDrawComesBackToTheSameBytes) {
  const tests::TempFolder folder;
  for (const auto& name : preset_names()) {
    const auto pipeline = Pipeline::load(name);
    Recipe recipe;
    recipe.header = {pipeline.yaml(), 18446744073709551615ULL, 4, pipeline.options().source};
    for (std::uint64_t seed = 0; seed < 25; ++seed) {
      const auto drawn = pipeline.draw(std::vector<PictureSize>(3, {360, 360}), Rng(seed));
      const auto first = static_cast<std::int64_t>(recipe.units.size());
      const auto first_group = static_cast<std::int64_t>(recipe.groups.size());
      for (auto unit : drawn.units) {
        for (auto& step : unit.steps) {
          if (auto* const group = std::get_if<GroupStep>(&step)) group->group += first_group;
        }
        recipe.units.push_back({static_cast<std::int64_t>(recipe.units.size()), "a/b.png", 2,
                                Crop{1, 2, 360, 360}, unit.steps});
      }
      for (auto group : drawn.groups) {
        group.group += first_group;
        for (auto& unit : group.units) unit += first;
        recipe.groups.push_back(group);
      }
    }
    write_recipe(folder.path() / "a.jsonl", recipe);
    const auto read = read_recipe(folder.path() / "a.jsonl");
    EXPECT_EQ(read.header.seed, recipe.header.seed);
    EXPECT_EQ(read.header.source, recipe.header.source);
    EXPECT_EQ(read.units.size(), recipe.units.size());
    EXPECT_EQ(read.groups.size(), recipe.groups.size());
    EXPECT_EQ(read.units[1].crop, recipe.units[1].crop);
    write_recipe(folder.path() / "b.jsonl", read);
    EXPECT_EQ(bytes_of(folder.path() / "a.jsonl"), bytes_of(folder.path() / "b.jsonl")) << name;
  }
}

TEST(RecipeFile, AugmentationStandsInAListAndComesBack) {
  const tests::TempFolder folder;
  for (int ways = 0; ways < 8; ++ways) {
    const Augment augment{(ways & 1) != 0, (ways & 2) != 0, (ways & 4) != 0};
    const RecipeUnit unit{.unit = 0, .source = "a.png", .augment = augment};
    std::ofstream(folder.path() / "r.jsonl") << kHeader << recipe_line(unit) << "\n";
    EXPECT_EQ(read_recipe(folder.path() / "r.jsonl").units.at(0).augment, augment);
    EXPECT_EQ(recipe_line(unit).find("augment") == std::string::npos, ways == 0);
  }
  const std::string unit = "{\"unit\": 0, \"source\": \"a\", \"stages\": [], \"augment\": ";
  const std::string known = "a list of hflip, vflip and transpose is needed, each once at most";
  for (const std::string words : {"\"hflip\"", "[\"hflop\"]", "[\"vflip\", \"vflip\"]", "[1]"}) {
    EXPECT_EQ(error_of(folder, kHeader + unit + words + "}\n"), "r.jsonl:2: augment: " + known);
  }
}

TEST(RecipeFile, StepsThatNoPresetDrawsComeBackToo) {
  const std::vector<Step> steps = {
      WebpStep{40},
      JpegStep{70, JpegCoder::kLibjpeg, ops::ChannelOrder::kBgr},
      ResizeStep{ResizeMode::kBilinear, {12, 14}, {}, true},
      PoissonNoiseStep{0.5, true, 3, ops::ChannelOrder::kBgr},
      GroupStep{4},
      ClampStep{},
  };
  const tests::TempFolder folder;
  GroupRecipe group{
      4, {9}, {"libx264", media::FixedQuantiser{20}, "fast", 30, 0, "yuv444p", "", 12}};
  write_recipe(folder.path() / "a.jsonl",
               {{}, {{9, "x.mp4", 0, Crop{0, 0, 4, 6}, steps}}, {group}});
  const auto read = read_recipe(folder.path() / "a.jsonl");
  EXPECT_EQ(recipe_line(read.units[0]),
            recipe_line(RecipeUnit{9, "x.mp4", 0, Crop{0, 0, 4, 6}, steps}));
  EXPECT_EQ(recipe_line(read.groups[0]), recipe_line(group));
}

TEST(RecipeFile, ReadsWhatAPersonWrites) {
  const tests::TempFolder folder;
  const auto path = folder.path() / "hand.jsonl";
  std::ofstream(path)
      << kHeader
      << R"({"unit": 0, "source": "img.png", "stages": [{"type": "blur", "kernel": )"
         R"("aniso", "size": 13, "sigma": [1.2, 0.7], "theta": 0.4, "beta": null}, )"
         R"({"type": "resize", "mode": "bicubic", "scale": 0.25}]})"
      << "\n\n";
  const auto recipe = read_recipe(path);
  ASSERT_EQ(recipe.units.size(), 1U);
  EXPECT_FALSE(recipe.units[0].crop.has_value());
  ASSERT_EQ(recipe.units[0].steps.size(), 2U);
  EXPECT_EQ(std::get<BellBlur>(std::get<BlurStep>(recipe.units[0].steps[0]).kernel).sigma_y, 0.7);
  // What is written of it can be read again.
  write_recipe(folder.path() / "again.jsonl", recipe);
  EXPECT_EQ(recipe_line(read_recipe(folder.path() / "again.jsonl").units[0]),
            recipe_line(recipe.units[0]));
}

TEST(RecipeFile, MistakesNameTheLine) {
  const tests::TempFolder folder;
  const auto unit = [](const std::string& stage) {
    return kHeader + "{\"unit\": 0, \"source\": \"a\", \"stages\": [" + stage + "]}";
  };
  EXPECT_EQ(error_of(folder, ""), "r.jsonl: empty, where a recipe was expected");
  EXPECT_EQ(error_of(folder, "{}"),
            "r.jsonl:1: no recipe: the first line must be {\"vcisr_recipe\": 1, …}");
  EXPECT_EQ(error_of(folder, kHeader + "{"), "r.jsonl:2: not a line of JSON");
  EXPECT_EQ(error_of(folder, unit(R"({"type": "clam"})")),
            "r.jsonl:2: stages[0].type: 'clam' is none of blur, resize, noise, jpeg, webp, clamp, "
            "round_8bit, group (did you mean 'clamp'?)");
  EXPECT_EQ(error_of(folder, unit(R"({"type": "clamp", "q": 1})")),
            "r.jsonl:2: stages[0].q: unknown key");
  EXPECT_EQ(error_of(folder, unit(R"({"type": "jpeg", "jpeg_quality": "x"})")),
            "r.jsonl:2: stages[0].jpeg_quality: a number is needed, not \"x\"");
  EXPECT_EQ(error_of(folder, unit(R"({"type": "resize", "mode": "area", "size": [0, 3]})")),
            "r.jsonl:2: stages[0].size: 0 is outside [1.0, 65536.0]");
  EXPECT_EQ(error_of(folder, unit(R"({"type": "webp", "webp_quality": 4294967340})")),
            "r.jsonl:2: stages[0].webp_quality: 4294967340 is outside [0, 100]");
  EXPECT_EQ(error_of(folder, unit(R"({"type": "resize", "mode": "area", "size": [4, 3.5]})")),
            "r.jsonl:2: stages[0].size: whole numbers are needed");
  EXPECT_EQ(
      error_of(folder, unit(R"({"type": "blur", "kernel": "iso", "size": 12, "sigma": [1, 1]})")),
      "r.jsonl:2: stages[0].size: must be odd");
  EXPECT_EQ(
      error_of(folder, unit(R"({"type": "blur", "kernel": "iso", "size": 7, "sigma": [1, 2]})")),
      "r.jsonl:2: stages[0].sigma: an isotropic kernel has one sigma, twice");
  EXPECT_EQ(error_of(folder,
                     unit(R"({"type": "noise", "kind": "gaussian", "sigma_8bit": -3, "seed": 1})")),
            "r.jsonl:2: stages[0].sigma_8bit: -3 is outside [0.0, 1000000.0]");
  EXPECT_EQ(error_of(folder, unit(R"({"type": "group", "group": 3})")),
            "r.jsonl:2: group 3 has no line of its own");
  EXPECT_EQ(error_of(folder, kHeader + R"({"group": 1, "units": [], "stages": []})"),
            "r.jsonl:2: units: a group needs one at least");
}

}  // namespace
}  // namespace vcisr::degradation
