// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vcisr/core/config.h"
#include "vcisr/core/error.h"

namespace vcisr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Config with(const std::vector<std::string>& overrides) {
  return Config::parse("a: 1\ntrain: {lr: 0.1, betas: [1, 2]}\nstages: [{p: 1}, {p: 2}]\nn: ~\n",
                       "c.yaml", overrides);
}

std::string error_of(const std::string& override_text) {
  try {
    (void)with({override_text});
  } catch (const ConfigError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no ConfigError for: " << override_text;
  return "";
}

TEST(YamlOverride, ReplacesAndAddsValues) {
  const auto config = with({"a=2", "train.lr=1e-3", "train:iter=5", "new.deep:er=[1, 2]",
                            "train.optim={type: Adam}", "n.x=3", "a=4"});
  EXPECT_EQ(config.get<int>("a"), 4) << "the last one wins";
  const auto train = config.section("train");
  EXPECT_EQ(train.get<double>("lr"), 1e-3);
  EXPECT_EQ(train.get<int>("iter"), 5);
  EXPECT_EQ(train.section("optim").get<std::string>("type"), "Adam");
  EXPECT_EQ(config.section("new").section("deep").get<Range<int>>("er"), (Range<int>{1, 2}));
  EXPECT_EQ(config.section("n").get<int>("x"), 3);
}

TEST(YamlOverride, TakesListItemsByNumber) {
  const auto config = with({"stages.0.p=5", "stages[1].p=6", "stages:1:q=7", "train.betas[0]=9"});
  EXPECT_EQ(config.sections("stages").at(0).get<int>("p"), 5);
  EXPECT_EQ(config.sections("stages").at(1).get<int>("p"), 6);
  EXPECT_EQ(config.sections("stages").at(1).get<int>("q"), 7);
  EXPECT_THAT(config.section("train").get<std::vector<int>>("betas"), ElementsAre(9, 2));
}

TEST(YamlOverride, KeepsEverythingBehindTheFirstEqualsSign) {
  const auto config = with({"a=x=y", "b=", "c='#1'", "d=C:\\films\\a", "e=---"});
  EXPECT_EQ(config.get<std::string>("a"), "x=y");
  EXPECT_FALSE(config.has("b"));
  EXPECT_EQ(config.get<std::string>("c"), "#1");
  EXPECT_EQ(config.get<std::string>("d"), "C:\\films\\a");
  EXPECT_EQ(config.get<std::string>("e"), "---");
}

TEST(YamlOverride, IsNamedInErrorsAboutItsValue) {
  const auto config = with({"train.lr=fast"});
  try {
    (void)config.section("train").get<double>("lr");
    ADD_FAILURE() << "'fast' is no number";
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "override 'train.lr=fast': train.lr: 'fast' is not a number");
  }
}

TEST(YamlOverride, UnknownKeysOfOverridesAreErrors) {
  const auto config = Config::parse("", "c.yaml", {"scal=4"});
  int scale = 1;
  config.read("scale", scale);
  try {
    config.expect_all_keys_read();
    ADD_FAILURE() << "'scal' was read by nobody";
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "override 'scal=4': scal: unknown key (did you mean 'scale'?)");
  }
}

TEST(YamlOverride, RefusesWhatMakesNoSense) {
  EXPECT_EQ(error_of("a"), "override 'a': is not of the form key.key=value");
  EXPECT_EQ(error_of("=1"), "override '=1': is not of the form key.key=value");
  EXPECT_EQ(error_of("a..b=1"), "override 'a..b=1': is not of the form key.key=value");
  EXPECT_EQ(error_of("a.b=1"), "override 'a.b=1': a is '1', not a section: it has no key 'b'");
  EXPECT_EQ(error_of("stages.2.p=1"),
            "override 'stages.2.p=1': stages is a list of 2, it has no item '2' (the first is 0)");
  EXPECT_EQ(error_of("stages.x=1"),
            "override 'stages.x=1': stages is a list of 2, it has no item 'x' (the first is 0)");
  EXPECT_THAT(error_of("a=[1"), HasSubstr("(put quotes around text)"));
  EXPECT_THAT(error_of("a=*.png"), HasSubstr("(put quotes around text)"));
  EXPECT_THAT(error_of("a=%05d.png"), HasSubstr("(put quotes around text)"));
  EXPECT_THAT(error_of("a={b: 1, b: 2}"), HasSubstr("b: given twice"));
}

}  // namespace
}  // namespace vcisr
