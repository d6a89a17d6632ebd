// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/process_group.h"

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>
#include <unistd.h>

#include "support/subprocess.h"
#include "trainers/process_group_fixtures.h"
#include "vcisr/core/error.h"

namespace vcisr::trainers {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

#define SKIP_WITHOUT_GLOO() \
  if (!has_collective_backend(CollectiveBackend::kGloo)) GTEST_SKIP() << "built without gloo"

/// This program once per rank, as ProcessGroupPart with the part given.
std::vector<tests::SubprocessResult> run_processes(int world, const std::string& part) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  const std::string port = std::to_string(free_port());
  std::vector<tests::SubprocessResult> results(static_cast<std::size_t>(world));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < world; ++rank) {
    threads.emplace_back([&, rank] {
      results[static_cast<std::size_t>(rank)] =
          tests::run({"env", "RANK=" + std::to_string(rank), "WORLD_SIZE=" + std::to_string(world),
                      "MASTER_ADDR=127.0.0.1", "MASTER_PORT=" + port, "OMP_NUM_THREADS=1",
                      "VCISR_TEST_PART=" + part, self, "--gtest_filter=ProcessGroupPart.*"});
    });
  }
  for (auto& thread : threads) thread.join();
  return results;
}

void exchange(ProcessGroup& group) {
  const int rank = group.rank();
  std::vector<torch::Tensor> tensors = {torch::arange(1000, torch::kFloat32) * (rank + 1),
                                        torch::full({2, 3}, rank, torch::kInt64),
                                        torch::ones({4, 3}, torch::kFloat64).t() * rank};
  group.all_reduce_sum(tensors);
  EXPECT_TRUE(torch::equal(tensors[0], torch::arange(1000, torch::kFloat32) * 3));
  EXPECT_TRUE(torch::equal(tensors[1], torch::ones({2, 3}, torch::kInt64)));
  EXPECT_TRUE(torch::equal(tensors[2], torch::ones({3, 4}, torch::kFloat64)));

  std::vector<torch::Tensor> state = {torch::full({5}, 7.0f + static_cast<float>(rank)),
                                      torch::full({}, rank == 0, torch::kBool), torch::empty({0})};
  group.broadcast(state);
  EXPECT_TRUE(torch::equal(state[0], torch::full({5}, 7.0f)));
  EXPECT_TRUE(state[1].item<bool>());

  EXPECT_FALSE(group.any(false));
  EXPECT_TRUE(group.any(rank == 1));
  group.barrier();
}

/// Rank 1 ends without a word; rank 0 must say so soon, not wait for the time-out.
void lose_partner(ProcessGroup& group) {
  group.barrier();
  if (group.rank() == 1) ::raise(SIGKILL);
  const auto begin = Clock::now();
  try {
    group.barrier();
    ADD_FAILURE() << "a barrier with a dead process";
  } catch (const DeviceError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("rank 0 of 2 cannot go on, because barrier 2 with the others"),
                      HasSubstr("rank 1 does not answer any more")));
  }
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(30));
}

void lose_rank_0(ProcessGroup& group) {
  group.barrier();
  if (group.rank() == 0) ::raise(SIGKILL);
  try {
    group.barrier();
    ADD_FAILURE() << "a barrier with a dead process";
  } catch (const DeviceError& error) {
    EXPECT_THAT(error.what(), HasSubstr("rank 0 has ended"));
  }
}

TEST(ProcessGroupPart, PlaysItsRole) {
  const char* const part = std::getenv("VCISR_TEST_PART");
  if (part == nullptr) GTEST_SKIP() << "a part of the tests below";
  const auto group = connect_process_group(find_process_place(Launcher::kPytorch), patient());
  if (std::string(part) == "exchange") exchange(*group);
  if (std::string(part) == "lose_partner") lose_partner(*group);
  if (std::string(part) == "lose_rank_0") lose_rank_0(*group);
}

