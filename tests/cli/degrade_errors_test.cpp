// SPDX-License-Identifier: Apache-2.0
// What goes wrong is told in one sentence with the documented code; nothing is overwritten or left.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/degrade_fixture.h"

namespace vcisr::tests {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DegradeErrors : public DegradeTest {
 protected:
  /// What a folder of this test holds beside its configuration.
  [[nodiscard]] std::vector<std::string> left() const {
    auto names = folder_.names();
    std::erase(names, "quick.yaml");
    return names;
  }
};

TEST_F(DegradeErrors, WrongUse) {
  picture("a.png", 32, 48);
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {path("a.png"), "-o", path("out")});
    return tool("vcisr-degrade", more);
  };
  expect_failure(with({"--cofnig", "vcisr"}), 2, "did you mean '--config'");
  expect_failure(with({"--set", "batch_sise=3"}), 2, "batch_sise");
  expect_failure(with({"--shards"}), 2, "--patches");
  expect_failure(with({"--ext", "jpg"}), 2, "degradation of its own");
  expect_failure(degrade({path("a.png"), "-o", path("x.mkv")}), 2, "is one film");
  // Named at the start, whatever the draws would be.
  write(path("codec.yaml"),
        "stages:\n  - {type: resize_to_lq}\n"
        "  - {type: video_compression, video_codec: [libx999]}\n");
  expect_failure(with({"-c", path("codec.yaml")}), 2, "libx999");
  EXPECT_THAT(left(), ElementsAre("a.png", "codec.yaml"));
}

TEST_F(DegradeErrors, FlagsThatWouldDoNothing) {
  picture("a.png", 32, 48);
  write(path("list.txt"), "a.png\n");
  write(path("r.jsonl"), "{\"vcisr_recipe\": 1}\n");
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {path("a.png"), "-o", path("out")});
    return tool("vcisr-degrade", more);
  };
  expect_failure(with({"--seed=-1"}), 2, "no whole number");
  expect_failure(with({"--seed", "18446744073709551616"}), 2, "no whole number");
  expect_failure(with({"--preview", path("s.png")}), 2, "--output does not go with it");
  expect_failure(with({"--grid", "random"}), 2, "goes with --patches");
  expect_failure(with({"-p", "16", "--ext", "mkv"}), 2, "numbered pairs");
  expect_failure(with({"-p", "16", "--shards", "--save-usm"}), 2, "--pictures");
  for (const std::string flag : {"--recursive", "--config=vcisr", "--grid=random"}) {
    expect_failure(replay({path("r.jsonl"), "-o", path("out"), flag}), 2, "--replay");
  }
  expect_failure(degrade({path("list.txt"), "-o", path("out")}), 2, "needs --patches");
  EXPECT_THAT(left(), ElementsAre("a.png", "list.txt", "r.jsonl"));
}

TEST_F(DegradeErrors, SideFilesKeepApart) {
  picture("a.png", 32, 48);
  write(path("r.jsonl"), "precious");
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {path("a.png"), "-o", path("out")});
    return degrade(more);
  };
  expect_failure(with({"--report", config()}), 2, "the --config file");
  expect_failure(with({"--report", path("x"), "--log-file", path("./x")}), 2, "--report too");
  expect_failure(with({"--report", path("out/recipe.jsonl")}), 2, "--report too");
  expect_failure(degrade({path("a.png"), "--preview", path("a.png"), "-y"}), 2, "an input");
  expect_failure(replay({path("r.jsonl"), "-o", path("out"), "--report", path("r.jsonl")}), 2,
                 "the replayed recipe");
  EXPECT_EQ(contents(path("r.jsonl")), "precious");
  EXPECT_THAT(left(), ElementsAre("a.png", "r.jsonl"));
}

TEST_F(DegradeErrors, ThePreviewNamesItsPictureAndKeepsADryRunDry) {
  picture("tiny.png", 3, 48);
  picture("a.png", 32, 48);
  expect_failure(degrade({path("tiny.png"), "--preview", path("s.png")}), 3, "tiny.png: 48x3");
  EXPECT_EQ(degrade({path("a.png"), "--preview", path("s.png"), "--dry-run"}).exit_code, 0);
  EXPECT_THAT(left(), ElementsAre("a.png", "tiny.png"));
}

TEST_F(DegradeErrors, APictureThatAnEncoderRefusesIsNamed) {
  picture("a.png", 24, 24);
  expect_failure(tool("vcisr-degrade", {path("a.png"), "-o", path("out"), "-q", "-c", "codec_only",
                                        "--set", "stages.1.video_codec=[libsvtav1]"}),
                 2, "a.png: encoder libsvtav1 refuses 6x6");
  EXPECT_THAT(left(), ElementsAre("a.png"));
}

