// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/experiment.h"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.h"
#include "vcisr/core/error.h"

namespace vcisr::trainers {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

void write(const fs::path& path, const std::string& text = "x") { std::ofstream(path) << text; }

class Experiment : public ::testing::Test {
 protected:
  Experiment() {
    options_.name = "net";
    options_.path.experiments_root = folder_ / "experiments";
  }

  [[nodiscard]] std::vector<std::string> names(const std::string& of) const {
    std::vector<std::string> result;
    for (const auto& entry : fs::directory_iterator(folder_ / of)) {
      result.push_back(entry.path().filename().string());
    }
    std::sort(result.begin(), result.end());
    return result;
  }

  tests::TempFolder folder_;
  TrainOptions options_;
};

TEST_F(Experiment, MakesTheFoldersThatBasicSrMakes) {
  const ExperimentFolder folder(options_, ExperimentFolder::Start::kFresh);
  EXPECT_THAT(names("experiments/net"),
              ElementsAre(".lock", "models", "training_states", "visualization"));
  EXPECT_EQ(folder.events(), folder_ / "tb_logger" / "net");
  EXPECT_THAT(folder.log_file().filename().string(), StartsWith("train_net_20"));
  folder.keep_config("a.yaml", "name: net\n", "vcisr-train -c a.yaml");
  std::ifstream file(folder.root() / "a.yaml");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_THAT(text, HasSubstr("# GENERATE TIME: "));
  EXPECT_THAT(text, HasSubstr("# CMD:\n# vcisr-train -c a.yaml\n\nname: net\n"));
}

TEST_F(Experiment, ArchivesWhatIsThereUnlessItResumes) {
  fs::create_directories(folder_ / "experiments/net/models");
  fs::create_directories(folder_ / "tb_logger/net");
  write(folder_ / "experiments/net/models/net_g_5.pth");
  { const ExperimentFolder folder(options_, ExperimentFolder::Start::kResume); }
  EXPECT_TRUE(fs::exists(folder_ / "experiments/net/models/net_g_5.pth"));
  { const ExperimentFolder folder(options_, ExperimentFolder::Start::kFresh); }
  EXPECT_FALSE(fs::exists(folder_ / "experiments/net/models/net_g_5.pth"));
  const auto experiments = names("experiments");
  ASSERT_THAT(experiments, SizeIs(2));
  EXPECT_THAT(experiments[1], StartsWith("net_archived_20"));
  EXPECT_TRUE(fs::exists(folder_ / "experiments" / experiments[1] / "models/net_g_5.pth"));
  EXPECT_THAT(names("tb_logger"), ElementsAre(StartsWith("net_archived_20")));
  // Twice within a second: both are kept.
  { const ExperimentFolder folder(options_, ExperimentFolder::Start::kFresh); }
  EXPECT_THAT(names("experiments"), SizeIs(3));
}

TEST_F(Experiment, ASecondTrainingIsRefusedAndMovesNothing) {
  const ExperimentFolder first(options_, ExperimentFolder::Start::kFresh);
  write(first.models() / "net_g_5.pth");
  for (const auto start : {ExperimentFolder::Start::kFresh, ExperimentFolder::Start::kResume}) {
    try {
      const ExperimentFolder second(options_, start);
      FAIL() << "no error";
    } catch (const OutputError& error) {
      EXPECT_THAT(error.what(), HasSubstr("another training is running"));
      EXPECT_THAT(error.what(), HasSubstr(first.root().string()));
    }
  }
  EXPECT_TRUE(fs::exists(first.models() / "net_g_5.pth"));
  EXPECT_THAT(names("experiments"), ElementsAre("net"));
}

TEST_F(Experiment, AFileOfThatNameIsNotReplaced) {
  fs::create_directories(folder_ / "experiments");
  write(folder_ / "experiments/net");
  EXPECT_THROW(ExperimentFolder(options_, ExperimentFolder::Start::kFresh), OutputError);
  EXPECT_TRUE(fs::is_regular_file(folder_ / "experiments/net"));
}

TEST_F(Experiment, ListsStatesByTheirNumber) {
  EXPECT_THAT(list_states(folder_ / "nothing"), SizeIs(0));
  for (const auto* name : {"10.state", "9.state", "100.state", "x.state", "11.pth", "1x.state"}) {
    write(folder_ / name);
  }
  const auto states = list_states(folder_.path());
  ASSERT_THAT(states, SizeIs(3));
  EXPECT_EQ(states[0].step, 9);
  EXPECT_EQ(states[2].step, 100);
  EXPECT_EQ(states[2].path, folder_ / "100.state");
}

}  // namespace
}  // namespace vcisr::trainers
