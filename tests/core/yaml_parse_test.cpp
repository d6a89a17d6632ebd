// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vcisr/core/config.h"
#include "vcisr/core/error.h"

namespace vcisr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string error_of(const std::string& text) {
  try {
    (void)Config::parse(text, "c.yaml");
  } catch (const ConfigError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no ConfigError for: " << text.substr(0, 100);
  return "";
}

TEST(YamlParse, RefusesDuplicateKeysWithBothLines) {
  EXPECT_EQ(error_of("a: 1\nb: 2\na: 3\n"), "c.yaml:3: a: given twice (first in line 1)");
  EXPECT_EQ(error_of("{a: 1, a: 2}"), "c.yaml:1: a: given twice (first in line 1)");
  EXPECT_EQ(error_of("x:\n  y:\n    - {b: 1}\n    - c: 1\n      c: 2\n"),
            "c.yaml:5: x.y[1].c: given twice (first in line 4)");
  EXPECT_EQ(error_of("'a': 1\na: 2\n"), "c.yaml:2: a: given twice (first in line 1)");
}

TEST(YamlParse, TakesAnEmptyFileAsNoKeys) {
  for (const auto* text : {"", "\n", "# only a comment\n", "---\n", "{}", "~"}) {
    EXPECT_TRUE(Config::parse(text).keys().empty()) << text;
  }
}

TEST(YamlParse, RefusesWhatIsNotASection) {
  EXPECT_EQ(error_of("[1, 2]"), "c.yaml: holds a list, keys with values were expected");
  EXPECT_EQ(error_of("word"), "c.yaml: holds 'word', keys with values were expected");
  EXPECT_EQ(error_of("a: 1\n---\nb: 2\n"), "c.yaml: holds more than one YAML document");
}

TEST(YamlParse, RefusesOddKeys) {
  EXPECT_EQ(error_of("? [a, b]\n: 1\n"),
            "c.yaml:1: a key must be a single word (or a bracket before it is not closed)");
  EXPECT_EQ(error_of("a: 1\n? {c: d}\n: 1\n"),
            "c.yaml:2: a key must be a single word (or a bracket before it is not closed)");
  EXPECT_EQ(error_of("~: 1\n"), "c.yaml:1: a key is empty");
  EXPECT_EQ(error_of("a: &x 1\n*x : 2\n"), "c.yaml:2: an alias cannot be a key");
}

TEST(YamlParse, SaysWhereTextIsNotYaml) {
  EXPECT_THAT(error_of("a: 1\nb: [1, 2\nc: 3\n"), HasSubstr("not valid YAML: "));
  EXPECT_THAT(error_of("a: 1\n\tb: 2\n"), HasSubstr("c.yaml:2: not valid YAML: "));
  EXPECT_THAT(error_of("a: b: c\n"), HasSubstr("c.yaml:1: not valid YAML: "));
  EXPECT_THAT(error_of("a: *nobody\n"), HasSubstr("c.yaml:1: not valid YAML: "));
}

TEST(YamlParse, KnowsTheTagsOfYamlOnly) {
  EXPECT_THAT(error_of("a: !!python/tuple [1, 2]\n"), HasSubstr("c.yaml:1: unknown tag "));
  EXPECT_THAT(error_of("a: !mine 4\n"), HasSubstr("unknown tag '!mine'"));
  EXPECT_EQ(error_of("a: !!float [1]\n"),
            "c.yaml:1: the tag !!float does not fit a list or section");
  const auto config = Config::parse("a: !!seq [1]\nb: !!map {c: 1}\nd: !!null x\n");
  EXPECT_THAT(config.get<std::vector<int>>("a"), ElementsAre(1));
  EXPECT_EQ(config.section("b").get<int>("c"), 1);
  EXPECT_FALSE(config.has("d"));
}

TEST(YamlParse, WritesAliasesOut) {
  const auto config = Config::parse("a: &x {n: 1, m: 2}\nb: *x\nc: &y 5\nd: [*y, *y]\n", "c.yaml");
  EXPECT_EQ(config.section("b").get<int>("n"), 1);
  EXPECT_THAT(config.get<std::vector<int>>("d"), ElementsAre(5, 5));
  (void)config.get<int>("c");
  (void)config.section("a").get<int>("n");
  (void)config.section("a").get<int>("m");
  try {
    config.expect_all_keys_read();
    ADD_FAILURE() << "b.m was read by nobody";
  } catch (const ConfigError& error) {
    EXPECT_EQ(std::string(error.what()), "c.yaml:1: b.m: unknown key (did you mean 'n'?)");
  }
}

TEST(YamlParse, MergesSections) {
  const auto config = Config::parse(
      "base: &base {a: 1, b: 2}\nmore: &more {b: 3, c: 4}\n"
      "one: {<<: *base, a: 9}\ntwo:\n  <<: [*more, *base]\n  d: 5\n"
      "three: {<<: &inline {x: 1}}\nfour: *inline\nfive: {'<<': 7}\n");
  EXPECT_THAT(config.section("one").keys(), ElementsAre("a", "b"));
  EXPECT_EQ(config.section("one").get<int>("a"), 9);
  EXPECT_EQ(config.section("two").get<int>("b"), 3);
  EXPECT_EQ(config.section("two").get<int>("a"), 1);
  EXPECT_EQ(config.section("three").get<int>("x"), 1);
  EXPECT_EQ(config.section("four").get<int>("x"), 1);
  EXPECT_EQ(config.section("five").get<int>("<<"), 7);
  EXPECT_EQ(error_of("a: {<<: 5}\n"), "c.yaml:1: a.<<: only sections can be merged");
  EXPECT_EQ(error_of("a: {<<: [{b: 1}, 2]}\n"), "c.yaml:1: a.<<: only sections can be merged");
}

TEST(YamlParse, RefusesDepthAndSizeWithoutCrashing) {
  const auto nested = [](std::size_t depth) {
    return "a: " + std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_NO_THROW((void)Config::parse(nested(90)));
  EXPECT_EQ(error_of(nested(150)), "c.yaml:1: is nested deeper than 100 levels");
  EXPECT_THAT(error_of("a: " + std::string(3000, '[')), HasSubstr("c.yaml:1: "));
  EXPECT_THAT(error_of("a: " + std::string(3000, '{')), HasSubstr("c.yaml:1: "));
  std::string block = "a:\n";
  for (std::size_t i = 1; i < 200; ++i) block += std::string(i, ' ') + "a:\n";
  EXPECT_THAT(error_of(block), HasSubstr("nested deeper"));
  std::string dashes = "a:\n ";
  for (std::size_t i = 1; i < 200; ++i) dashes += "- ";
  EXPECT_THAT(error_of(dashes + "1"), HasSubstr("nested deeper"));
  std::string many = "a: [";
  for (int i = 0; i < 250000; ++i) many += "0,";
  EXPECT_EQ(error_of(many + "0]"), "c.yaml:1: holds more than 200000 values");
  EXPECT_EQ(error_of(std::string(17 << 20, ' ')), "c.yaml: is larger than 16 MiB");
}

TEST(YamlParse, RefusesAliasesThatExplode) {
  std::string bomb = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 8; ++j) bomb += ", " + before;
    bomb += "]\n";
  }
  EXPECT_THAT(error_of(bomb),
              HasSubstr("more than 200000 values once its aliases are written out"));
  EXPECT_EQ(error_of("a: &a [*a]\n"), "c.yaml:1: an alias stands inside the value it names");
  EXPECT_EQ(error_of("a: &a\n  b: {c: *a}\n"),
            "c.yaml:2: an alias stands inside the value it names");
  std::string deep = "a0: &a0 [1]\n";
  for (int i = 1; i < 120; ++i) {
    deep += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
            "]\n";
  }
  EXPECT_THAT(error_of(deep), HasSubstr("nested deeper"));
}

TEST(YamlParse, RefusesOrTakesDamagedBytesWithoutCrashing) {
  const std::string good =
      "name: a\nnet: &n {type: x, r: [1, 2.5e3]}\nlist:\n  - *n\n  - 'q''q'\n  - \"\\x41\"\n"
      "text: |\n  block\nfold: >\n  folded\n";
  std::uint32_t state = 1;
  for (int i = 0; i < 3000; ++i) {
    std::string text = good;
    for (int j = 0; j < 3; ++j) {
      state = state * 1664525u + 1013904223u;
      text[(state >> 8) % text.size()] = static_cast<char>(state >> 24);
    }
    try {
      (void)Config::parse(text).dump();
    } catch (const ConfigError&) {
      continue;  // One clear error, or a value: both are fine.
    }
  }
}

}  // namespace
}  // namespace vcisr
