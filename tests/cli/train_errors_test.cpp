// SPDX-License-Identifier: Apache-2.0
// What users get wrong: one sentence, the documented code, nothing lost.
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/train_fixture.h"

namespace vcisr::tests {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class TrainErrors : public TrainTest {
 protected:
  void SetUp() override {
    TrainTest::SetUp();
    write(path("c.yaml"), head() + degraded_data() + pixel_network(4) + logger(2));
  }
  [[nodiscard]] SubprocessResult train_with(std::vector<std::string> settings) const {
    std::vector<std::string> arguments = {"--config", path("c.yaml")};
    for (auto& setting : settings) {
      arguments.insert(arguments.end(), {"--set", std::move(setting)});
    }
    return train(arguments);
  }
};

TEST_F(TrainErrors, MistakesInTheFileNameTheirPlace) {
  expect_failure(train({}), 2, "no configuration was given");
  expect_failure(train({"--config", path("none.yaml")}), 2, "none.yaml");
  expect_failure(train_with({"train.totla_iter=3"}), 2, "totla_iter: unknown key");
  expect_failure(train_with({"network_g.type=srvg"}), 2, "unknown network 'srvg'");
  expect_failure(train_with({"network_g.scale=4"}), 2, "network_g enlarges by 4");
  expect_failure(train_with({"train.optim_g.type=SGD"}), 2, "SGD");
  expect_failure(train_with({"train.pixel_opt=~"}), 2, "a loss is required");
  expect_failure(train_with({"train.pixel_opt.type=L3Loss"}), 2, "L3Loss");
  expect_failure(train_with({"use_amp=true"}), 2, "amp_bf16");
  expect_failure(train_with({"datasets.train.gt_size=33"}), 2, "33");
  expect_failure(train({"--config", path("c.yaml"), "--check", "--test"}), 2, "exclude each other");
  expect_failure(train({"--config", path("c.yaml"), "--launcher", "ssh"}), 2, "ssh");
  EXPECT_FALSE(fs::exists(path("experiments")));
}

TEST_F(TrainErrors, LenientFilesOnlyWarn) {
  const auto result =
      train({"--config", path("c.yaml"), "--set", "train.totla_iter=3", "--lenient", "--check"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("totla_iter"));
}

TEST_F(TrainErrors, AVanishedDataFolder) {
  fs::remove_all(path("hq"));
  expect_failure(train_with({}), 3, path("hq"));
  EXPECT_FALSE(fs::exists(path("experiments")));
}

TEST_F(TrainErrors, ModelsAndStatesThatAreNone) {
  write(path("bad.pth"), "no model");
  expect_failure(train_with({"path.pretrain_network_g=" + path("bad.pth")}), 6, "bad.pth");
  expect_failure(train_with({"path.pretrain_network_g=" + path("none.pth")}), 6, "none.pth");
  expect_failure(train({"--config", path("c.yaml"), "--resume", path("none.state")}), 6,
                 "none.state");
  ASSERT_EQ(train_with({}).exit_code, 0);
  // The newest state was cut short, say by a copy that did not finish.
  const std::string state = path("experiments/net/training_states/4.state");
  fs::resize_file(state, fs::file_size(state) / 2);
  expect_failure(train({"--config", path("c.yaml"), "--auto-resume"}), 6, "4.state");
  EXPECT_TRUE(fs::exists(path("experiments/net/training_states/2.state")));
  // Bytes that changed on the disk.
  const std::string other = path("experiments/net/training_states/2.state");
  auto bytes = contents(other);
  bytes[bytes.size() - 100] = static_cast<char>(bytes[bytes.size() - 100] ^ 1);
  write(other, bytes);
  expect_failure(train({"--config", path("c.yaml"), "--resume", other}), 6, "checksum");
  // A model is no state.
  expect_failure(
      train({"--config", path("c.yaml"), "--resume", path("experiments/net/models/net_g_4.pth")}),
      6, "is no training state");
}

TEST_F(TrainErrors, DataThatVanishMeanwhileLeaveAState) {
  write_pairs();
  write(path("d.yaml"), head() + paired_data(2) + pixel_network(100'000) + logger(1'000'000));
  const auto result = tests::run(
      {"bash", "-c",
       "\"$0\" --config \"$1\" & pid=$!\n"
       "while ! grep -q iter: \"$2\"/train_*.log 2>/dev/null; do sleep 0.05; done\n"
       "rm -r \"$3\"; wait $pid",
       VCISR_TOOL_DIR "/vcisr-train", path("d.yaml"), path("experiments/net"), path("lq")});
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_THAT(result.err, HasSubstr("--auto-resume goes on there"));
  EXPECT_FALSE(fs::is_empty(path("experiments/net/training_states")));
}

TEST_F(TrainErrors, ASecondTrainingInTheSameFolder) {
  const auto result = tests::run(
      {"bash", "-c",
       "\"$0\" --config \"$1\" --set train.total_iter=100000 -q & pid=$!\n"
       "while [ ! -e \"$2\"/2.state ]; do sleep 0.05; done\n"
       "\"$0\" --config \"$1\"; code=$?\n"
       "\"$0\" --config \"$1\" --auto-resume; second=$?\n"
       "kill -KILL $pid; wait $pid\n[ -e \"$2\"/2.state ] && exit $code$second",
       VCISR_TOOL_DIR "/vcisr-train", path("c.yaml"), path("experiments/net/training_states")});
  EXPECT_EQ(result.exit_code, 44) << result.err;
  EXPECT_THAT(result.err, HasSubstr("another training is running in this folder"));
}

TEST_F(TrainErrors, AFullDiskKeepsWhatWasSaved) {
  // Files may not grow beyond 300 KiB: the first state fits, that of a larger network does not.
  ASSERT_EQ(train_with({"train.total_iter=2"}).exit_code, 0);
  const auto result = tests::run({"bash", "-c",
                                  "trap '' XFSZ; ulimit -f 300; exec \"$0\" --config \"$1\" "
                                  "--set network_g.num_feat=48 --set name=big",
                                  VCISR_TOOL_DIR "/vcisr-train", path("c.yaml")});
  EXPECT_EQ(result.exit_code, 4) << result.err;
  EXPECT_THAT(result.err, HasSubstr("error: "));
  EXPECT_FALSE(fs::exists(path("experiments/big/training_states/2.state")));
  for (const auto& entry : fs::recursive_directory_iterator(path("experiments/big"))) {
    EXPECT_EQ(entry.path().filename().string().find(".vcisr-"), std::string::npos) << entry.path();
  }
  EXPECT_TRUE(fs::exists(path("experiments/net/training_states/2.state")));
}

TEST_F(TrainErrors, LossesThatAreNotFiniteEndTheTraining) {
  ASSERT_EQ(train_with({"train.total_iter=2"}).exit_code, 0);
  auto broken = tensors("experiments/net/models/net_g_2.pth");
  broken.tensors[0].second.fill_(std::numeric_limits<float>::quiet_NaN());
  tensorfile::write_safetensors(path("broken.safetensors"), broken, false);
  const auto result =
      train_with({"path.pretrain_network_g=" + path("broken.safetensors"), "train.total_iter=500",
                  "logger.print_freq=1000", "logger.save_checkpoint_freq=1000"});
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_THAT(result.err, HasSubstr("100 steps in a row were not finite"));
  EXPECT_THAT(result.err, HasSubstr("its batch is in"));
  std::int64_t dumps = 0;
  for (const auto& entry : fs::directory_iterator(path("experiments/net/non_finite"))) {
    const auto batch = tensorfile::read_checkpoint(entry.path());
    EXPECT_NE(batch.find("lq_0"), nullptr);
    EXPECT_THAT(batch.metadata.at("names_0"), HasSubstr(".png"));
    ++dumps;
  }
  EXPECT_EQ(dumps, 10);
}

}  // namespace
}  // namespace vcisr::tests
