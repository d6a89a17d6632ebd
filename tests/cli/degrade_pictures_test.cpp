// SPDX-License-Identifier: Apache-2.0
// Whole pictures and films: names, sizes, equality for any number of threads, losslessness.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "cli/degrade_fixture.h"
#include "vcisr/imaging/film_reader.h"

namespace vcisr::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DegradePictures : public DegradeTest {};

TEST_F(DegradePictures, AFolderKeepsItsNamesAndGivesTheSameBytesForAnyNumberOfThreads) {
  for (const auto* name : {"in/a.png", "in/b.png", "in/c.png", "in/d.png", "in/e.png"}) {
    picture(name, 48, 64);
  }
  picture("in/sub/odd.png", 51, 66);
  DegradeTest::Tree first;
  for (const std::string threads : {"1", "2", "4"}) {
    const auto result = degrade({path("in"), "-o", path("out" + threads), "--recursive",
                                 "--save-hq", "--save-usm", "--seed", "5", "-j", threads});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.err, HasSubstr("seed 5"));
    EXPECT_THAT(result.err, HasSubstr("6 pairs in"));
    const auto files = tree("out" + threads);
    if (first.empty()) first = files;
    EXPECT_EQ(files, first) << threads;
  }
  EXPECT_EQ(first.size(), 19U);
  EXPECT_TRUE(first.contains("lq/sub/odd.png"));
  EXPECT_TRUE(first.contains("hq_usm/a.png"));
  const auto hq = imaging::read_rgb8(path("out1/hq/sub/odd.png"));
  EXPECT_TRUE(torch::equal(
      hq, imaging::read_rgb8(path("in/sub/odd.png")).narrow(1, 0, 48).narrow(2, 0, 64)));
  EXPECT_EQ(imaging::read_rgb8(path("out1/lq/sub/odd.png")).sizes(),
            (torch::IntArrayRef{3, 12, 16}));

  const auto recipe = lines("out1/recipe.jsonl");
  EXPECT_EQ(recipe[0]["seed"], 5);
  EXPECT_EQ(recipe[1]["source"], "a.png");
  // After four pictures their group; the odd one has become as large as the others.
  EXPECT_EQ(recipe[5]["units"], (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(recipe.back()["units"], (std::vector<int>{4, 5}));
}

TEST_F(DegradePictures, OnePictureGoesToAFile) {
  picture("a.png", 32, 48);
  const auto result = degrade({path("a.png"), "-o", path("b.webp"), "--save-hq", "--progress",
                               "json", "--report", path("report.json")});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(folder_.names(), ElementsAre("a.png", "b.recipe.jsonl", "b.webp", "b_hq.webp",
                                           "quick.yaml", "report.json"));
  EXPECT_TRUE(
      torch::equal(imaging::read_rgb8(path("b_hq.webp")), imaging::read_rgb8(path("a.png"))));
  EXPECT_THAT(result.err, HasSubstr("\"pairs\":1"));
  const auto report = nlohmann::json::parse(contents(path("report.json")));
  EXPECT_EQ(report["pairs"], 1);
  EXPECT_EQ(report["exit_code"], 0);
  EXPECT_GT(report["pairs_per_s"], 0);
}

TEST_F(DegradePictures, AFilmBecomesALosslessFilmOrPicturesOfTheSameSamples) {
  write_film(path("f.mkv"), 11, 32, 50);
  const auto film = degrade({path("f.mkv"), "-o", path("lq.mp4"), "--save-hq"});
  ASSERT_EQ(film.exit_code, 0) << film.err;
  const auto frames = degrade({path("f.mkv"), "-o", path("out/%04d.png")});
  ASSERT_EQ(frames.exit_code, 0) << frames.err;
  EXPECT_EQ(frame_count(path("lq_hq.mp4")), 11);
  imaging::FilmReader lq(path("lq.mp4"));
  EXPECT_EQ(lq.info().frame_rate.value(), 25);
  for (int i = 1; i <= 11; ++i) {
    const auto frame = lq.read();
    ASSERT_TRUE(frame.has_value());
    char name[32];
    std::snprintf(name, sizeof(name), "out/%04d.png", i);
    EXPECT_TRUE(torch::equal(*frame, imaging::read_rgb8(path(name)))) << i;
  }
  // Frames are degraded as clips in order: 8, then 3; in groups of 4.
  const auto recipe = lines("out/recipe.jsonl");
  EXPECT_EQ(recipe.size(), 1U + 11U + 3U);
  EXPECT_EQ(recipe.back()["units"], (std::vector<int>{8, 9, 10}));
}

TEST_F(DegradePictures, PicturesAndFilmsOfAFolderGoToFolders) {
  picture("in/a.png", 32, 48);
  write_film(path("in/f.mkv"), 2, 32, 48);
  const auto pictures = degrade({path("in"), "-o", path("out")});
  ASSERT_EQ(pictures.exit_code, 0) << pictures.err;
  EXPECT_THAT(names(tree("out")),
              ElementsAre("lq/a.png", "lq/f/000001.png", "lq/f/000002.png", "recipe.jsonl"));
  const auto films = degrade({path("in"), "-o", path("films"), "--ext", "mkv"});
  ASSERT_EQ(films.exit_code, 0) << films.err;
  EXPECT_THAT(names(tree("films")), ElementsAre("lq/a.png", "lq/f.mkv", "recipe.jsonl"));
}

TEST_F(DegradePictures, ConfigurationsAreShownAndReadBack) {
  const auto listed = tool("vcisr-degrade", {"--list-configs"});
  EXPECT_THAT(listed.out, HasSubstr("vcisr_paper"));
  const auto printed =
      tool("vcisr-degrade", {"--print-config", "-c", "image_only", "--set", "scale=2"});
  EXPECT_EQ(printed.exit_code, 0) << printed.err;
  EXPECT_THAT(printed.out, HasSubstr("stages:"));
  const degradation::Pipeline again(Config::parse(printed.out));
  EXPECT_EQ(again.options().scale, 2);
}

TEST_F(DegradePictures, APreviewIsOnePicture) {
  picture("a.png", 64, 90);
  const auto result = degrade({path("a.png"), "--preview", path("sheet.png"), "--preview-count",
                               "2", "--preview-size", "64"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto sheet = imaging::read_rgb8(path("sheet.png"));
  EXPECT_GT(sheet.size(1), 128);
  EXPECT_GT(sheet.size(2), 128);
  EXPECT_THAT(folder_.names(), ElementsAre("a.png", "quick.yaml", "sheet.png"));
}

}  // namespace
}  // namespace vcisr::tests
