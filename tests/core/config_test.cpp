// SPDX-License-Identifier: Apache-2.0
#include "vcisr/core/config.h"

#include <fstream>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.h"
#include "support/warnings_are_failures.h"
#include "vcisr/core/error.h"

namespace vcisr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// The message of the ConfigError that `body` throws.
template <class Body>
std::string error_of(Body body) {
  try {
    body();
  } catch (const ConfigError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no ConfigError was thrown";
  return "";
}

constexpr auto kFile = R"(name: espcn_x4
scale: 4
network_g: {type: espcn, features: 64}
train:
  total_iter: !!float 3e5
  optim_g:
    lr: !!float 1e-3
    betas: [0.9, 0.99]
  ema: yes
)";

TEST(Config, ReadsEveryType) {
  const auto config = Config::parse(kFile);
  EXPECT_EQ(config.get<std::string>("name"), "espcn_x4");
  EXPECT_EQ(config.get<int>("scale"), 4);
  EXPECT_EQ(config.get<std::int64_t>("scale"), 4);
  EXPECT_EQ(config.get<float>("scale"), 4.0F);
  const auto train = config.section("train");
  EXPECT_EQ(train.get<int>("total_iter"), 300000);
  EXPECT_TRUE(train.get<bool>("ema"));
  EXPECT_DOUBLE_EQ(train.section("optim_g").get<double>("lr"), 1e-3);
  EXPECT_THAT(train.section("optim_g").get<std::vector<double>>("betas"), ElementsAre(0.9, 0.99));
  EXPECT_EQ(train.section("optim_g").get<Range<double>>("betas"), (Range<double>{0.9, 0.99}));
  EXPECT_THAT(config.keys(), ElementsAre("name", "scale", "network_g", "train"));
}

TEST(Config, KeepsDefaultsOfKeysNotGiven) {
  const auto config = Config::parse("a: 1\nb: ~\nc:\n");
  int value = 7;
  EXPECT_FALSE(config.read("b", value));
  EXPECT_FALSE(config.read("c", value));
  EXPECT_FALSE(config.read("d", value, {0, 9}));
  EXPECT_EQ(value, 7);
  EXPECT_TRUE(config.read("a", value));
  EXPECT_EQ(value, 1);
  EXPECT_FALSE(config.has("b"));
  EXPECT_TRUE(config.has("a"));
  EXPECT_NO_THROW(config.expect_all_keys_read());
}

TEST(Config, LeavesTheValueAloneWhenItThrows) {
  const auto config = Config::parse("a: 9\nb: [1, x]\nc: green\n");
  int value = 7;
  std::vector<int> list = {3};
  std::string word = "red";
  EXPECT_THROW(config.read("a", value, {0, 5}), ConfigError);
  EXPECT_THROW(config.read("b", list), ConfigError);
  EXPECT_THROW(config.read_choice("c", word, {"red", "blue"}), ConfigError);
  EXPECT_EQ(value, 7);
  EXPECT_THAT(list, ElementsAre(3));
  EXPECT_EQ(word, "red");
}

TEST(Config, NamesFileLinePathAndRangeOfAValueOutside) {
  const auto config = Config::parse("x: 1\nscale: 0\nnet: {r: [1, 20]}\nf: -0.5\n", "c.yaml");
  int scale = 2;
  EXPECT_EQ(error_of([&] {
              config.read("scale", scale, {1, 8});
            }),
            "c.yaml:2: scale: 0 is outside [1, 8]");
  EXPECT_EQ(error_of([&] {
              (void)config.get<std::int64_t>("scale", {1, 8});
            }),
            "c.yaml:2: scale: 0 is outside [1, 8]");
  EXPECT_EQ(error_of([&] {
              config.read("scale", scale, {1, std::numeric_limits<int>::max()});
            }),
            "c.yaml:2: scale: 0 is below 1");
  EXPECT_EQ(error_of([&] {
              (void)config.section("net").get<Range<int>>("r", {0, 9});
            }),
            "c.yaml:3: net.r[1]: 20 is outside [0, 9]");
  EXPECT_EQ(error_of([&] {
              (void)config.section("net").get<std::vector<int>>("r", {5, 50});
            }),
            "c.yaml:3: net.r[0]: 1 is outside [5, 50]");
  double f = 0;
  EXPECT_EQ(error_of([&] { config.read("f", f, {0, 1}); }), "c.yaml:4: f: -0.5 is outside [0, 1]");
}

