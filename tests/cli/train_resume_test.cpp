// SPDX-License-Identifier: Apache-2.0
// A training that is killed or stopped goes on exactly; several processes train as one.
#include <algorithm>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/train_fixture.h"

namespace vcisr::tests {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class TrainResume : public TrainTest {
 protected:
  /// Starts it, kills it some steps after the state was saved, and says whether it was at work.
  [[nodiscard]] SubprocessResult kill_after(const std::string& state, const std::string& config,
                                            const char* signal) const {
    return tests::run({"bash", "-c",
                       "\"$0\" --config \"$1\" --auto-resume & pid=$!\n"
                       "while [ ! -e \"$2\" ]; do sleep 0.02; done; sleep 0.15\n"
                       "kill -" +
                           std::string(signal) + " $pid; wait $pid",
                       VCISR_TOOL_DIR "/vcisr-train", config, state});
  }

  /// Whole training against one that was killed twice.
  void expect_exact(const std::string& networks) {
    const std::int64_t last = 40;
    // A validation set whose lq is made here; its pictures are written again after a kill.
    write(path("c.yaml"), head() + degraded_data() +
                              "  val: {name: v, type: PairedImageDataset, dataroot_gt: " +
                              path("hq") + "}\n" + networks + logger(5) +
                              "val: {val_freq: 4, save_img: true, metrics: {psnr: {type: "
                              "calculate_psnr, crop_border: 2}}}\n");
    const auto whole = train({"--config", path("c.yaml")});
    ASSERT_EQ(whole.exit_code, 0) << whole.err;
    fs::rename(path("experiments"), path("whole"));

    const auto first =
        kill_after(path("experiments/net/training_states/5.state"), path("c.yaml"), "KILL");
    EXPECT_EQ(first.exit_code, 137) << first.err;
    ASSERT_FALSE(fs::exists(path("experiments/net/models/net_g_latest.pth"))) << "killed too late";
    const auto second =
        kill_after(path("experiments/net/training_states/20.state"), path("c.yaml"), "KILL");
    EXPECT_EQ(second.exit_code, 137) << second.err;
    ASSERT_FALSE(fs::exists(path("experiments/net/models/net_g_latest.pth"))) << "killed too late";
    const auto rest = train({"--config", path("c.yaml"), "--auto-resume"});
    ASSERT_EQ(rest.exit_code, 0) << rest.err;
    EXPECT_THAT(rest.err, HasSubstr("going on from"));
    const std::string state = "/net/training_states/" + std::to_string(last) + ".state";
    expect_equal_tensors(tensors("whole" + state), tensors("experiments" + state));
    // The log tells of each step once.
    const auto lines = contents(path("experiments/net/metrics.jsonl"));
    EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), last + last / 4);
    EXPECT_EQ(contents(path("whole/net/visualization/b/b_40.png")),
              contents(path("experiments/net/visualization/b/b_40.png")));
  }
};

TEST_F(TrainResume, ExactlyAfterKill9InTheFirstStage) { expect_exact(pixel_network(40)); }
TEST_F(TrainResume, ExactlyAfterKill9InTheGanStage) { expect_exact(gan_networks(40)); }

TEST_F(TrainResume, ASignalSavesAndLeaves) {
  write(path("c.yaml"),
        head() + degraded_data() + pixel_network(100'000) + logger(1'000'000) + "val: {}\n");
  for (const auto* signal : {"INT", "USR1"}) {
    const auto result =
        tests::run({"bash", "-c",
                    "\"$0\" --config \"$1\" --auto-resume & pid=$!\n"
                    "while ! grep -q iter: \"$2\"/train_*.log 2>/dev/null; do sleep 0.05; done\n"
                    "kill -" +
                        std::string(signal) + " $pid; wait $pid",
                    VCISR_TOOL_DIR "/vcisr-train", path("c.yaml"), path("experiments/net")});
    EXPECT_EQ(result.exit_code, 130) << result.err;
    EXPECT_THAT(result.err, HasSubstr("--auto-resume goes on from there"));
    EXPECT_FALSE(fs::is_empty(path("experiments/net/training_states")));
    fs::remove_all(path("experiments"));
  }
}

TEST_F(TrainResume, FromAnOlderStateSetsTheLaterOnesAside) {
  write(path("c.yaml"), head() + degraded_data() + pixel_network(6) + logger(2));
  ASSERT_EQ(train({"--config", path("c.yaml")}).exit_code, 0);
  const std::string states = path("experiments/net/training_states/");
  const auto result = train(
      {"--config", path("c.yaml"), "--resume", states + "2.state", "--set", "train.total_iter=3"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(fs::exists(states + "3.state"));
  EXPECT_FALSE(fs::exists(states + "6.state"));
  EXPECT_THAT(result.err, HasSubstr("later than the state in use"));
}

TEST_F(TrainResume, TwoProcessesTrainAsOneWithTheDoubleBatch) {
  write_pairs();
  const std::string rest = pixel_network(6) + logger(6);
  write(path("one.yaml"), head() + paired_data(4) + rest);
  ASSERT_EQ(train({"--config", path("one.yaml")}).exit_code, 0);
  fs::rename(path("experiments"), path("one"));

  write(path("two.yaml"), head() + paired_data(2) + rest);
  std::vector<SubprocessResult> results(2);
  std::vector<std::thread> threads;
  for (int rank = 0; rank < 2; ++rank) {
    threads.emplace_back([&, rank] {
      results[static_cast<std::size_t>(rank)] = tests::run(
          {"env", "RANK=" + std::to_string(rank), "LOCAL_RANK=" + std::to_string(rank),
           "WORLD_SIZE=2", "MASTER_ADDR=127.0.0.1",
           "MASTER_PORT=" + std::to_string(20000 + ::getpid() % 20000), "OMP_NUM_THREADS=1",
           VCISR_TOOL_DIR "/vcisr-train", "--config", path("two.yaml")});
    });
  }
  for (auto& thread : threads) thread.join();
  if (results[0].err.find("libgloo-dev") != std::string::npos) GTEST_SKIP() << "built without Gloo";
  ASSERT_EQ(results[0].exit_code, 0) << results[0].err;
  ASSERT_EQ(results[1].exit_code, 0) << results[1].err;
  EXPECT_THAT(results[1].err, Not(HasSubstr("iter:")));  // The first alone logs.

  const std::string state = "/net/training_states/6.state";
  const auto one = tensors("one" + state);
  const auto two = tensors("experiments" + state);
  ASSERT_EQ(one.tensors.size(), two.tensors.size());
  // Sums in another order: rounding of float32 gradients, of which Adam makes steps of up to the
  // rate (1e-3) where a gradient is nothing but rounding. The mean over a tensor does not care.
  for (const auto& [name, tensor] : one.tensors) {
    if (!name.starts_with("g.")) continue;
    const auto difference = (tensor - *two.find(name)).abs();
    EXPECT_LT(difference.mean().item<double>(), 1e-6) << name;
  }
}

}  // namespace
}  // namespace vcisr::tests