TEST_F(DegradeErrors, PatchesReportWhatCannotBeRead) {
  fs::create_directory(path("in"));
  write(path("in/bad.png"), "no picture");
  const std::vector<std::string> flags = {
      path("in"), "-p", "16", "-o", path("out"), "--report", path("out/r.json")};
  EXPECT_EQ(degrade(flags).exit_code, 7);  // Nothing else there.
  const auto all = nlohmann::json::parse(contents(path("out/r.json")));
  EXPECT_EQ(all["failed"][0]["source"], "bad.png");
  EXPECT_EQ(all["pairs"], 0);
  picture("in/good.png", 32, 48);
  const auto some = degrade(flags);
  EXPECT_EQ(some.exit_code, 7) << some.err;
  const auto report = nlohmann::json::parse(contents(path("out/r.json")));
  EXPECT_EQ(report["failed"].size(), 1U);
  EXPECT_GT(report["pairs"], 0);
}

TEST_F(DegradeErrors, Inputs) {
  expect_failure(degrade({path("none.png"), "-o", path("out")}), 3, "none.png");
  picture("tiny.png", 3, 48);
  expect_failure(degrade({path("tiny.png"), "-o", path("out")}), 3, "smaller than the scale");
  EXPECT_THAT(left(), ElementsAre("tiny.png"));

  fs::create_directory(path("in"));
  picture("in/good.png", 32, 48);
  write(path("in/bad.png"), "no picture");
  const auto folder = degrade({path("in"), "-o", path("out"), "--report", path("r.json")});
  EXPECT_EQ(folder.exit_code, 7) << folder.err;
  EXPECT_THAT(folder.err, HasSubstr("bad.png"));
  EXPECT_THAT(folder.err, HasSubstr("1 of 2 files failed"));
  EXPECT_TRUE(fs::exists(path("out/lq/good.png")));
  EXPECT_EQ(nlohmann::json::parse(contents(path("r.json")))["failed"][0]["source"], "bad.png");
}

TEST_F(DegradeErrors, Outputs) {
  picture("in/a.png", 32, 48);
  fs::create_directories(path("out/lq"));
  write(path("out/lq/a.png"), "precious");
  expect_failure(degrade({path("in"), "-o", path("out")}), 4, "exists already");
  EXPECT_EQ(contents(path("out/lq/a.png")), "precious");
  EXPECT_EQ(degrade({path("in"), "-o", path("out"), "-y"}).exit_code, 0);
  EXPECT_NE(contents(path("out/lq/a.png")), "precious");
  expect_failure(degrade({path("in"), "-o", path("in/out"), "--recursive"}), 2, "lies inside");
  expect_failure(degrade({path("in"), "-o", path("new"), "--recipe", "/proc/none/x"}), 4,
                 "/proc/none");
  EXPECT_FALSE(fs::exists(path("new")));
  // What lies in the output's folder finds its place, and nothing stays after a failure.
  const std::vector<std::string> inside = {path("in"),
                                           "-o",
                                           path("new/er"),
                                           "--recipe",
                                           path("new/er/sub/r.jsonl"),
                                           "--report",
                                           path("new/er/r.json")};
  EXPECT_EQ(degrade(inside).exit_code, 0);
  EXPECT_TRUE(fs::exists(path("new/er/sub/r.jsonl")));
  EXPECT_TRUE(fs::exists(path("new/er/r.json")));
  expect_failure(degrade({path("in"), "-o", path("x"), "--report", path("none/r.json")}), 4,
                 "none/r.json");
  EXPECT_FALSE(fs::exists(path("x")));
  // Any frame of a pattern counts.
  write_film(path("f.mkv"), 2, 32, 48);
  write(path("0007.png"), "precious");
  expect_failure(degrade({path("f.mkv"), "-o", path("%04d.png")}), 4, "0007.png: exists already");
}

TEST_F(DegradeErrors, Replays) {
  picture("a.png", 32, 48);
  write(path("r.jsonl"),
        "{\"vcisr_recipe\": 1}\n"
        "{\"unit\": 0, \"source\": \"b.png\", \"stages\": []}\n");
  expect_failure(replay({path("r.jsonl"), "-o", path("out")}), 3, "b.png: no such file");
  EXPECT_THAT(left(), ElementsAre("a.png", "r.jsonl"));
}

TEST_F(DegradeErrors, StoppedLeavesNothingHalfWritten) {
  ffmpeg({"-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=40", "-c:v", "libx264", "-preset",
          "ultrafast", path("f.mkv")});
  const std::string program = std::string(VCISR_TOOL_DIR) + "/vcisr-degrade";
  const auto result = run({"timeout", "--preserve-status", "-s", "TERM", "3", program,
                           path("f.mkv"), "-o", path("x.mkv"), "-j", "1"});
  EXPECT_EQ(result.exit_code, 130) << result.err;
  EXPECT_THAT(left(), ElementsAre("f.mkv"));
}

}  // namespace
}  // namespace vcisr::tests