TEST(ProcessGroup, ExchangesTensorsBetweenTwoProcesses) {
  SKIP_WITHOUT_GLOO();
  for (const auto& result : run_processes(2, "exchange")) {
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_EQ(result.err, "");
  }
}

TEST(ProcessGroup, SaysWhichProcessDied) {
  SKIP_WITHOUT_GLOO();
  const auto results = run_processes(2, "lose_partner");
  EXPECT_EQ(results[0].exit_code, 0) << results[0].out << results[0].err;
  EXPECT_EQ(results[0].err, "") << "an error is one sentence";
  EXPECT_EQ(results[1].exit_code, 128 + SIGKILL);
}

TEST(ProcessGroup, SurvivesTheDeathOfRankZero) {
  SKIP_WITHOUT_GLOO();
  const auto results = run_processes(2, "lose_rank_0");
  EXPECT_EQ(results[0].exit_code, 128 + SIGKILL);
  EXPECT_EQ(results[1].exit_code, 0) << results[1].out << results[1].err;
  EXPECT_EQ(results[1].err, "") << "an error is one sentence";
}

TEST(ProcessGroup, GivesEveryoneTheSameBits) {
  SKIP_WITHOUT_GLOO();
  constexpr int kWorld = 3;
  std::array<torch::Tensor, kWorld> sums;
  const auto errors = play(kWorld, patient(), [&sums](ProcessGroup& group) {
    torch::manual_seed(0);
    std::vector<torch::Tensor> tensors = {
        torch::sin(torch::arange(10'001, torch::kFloat32) * static_cast<float>(group.rank() + 1))};
    group.all_reduce_sum(tensors);
    sums[static_cast<std::size_t>(group.rank())] = tensors.front();
  });
  EXPECT_THAT(errors, Each(IsEmpty()));
  EXPECT_TRUE(torch::equal(sums[0], sums[1]));
  EXPECT_TRUE(torch::equal(sums[0], sums[2]));
}

TEST(ProcessGroup, PassesOnWhyAProcessGaveUp) {
  SKIP_WITHOUT_GLOO();
  const auto errors = play(2, patient(), [](ProcessGroup& group) {
    if (group.rank() == 1) {
      group.give_up("the disk is full");
      throw OutputError("the disk is full");
    }
    group.barrier();
  });
  EXPECT_THAT(errors[0], HasSubstr("rank 1 gave up: the disk is full"));
  EXPECT_EQ(errors[1], "the disk is full");
}

TEST(ProcessGroup, TellsTheOthersOfAnErrorByItsDestructor) {
  SKIP_WITHOUT_GLOO();
  const auto errors = play(2, patient(), [](ProcessGroup& group) {
    if (group.rank() == 0) throw OutputError("the disk is full");
    group.barrier();
  });
  EXPECT_EQ(errors[0], "the disk is full");
  EXPECT_THAT(errors[1], HasSubstr("rank 0 gave up: it had an error of its own"));
}

TEST(ProcessGroup, NamesTheOneThatDoesNotCome) {
  SKIP_WITHOUT_GLOO();
  ProcessGroupOptions options = patient();
  options.timeout = milliseconds(3000);
  options.silence_limit = milliseconds(2000);
  std::atomic<bool> has_failed = false;
  const auto errors = play(2, options, [&has_failed](ProcessGroup& group) {
    group.barrier();
    const auto limit = Clock::now() + std::chrono::seconds(60);
    while (group.rank() == 1 && !has_failed && Clock::now() < limit) {
      std::this_thread::sleep_for(milliseconds(20));
    }
    try {
      group.barrier();
    } catch (const DeviceError&) {
      has_failed = true;
      throw;
    }
  });
  EXPECT_THAT(errors[0], HasSubstr("rank 1 did not come to it"));
  EXPECT_THAT(errors[1], HasSubstr("rank 0 gave up"));
}

TEST(ProcessGroup, NamesTheRanksThatNeverStarted) {
  SKIP_WITHOUT_GLOO();
  ProcessGroupOptions options = patient();
  options.timeout = milliseconds(600);
  const int port = free_port();
  try {
    (void)connect_process_group(place_of(0, 3, port), options);
    FAIL() << "nobody else is there";
  } catch (const DeviceError& error) {
    EXPECT_THAT(error.what(), HasSubstr("rank 0 of 3 waited 600 ms at 127.0.0.1:" +
                                        std::to_string(port) + ", but ranks 1, 2 did not come"));
  }
}

TEST(ProcessGroup, RefusesARankThatStartsTwice) {
  SKIP_WITHOUT_GLOO();
  const int port = free_port();
  std::array<std::string, 3> errors;
  std::vector<std::thread> threads;
  std::atomic<int> refused = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      try {
        const auto group = connect_process_group(place_of(i == 0 ? 0 : 1, 2, port), patient());
        const auto limit = Clock::now() + std::chrono::seconds(60);
        while (refused == 0 && Clock::now() < limit) {
          std::this_thread::sleep_for(milliseconds(20));
        }
        group->barrier();
      } catch (const ConfigError& error) {
        errors[i] = error.what();
        ++refused;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(errors[0], "");
  EXPECT_THAT(errors[1] + errors[2], HasSubstr("rank 1 of 2 was started twice"));
  EXPECT_EQ(refused, 1);
}

TEST(ProcessGroup, NamesTheAddressWhereNobodyIs) {
  SKIP_WITHOUT_GLOO();
  ProcessGroupOptions options = patient();
  options.timeout = milliseconds(600);
  const int port = free_port();
  try {
    (void)connect_process_group(place_of(1, 2, port), options);
    FAIL() << "nobody else is there";
  } catch (const DeviceError& error) {
    EXPECT_THAT(error.what(), HasSubstr("rank 1 of 2 found nobody at 127.0.0.1:" +
                                        std::to_string(port) + " within 600 ms"));
  }
}

TEST(ProcessGroup, NamesAPortThatIsTaken) {
  SKIP_WITHOUT_GLOO();
  const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) GTEST_SKIP() << "no IPv6";
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  socklen_t size = sizeof(address);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(fd, 1), 0);
  ASSERT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const int port = ntohs(address.sin6_port);
  try {
    (void)connect_process_group(place_of(0, 2, port), patient());
    ADD_FAILURE() << "the port is taken";
  } catch (const DeviceError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("rank 0 of 2 cannot listen at 127.0.0.1:" + std::to_string(port)),
                      HasSubstr("MASTER_PORT")));
  }
  ::close(fd);
}