TEST(Config, NamesWhatWasGivenAndWhatWasExpected) {
  const auto config = Config::parse(
      "a: four\nb: [1, 2]\nc: {d: 1}\ne: \"4\"\nf: 4.5\ng: ~\nh: [1, ~]\ni: [3, 1]\nj: [1]\n",
      "c.yaml");
  EXPECT_EQ(error_of([&] { (void)config.get<int>("a"); }), "c.yaml:1: a: 'four' is not an integer");
  EXPECT_EQ(error_of([&] { (void)config.get<int>("b"); }),
            "c.yaml:2: b: a list was given, an integer was expected");
  EXPECT_EQ(error_of([&] { (void)config.get<std::string>("c"); }),
            "c.yaml:3: c: a section was given, text was expected");
  EXPECT_EQ(error_of([&] { (void)config.get<int>("e"); }),
            "c.yaml:4: e: the text '4' is not an integer");
  EXPECT_EQ(error_of([&] { (void)config.get<int>("f"); }), "c.yaml:5: f: '4.5' is not an integer");
  EXPECT_EQ(error_of([&] { (void)config.get<int>("g"); }),
            "c.yaml:6: g: is missing, an integer is required");
  EXPECT_EQ(error_of([&] { (void)config.get<std::vector<int>>("h"); }),
            "c.yaml:7: h[1]: nothing (~) was given, an integer was expected");
  EXPECT_EQ(error_of([&] { (void)config.get<Range<int>>("i"); }),
            "c.yaml:8: i: [3, 1] is not a range: its first number is larger than its second");
  EXPECT_EQ(error_of([&] { (void)config.get<Range<int>>("j"); }),
            "c.yaml:9: j: a list of 1 was given, [lowest, highest] was expected");
  EXPECT_EQ(error_of([&] { (void)config.section("a"); }),
            "c.yaml:1: a: 'four' was given, a section was expected");
  EXPECT_EQ(error_of([&] { (void)config.get<std::vector<int>>("a"); }),
            "c.yaml:1: a: 'four' was given, a list (each item an integer) was expected");
  EXPECT_EQ(error_of([&] { (void)config.section("c").get<bool>("x"); }),
            "c.yaml:3: c.x: is missing, true or false is required");
  EXPECT_EQ(error_of([&] { (void)config.section("none"); }),
            "c.yaml: none: is missing, a section is required");
}

TEST(Config, OffersTheAllowedWordsAndTheNearest) {
  const auto config = Config::parse("mode: bilinar\nlist: [area, cubic]\n", "c.yaml");
  std::string mode = "area";
  std::vector<std::string> list;
  EXPECT_EQ(error_of([&] {
              config.read_choice("mode", mode, {"area", "bilinear"});
            }),
            "c.yaml:1: mode: 'bilinar' is not one of area, bilinear (did you mean 'bilinear'?)");
  EXPECT_EQ(error_of([&] {
              config.read_choices("list", list, {"area", "bilinear"});
            }),
            "c.yaml:2: list[1]: 'cubic' is not one of area, bilinear");
}

TEST(Config, ReadsEnumerations) {
  enum class Mode { kArea, kBicubic };
  const auto config = Config::parse("mode: bicubic\nother: nearest\n", "c.yaml");
  auto mode = Mode::kArea;
  EXPECT_TRUE(config.read_enum("mode", mode, {{"area", Mode::kArea}, {"bicubic", Mode::kBicubic}}));
  EXPECT_EQ(mode, Mode::kBicubic);
  EXPECT_FALSE(config.read_enum("none", mode, {{"area", Mode::kArea}}));
  EXPECT_EQ(mode, Mode::kBicubic);
  EXPECT_THROW(config.read_enum("other", mode, {{"area", Mode::kArea}}), ConfigError);
}

TEST(Config, ReportsEveryUnknownKeyWithTheNearestThatWasAskedFor) {
  const auto config = Config::parse(
      "scale: 4\nnetwork_g:\n  type: espcn\n  featurs: 64\nstages:\n  - {prob: 1, sgma: 2}\n"
      "extra: {a: 1, b: 2}\n",
      "configs/x.yaml");
  int value = 0;
  config.read("scale", value);
  const auto network = config.section("network_g");
  (void)network.get<std::string>("type");
  network.read("features", value);
  for (const auto& stage : config.sections("stages")) {
    stage.read("prob", value);
    stage.read("sigma", value);
  }
  EXPECT_EQ(error_of([&] { config.expect_all_keys_read(); }),
            "configs/x.yaml:4: network_g.featurs: unknown key (did you mean 'features'?)\n"
            "configs/x.yaml:6: stages[0].sgma: unknown key (did you mean 'sigma'?)\n"
            "configs/x.yaml:7: extra: unknown key");
  EXPECT_EQ(error_of([&] { network.expect_all_keys_read(); }),
            "configs/x.yaml:4: network_g.featurs: unknown key (did you mean 'features'?)");
}

TEST(Config, ReportsAMisspeltKeyWithoutAValue) {
  const auto config = Config::parse("resume_stat: ~\n", "c.yaml");
  std::string value;
  config.read("resume_state", value);
  EXPECT_EQ(error_of([&] { config.expect_all_keys_read(); }),
            "c.yaml:1: resume_stat: unknown key (did you mean 'resume_state'?)");
}

