// SPDX-License-Identifier: Apache-2.0
#include "vcisr/core/registry.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vcisr {
namespace {

using ::testing::ElementsAre;

struct Shape {
  std::string kind;
  int size = 0;
};
using Shapes = Registry<std::unique_ptr<Shape>>;

Shapes::Entry entry(const std::string& name, std::vector<std::string> aliases = {}) {
  return {.name = name,
          .summary = "A " + name,
          .example = "{type: " + name + "}",
          .make =
              [name](const Config& config) {
                auto shape = std::make_unique<Shape>(Shape{name, 3});
                config.read("size", shape->size, {1, 9});
                return shape;
              },
          .aliases = std::move(aliases)};
}

Shapes shapes() { return {"shape", {entry("square", {"Quad"}), entry("circle")}}; }

std::string error_of(const std::string& yaml) {
  try {
    (void)shapes().make(Config::parse(yaml, "c.yaml"));
  } catch (const ConfigError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no ConfigError for " << yaml;
  return "";
}

TEST(Registry, MakesTheMemberThatTypeNames) {
  const auto circle = shapes().make(Config::parse("{type: circle, size: 5}"));
  EXPECT_EQ(circle->kind, "circle");
  EXPECT_EQ(circle->size, 5);
  EXPECT_EQ(shapes().make(Config::parse("{type: Quad}"))->kind, "square");
}

TEST(Registry, NamesKnownMembersAndTheNearest) {
  EXPECT_EQ(error_of("type: triangle"),
            "c.yaml:1: type: unknown shape 'triangle' (known: circle, "
            "square)");
  EXPECT_EQ(error_of("x: 1\ntype: cirle"),
            "c.yaml:2: type: unknown shape 'cirle' (known: circle, square); did you mean "
            "'circle'?");
  EXPECT_EQ(error_of("size: 1"), "c.yaml: type: is missing, text is required");
}

TEST(Registry, RefusesWhatTheMemberDoesNotRead) {
  EXPECT_EQ(error_of("{type: circle, siz: 5}"),
            "c.yaml:1: siz: unknown key (did you mean 'size'?)");
  EXPECT_EQ(error_of("{type: circle, size: 10}"), "c.yaml:1: size: 10 is outside [1, 9]");
}

TEST(Registry, ListsMembersSorted) {
  const auto table = shapes();
  EXPECT_THAT(table.names(), ElementsAre("circle", "square"));
  ASSERT_EQ(table.entries().size(), 2U);
  EXPECT_EQ(table.entries()[1].summary, "A square");
  EXPECT_EQ(table.find("Quad")->name, "square");
  EXPECT_EQ(table.find("triangle"), nullptr);
  for (const auto& member : table.entries()) {
    EXPECT_NE(table.make(Config::parse(member.example)), nullptr);
  }
}

TEST(Registry, RefusesANameTwice) {
  auto table = shapes();
  EXPECT_THROW(table.add(entry("circle")), ConfigError);
  EXPECT_THROW(table.add(entry("Quad")), ConfigError);
  EXPECT_THROW(table.add(entry("rhomb", {"square"})), ConfigError);
  table.add(entry("triangle"));
  EXPECT_THAT(table.names(), ElementsAre("circle", "square", "triangle"));
}

}  // namespace
}  // namespace vcisr
