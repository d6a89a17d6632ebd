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