TEST(ProcessGroup, IsTrivialForOne) {
  const auto group = connect_process_group({});
  EXPECT_EQ(group->rank(), 0);
  EXPECT_EQ(group->world(), 1);
  EXPECT_TRUE(group->is_main());
  std::vector<torch::Tensor> tensors = {torch::ones({2})};
  group->all_reduce_sum(tensors);
  group->broadcast(tensors);
  group->barrier();
  EXPECT_TRUE(torch::equal(tensors.front(), torch::ones({2})));
  EXPECT_TRUE(group->any(true));
  EXPECT_FALSE(group->any(false));
}

TEST(ProcessGroup, RefusesABackendThatDoesNotFitTheDevice) {
  ProcessGroupOptions options = patient();
  options.device = torch::Device(torch::kCUDA, 0);
  EXPECT_THROW((void)connect_process_group(place_of(0, 2, 1), options), ConfigError);
  options.backend = CollectiveBackend::kNccl;
  options.device = torch::kCPU;
  EXPECT_THROW((void)connect_process_group(place_of(0, 2, 1), options), ConfigError);
  EXPECT_EQ(parse_collective_backend("gloo"), CollectiveBackend::kGloo);
  EXPECT_THROW((void)parse_collective_backend("glo"), ConfigError);
}

}  // namespace
}  // namespace vcisr::trainers