TEST(Config, LenientModeMakesOneWarningOfUnknownKeys) {
  const auto config = Config::parse("a: 1\nnet: {b: 2}\n", "c.yaml", {}, Config::Unknown::kWarn);
  const tests::ExpectedWarnings warnings;
  config.section("net").expect_all_keys_read();
  EXPECT_THAT(warnings.messages(), IsEmpty());
  config.expect_all_keys_read();
  config.expect_all_keys_read();
  EXPECT_THAT(warnings.messages(),
              ElementsAre("keys nobody knows are ignored:\nc.yaml:1: a: unknown key\n"
                          "c.yaml:2: net.b: unknown key"));
}

TEST(Config, AcceptsForeignKeysWithOneWarning) {
  const auto config = Config::parse(
      "dist_params: {backend: nccl, port: 29500}\n"
      "datasets:\n  train: {prefetch_mode: cpu, name: a}\n  val: {prefetch_mode: ~, name: b}\n"
      "stages:\n  - {type: blur, old: 1}\n",
      "c.yaml");
  const tests::ExpectedWarnings warnings;
  EXPECT_THAT(config.accept_foreign(
                  {"dist_params", "datasets.*.prefetch_mode", "stages.*.old", "not.there"}),
              ElementsAre("dist_params", "datasets.train.prefetch_mode",
                          "datasets.val.prefetch_mode", "stages[0].old"));
  EXPECT_THAT(warnings.messages(),
              ElementsAre("c.yaml: these keys have no meaning here and are ignored: "
                          "dist_params (line 1), datasets.train.prefetch_mode (line 3), "
                          "datasets.val.prefetch_mode (line 4), stages[0].old (line 6)"));
  EXPECT_THAT(config.accept_foreign({"absent"}), IsEmpty());
  EXPECT_EQ(warnings.messages().size(), 1U);
  for (const auto& name : {"train", "val"}) {
    (void)config.section("datasets").section(name).get<std::string>("name");
  }
  (void)config.sections("stages").at(0).get<std::string>("type");
  EXPECT_NO_THROW(config.expect_all_keys_read());
}

TEST(Config, GivesSectionsInEveryForm) {
  const auto config = Config::parse(
      "one: {a: 1}\nmany: [{a: 1}, {a: 2}]\nlists: [[{a: 1}], [{a: 2}, {a: 3}]]\nnull_one: ~\n"
      "bad: [1]\n",
      "c.yaml");
  EXPECT_TRUE(config.find_section("one").has_value());
  EXPECT_FALSE(config.find_section("none").has_value());
  EXPECT_FALSE(config.find_section("null_one").has_value());
  int value = 5;
  EXPECT_FALSE(config.section_or_empty("none").read("a", value));
  EXPECT_FALSE(config.section_or_empty("null_one").read("a", value));
  EXPECT_EQ(config.sections("many").at(1).get<int>("a"), 2);
  EXPECT_THAT(config.sections("none"), IsEmpty());
  const auto lists = config.section_lists("lists");
  ASSERT_EQ(lists.size(), 2U);
  EXPECT_EQ(lists[1].at(1).get<int>("a"), 3);
  EXPECT_EQ(error_of([&] { (void)config.sections("bad"); }),
            "c.yaml:5: bad[0]: '1' was given, a section was expected");
  EXPECT_EQ(error_of([&] { (void)config.section_lists("many"); }),
            "c.yaml:2: many[0]: a section was given, a list of sections was expected");
}

TEST(Config, TellsTheKindOfAValue) {
  const auto config = Config::parse("a: 1\nb: [1]\nc: {d: 1}\ne: ~\n");
  EXPECT_EQ(config.kind("a"), Config::Kind::kScalar);
  EXPECT_EQ(config.kind("b"), Config::Kind::kList);
  EXPECT_EQ(config.kind("c"), Config::Kind::kSection);
  EXPECT_EQ(config.kind("e"), Config::Kind::kMissing);
  EXPECT_EQ(config.kind("f"), Config::Kind::kMissing);
  EXPECT_THROW(config.expect_all_keys_read(), ConfigError) << "asking is not reading";
}

TEST(Config, TellsWhereKeysAre) {
  const auto config = Config::parse("a: 1\nb:\n  c: 2\n", "c.yaml", {"b.d=3"});
  EXPECT_EQ(config.where("a"), "c.yaml:1: a");
  EXPECT_EQ(config.where("x"), "c.yaml: x");
  EXPECT_EQ(config.section("b").where("c"), "c.yaml:3: b.c");
  EXPECT_EQ(config.section("b").where("x"), "c.yaml:2: b.x");
  EXPECT_EQ(config.section("b").where(), "c.yaml:2: b");
  EXPECT_EQ(config.section("b").where("d"), "override 'b.d=3': b.d");
  EXPECT_EQ(config.section_or_empty("z").where("y"), "c.yaml: z.y");
}

