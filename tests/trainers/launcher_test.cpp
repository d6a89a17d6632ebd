// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/launcher.h"

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vcisr/core/error.h"

namespace vcisr::trainers {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Variables = std::map<std::string, std::string>;

Environment environment(Variables variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

ProcessPlace place(Launcher launcher, Variables variables, std::optional<int> port = {}) {
  return find_process_place(launcher, environment(std::move(variables)), port);
}

std::string refusal(Launcher launcher, Variables variables) {
  try {
    (void)place(launcher, std::move(variables));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

std::string list_refusal(const std::string& list) {
  try {
    (void)expand_node_list(list);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(NodeList, IsExpandedAsSlurmMeansIt) {
  EXPECT_THAT(expand_node_list("gpu1"), ElementsAre("gpu1"));
  EXPECT_THAT(expand_node_list("node[01-04,7]"),
              ElementsAre("node01", "node02", "node03", "node04", "node7"));
  EXPECT_THAT(expand_node_list("a,b[9-11],c-d[3]-ib"),
              ElementsAre("a", "b9", "b10", "b11", "c-d3-ib"));
  EXPECT_THAT(expand_node_list("rack[1-2]n[08-09]"),
              ElementsAre("rack1n08", "rack1n09", "rack2n08", "rack2n09"));
  EXPECT_THAT(expand_node_list("n[098-100]"), ElementsAre("n098", "n099", "n100"));
}

TEST(NodeList, RefusesOtherText) {
  EXPECT_THAT(list_refusal("node[1-2"), HasSubstr("its brackets do not match"));
  EXPECT_THAT(list_refusal("node1-2]"), HasSubstr("its brackets do not match"));
  EXPECT_THAT(list_refusal("node[[1]]"), HasSubstr("its brackets do not match"));
  EXPECT_THAT(list_refusal("node[4-2]"), HasSubstr("'4-2' runs backwards"));
  EXPECT_THAT(list_refusal("node[x]"), HasSubstr("'x' is no range of numbers"));
  EXPECT_THAT(list_refusal("node[]"), HasSubstr("is no range of numbers"));
  EXPECT_THAT(list_refusal("a,,b"), HasSubstr("a name is missing"));
  EXPECT_THAT(list_refusal(""), HasSubstr("a name is missing"));
  EXPECT_THAT(list_refusal("n[0-99999999]"), HasSubstr("too many nodes"));
  EXPECT_THAT(list_refusal("n[0-999]m[0-999]"), HasSubstr("too many nodes"));
  EXPECT_THAT(list_refusal("n[0-99999999999999999999999]"), HasSubstr("no range of numbers"));
}

TEST(Launcher, IsOneProcessWithoutVariables) {
  const ProcessPlace alone = place(Launcher::kAuto, {});
  EXPECT_EQ(alone.rank, 0);
  EXPECT_EQ(alone.world, 1);
  // kNone does not even look.
  EXPECT_EQ(place(Launcher::kNone, {{"RANK", "1"}, {"WORLD_SIZE", "2"}}).world, 1);
  // Kubernetes operators set one of them alone for purposes of their own.
  EXPECT_EQ(place(Launcher::kAuto, {{"RANK", "1"}}).world, 1);
}

TEST(Launcher, ReadsTorchrun) {
  const ProcessPlace found = place(Launcher::kAuto, {{"RANK", "5"},
                                                     {"WORLD_SIZE", "8"},
                                                     {"LOCAL_RANK", "1"},
                                                     {"MASTER_ADDR", "10.0.0.7"},
                                                     {"MASTER_PORT", "1234"},
                                                     {"TORCHELASTIC_USE_AGENT_STORE", "True"}});
  EXPECT_EQ(found.rank, 5);
  EXPECT_EQ(found.world, 8);
  EXPECT_EQ(found.local_rank, 1);
  EXPECT_EQ(found.rendezvous_host, "10.0.0.7");
  EXPECT_EQ(found.rendezvous_port, 1234);
  EXPECT_TRUE(found.is_rendezvous_hosted);
}

TEST(Launcher, LetsVariablesWinOverTheConfigsPort) {
  const Variables variables = {{"RANK", "0"}, {"WORLD_SIZE", "2"}};
  EXPECT_EQ(place(Launcher::kPytorch, variables).rendezvous_port, 29500);
  EXPECT_EQ(place(Launcher::kPytorch, variables, 4000).rendezvous_port, 4000);
  Variables with_port = variables;
  with_port["MASTER_PORT"] = "5000";
  EXPECT_EQ(place(Launcher::kPytorch, with_port, 4000).rendezvous_port, 5000);
  EXPECT_FALSE(place(Launcher::kPytorch, variables).is_rendezvous_hosted);
}

TEST(Launcher, ReadsSlurm) {
  Variables variables = {{"SLURM_PROCID", "3"},     {"SLURM_NTASKS", "4"},
                         {"SLURM_LOCALID", "1"},    {"SLURM_NODELIST", "gpu[07-08]"},
                         {"SLURM_JOB_ID", "81234"}, {"SLURM_STEP_ID", "0"}};
  const ProcessPlace found = place(Launcher::kAuto, variables);
  EXPECT_EQ(found.rank, 3);
  EXPECT_EQ(found.world, 4);
  EXPECT_EQ(found.local_rank, 1);
  EXPECT_EQ(found.rendezvous_host, "gpu07");
  EXPECT_EQ(found.rendezvous_port, 16234);
  EXPECT_FALSE(found.is_rendezvous_hosted);
  EXPECT_EQ(place(Launcher::kSlurm, variables, 4000).rendezvous_port, 4000);

  variables["SLURM_NODELIST"] = "gpu07";
  EXPECT_EQ(place(Launcher::kAuto, variables).rendezvous_host, "127.0.0.1");
  variables["MASTER_ADDR"] = "gpu07-ib";
  EXPECT_EQ(place(Launcher::kAuto, variables).rendezvous_host, "gpu07-ib");
  // A step of fewer tasks than the job has.
  variables["SLURM_STEP_NUM_TASKS"] = "5";
  EXPECT_EQ(place(Launcher::kAuto, variables).world, 5);
  // The batch script itself: nobody started the other tasks.
  variables.erase("SLURM_STEP_ID");
  EXPECT_EQ(place(Launcher::kAuto, variables).world, 1);
}

TEST(Launcher, ReadsOpenMpi) {
  Variables variables = {{"OMPI_COMM_WORLD_RANK", "1"},
                         {"OMPI_COMM_WORLD_SIZE", "2"},
                         {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                         {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}};
  const ProcessPlace found = place(Launcher::kAuto, variables);
  EXPECT_EQ(found.rank, 1);
  EXPECT_EQ(found.world, 2);
  EXPECT_EQ(found.local_rank, 1);
  EXPECT_EQ(found.rendezvous_host, "127.0.0.1");
  variables["OMPI_COMM_WORLD_LOCAL_SIZE"] = "1";
  EXPECT_THAT(refusal(Launcher::kAuto, variables), HasSubstr("mpirun -x MASTER_ADDR=<host>"));
  variables["MASTER_ADDR"] = "head";
  EXPECT_EQ(place(Launcher::kAuto, variables).rendezvous_host, "head");
}

TEST(Launcher, NamesTheVariableThatIsWrong) {
  EXPECT_THAT(refusal(Launcher::kPytorch, {{"WORLD_SIZE", "2"}}), HasSubstr("RANK is not set"));
  EXPECT_THAT(refusal(Launcher::kPytorch, {{"RANK", "2"}, {"WORLD_SIZE", "2"}}),
              HasSubstr("RANK is '2', but should be a whole number in [0, 1]"));
  EXPECT_THAT(refusal(Launcher::kPytorch, {{"RANK", "x"}, {"WORLD_SIZE", "2"}}),
              HasSubstr("RANK is 'x'"));
  EXPECT_THAT(
      refusal(Launcher::kPytorch, {{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_PORT", "99999"}}),
      HasSubstr("MASTER_PORT is '99999'"));
  EXPECT_THAT(refusal(Launcher::kSlurm, {}), HasSubstr("SLURM_NTASKS is not set"));
}

TEST(Launcher, IsParsedByName) {
  EXPECT_EQ(parse_launcher("none"), Launcher::kNone);
  EXPECT_EQ(parse_launcher("pytorch"), Launcher::kPytorch);
  EXPECT_EQ(parse_launcher("slurm"), Launcher::kSlurm);
  EXPECT_THROW((void)parse_launcher("slrum"), ConfigError);
}

}  // namespace
}  // namespace vcisr::trainers
