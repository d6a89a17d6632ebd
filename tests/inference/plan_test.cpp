// SPDX-License-Identifier: Apache-2.0
#include "vcisr/inference/plan.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.h"
#include "vcisr/core/error.h"

namespace vcisr::inference {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class PlanTest : public ::testing::Test {
 protected:
  std::string file(const std::string& name) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << "x";
    return (folder_ / name).string();
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  tests::TempFolder folder_;
};

template <class E>
std::string error_of(const PlanOptions& options) {
  try {
    (void)plan_work(options);
  } catch (const E& error) {
    return error.what();
  }
  return "no such error";
}

TEST_F(PlanTest, NamesOutputsBesideASingleInput) {
  EXPECT_EQ(plan_work({.inputs = {file("a.jpg")}}).items.at(0).output, path("a_out.jpg"));
  EXPECT_EQ(plan_work({.inputs = {file("a.BMP")}}).items.at(0).output, path("a_out.png"));
  EXPECT_EQ(plan_work({.inputs = {file("f.mp4")}}).items.at(0).output, path("f_out.mp4"));
  EXPECT_EQ(plan_work({.inputs = {file("f.wmv")}}).items.at(0).output, path("f_out.mkv"));
  const auto item =
      plan_work({.inputs = {file("f.webm")}, .suffix = "x2", .extension = "mkv"}).items.at(0);
  EXPECT_EQ(item.output, path("f_x2.mkv"));
  EXPECT_EQ(item.kind, InputKind::kFilm);
}

TEST_F(PlanTest, KeepsSubFoldersAndIgnoresStrangers) {
  file("in/a.png");
  file("in/sub/b.mkv");
  file("in/sub/notes.txt");
  const auto flat = plan_work({.inputs = {path("in")}, .output = path("out")});
  EXPECT_EQ(flat.items.size(), 1u);
  const auto deep = plan_work({.inputs = {path("in")}, .output = path("out"), .recursive = true});
  ASSERT_EQ(deep.items.size(), 2u);
  EXPECT_EQ(deep.items[0].output, path("out/a_out.png"));
  EXPECT_EQ(deep.items[1].output, path("out/sub/b_out.mkv"));
  EXPECT_EQ(deep.ignored_files, 1);
  EXPECT_TRUE(deep.is_folder_job);
  EXPECT_FALSE(fs::exists(path("out")));
}

TEST_F(PlanTest, RefusesToWriteOverAnInput) {
  const auto input = file("a.png");
  EXPECT_THAT(error_of<ConfigError>({.inputs = {input}, .output = input, .overwrite = true}),
              HasSubstr("is an input too"));
  fs::create_symlink(input, path("link.png"));
  EXPECT_THAT(
      error_of<ConfigError>({.inputs = {input}, .output = path("link.png"), .overwrite = true}),
      HasSubstr("is an input too"));
}

TEST_F(PlanTest, RefusesTwoInputsForOneOutput) {
  file("in/a.png");
  file("in/a.bmp");
  EXPECT_THAT(error_of<ConfigError>({.inputs = {path("in")}, .output = path("out")}),
              HasSubstr("would both be written to"));
}

TEST_F(PlanTest, RefusesAnOutputFolderInsideARecursiveInput) {
  file("in/a.png");
  EXPECT_THAT(
      error_of<ConfigError>({.inputs = {path("in")}, .output = path("in/out"), .recursive = true}),
      HasSubstr("lies inside the recursive input"));
}

TEST_F(PlanTest, NeverReplacesUnasked) {
  const auto input = file("a.png");
  file("a_out.png");
  EXPECT_THAT(error_of<OutputError>({.inputs = {input}}), HasSubstr("exists already"));
  EXPECT_EQ(plan_work({.inputs = {input}, .overwrite = true}).items.size(), 1u);
  const auto skipping = plan_work({.inputs = {input}, .skip_existing = true});
  EXPECT_EQ(skipping.items.size(), 0u);
  EXPECT_EQ(skipping.skipped.size(), 1u);
}

TEST_F(PlanTest, TellsWhatCannotBe) {
  EXPECT_THAT(error_of<InputError>({.inputs = {path("none.mp4")}}), HasSubstr("no such file"));
  const auto picture = file("a.png");
  const auto film = file("f.mp4");
  EXPECT_THAT(error_of<ConfigError>({.inputs = {picture}, .output = path("x.mp4")}),
              HasSubstr("cannot be written as a picture"));
  EXPECT_THAT(error_of<ConfigError>({.inputs = {film}, .output = path("x.png")}),
              HasSubstr("cannot be written as a film"));
  EXPECT_THAT(error_of<ConfigError>({.inputs = {picture, film}, .output = path("x.png")}),
              HasSubstr("several inputs"));
  EXPECT_THAT(error_of<ConfigError>({.inputs = {film}, .extension = "exe"}),
              HasSubstr("cannot be written"));
  fs::create_directories(path("empty"));
  EXPECT_THAT(error_of<InputError>({.inputs = {path("empty")}}),
              HasSubstr("no picture and no film"));
}

TEST_F(PlanTest, TakesFoldersAndPatternsAsFilms) {
  file("in/001.png");
  const auto joined = plan_work({.inputs = {path("in")}, .output = path("film.mkv")});
  EXPECT_EQ(joined.items.at(0).kind, InputKind::kSequence);
  const auto pattern = plan_work({.inputs = {path("in/%03d.png")}, .output = path("out/%03d.png")});
  EXPECT_EQ(pattern.items.at(0).kind, InputKind::kSequence);
}

}  // namespace
}  // namespace vcisr::inference