TEST(Config, CopiesShareOneDocument) {
  auto config = std::make_unique<Config>(Config::parse("a: {b: 1, c: 2}\n"));
  const auto copy = *config;
  const auto section = copy.section("a");
  config.reset();
  EXPECT_EQ(section.get<int>("b"), 1);
  EXPECT_THROW(copy.expect_all_keys_read(), ConfigError);
  EXPECT_EQ(section.get<int>("c"), 2);
  EXPECT_NO_THROW(copy.expect_all_keys_read());
}

TEST(Config, DumpsValuesOverridesAndDefaults) {
  const auto config = Config::parse(
      "name: 4x\ntext: \"5\"\nlr: !!float 1e-3\nnegative: -5\npath: a b,c\nempty: ~\nnone: {}\n"
      "stages:\n  - {type: blur, range: [1, 2]}\n  - []\n",
      "c.yaml", {"name=8x", "train.iter=5"});
  double sigma = 0.2;
  std::string word = "yes";
  Range<int> range{1, 3};
  config.read("sigma", sigma);
  config.read("word", word);
  (void)config.has("unset");
  config.section_or_empty("optim").read("range", range);
  (void)config.section_or_empty("unused");
  const std::string text = config.dump();
  EXPECT_EQ(text,
            "name: 8x\ntext: \"5\"\nlr: !!float 1e-3\nnegative: -5\npath: \"a b,c\"\nempty: ~\n"
            "none: {}\nstages:\n  -\n    type: blur\n    range: [1, 2]\n  - []\n"
            "train:\n  iter: 5\nsigma: 0.2  # default\nword: \"yes\"  # default\n"
            "optim:\n  range: [1, 3]  # default\n");
  EXPECT_EQ(Config::parse("").dump(), "{}\n");
  // Reading it back gives the same (the marks of defaults are comments).
  const auto again = Config::parse(text);
  EXPECT_EQ(again.get<std::string>("path"), "a b,c");
  EXPECT_EQ(again.get<double>("lr"), 1e-3);
  EXPECT_EQ(again.section("optim").get<Range<int>>("range"), range);
  EXPECT_THROW((void)again.get<int>("text"), ConfigError);
}

TEST(Config, DumpsTextWithEveryCharacter) {
  std::string every = "tab\t\"quoted\" back\\slash \x01 line\nbreak ünicode # no comment";
  const auto source = Config::parse("{}");
  (void)source.read("text", every);
  EXPECT_EQ(Config::parse(source.dump()).get<std::string>("text"), every) << source.dump();
}

TEST(Config, LoadsFilesAndNamesThem) {
  const tests::TempFolder folder;
  const auto path = folder / "x.yaml";
  std::ofstream(path) << "scale: 9\n";
  EXPECT_EQ(error_of([&] {
              (void)Config::load(path).get<int>("scale", {1, 8});
            }),
            path.string() + ":1: scale: 9 is outside [1, 8]");
  EXPECT_EQ(Config::load(path, {"scale=3"}).get<int>("scale", {1, 8}), 3);
  EXPECT_EQ(error_of([&] { (void)Config::load(folder / "none.yaml"); }),
            (folder / "none.yaml").string() + ": cannot be opened: No such file or directory");
  EXPECT_THAT(error_of([&] { (void)Config::load(folder.path()); }), HasSubstr("is a folder"));
}

TEST(Config, GathersKeysOfSeveralSections) {
  const auto config = Config::parse(R"(
noise: 1
shared: top
data:
  blur: [1, 2]
  shared: below
  other: x
)",
                                    "c.yaml");
  const auto data = config.section("data");
  const auto gathered = Config::gather({config, data}, {"noise", "blur", "shared", "absent"});
  EXPECT_THAT(gathered.keys(), ElementsAre("noise", "shared", "blur"));
  EXPECT_EQ(gathered.get<std::string>("shared"), "top");
  EXPECT_EQ(gathered.get<std::vector<int>>("blur"), (std::vector<int>{1, 2}));
  EXPECT_THAT(error_of([&] { (void)gathered.get<bool>("noise"); }), HasSubstr("c.yaml:2: noise"));
  EXPECT_THAT(gathered.asked_keys(), ElementsAre("noise", "shared", "blur"));
  // They count as read where they were; what is left does not.
  const auto error = error_of([&] { config.expect_all_keys_read(); });
  EXPECT_THAT(error, HasSubstr("data.other: unknown key"));
  EXPECT_THAT(error, Not(HasSubstr("noise")));
}

}  // namespace
}  // namespace vcisr
