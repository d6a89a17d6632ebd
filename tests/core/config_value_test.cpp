// SPDX-License-Identifier: Apache-2.0
#include "core/config_value.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "vcisr/core/config.h"
#include "vcisr/core/error.h"

namespace vcisr {
namespace {

template <class T>
T value_of(const std::string& yaml) {
  return Config::parse("v: " + yaml + "\n").get<T>("v");
}

/// The part of the message behind the place; "" if the value was taken.
template <class T>
std::string problem_of(const std::string& yaml) {
  try {
    (void)value_of<T>(yaml);
  } catch (const ConfigError& error) {
    const std::string text = error.what();
    return text.substr(text.find(": v: ") + 5);
  }
  return "";
}

TEST(ConfigInteger, TakesEveryWrittenFormOfAWholeNumber) {
  EXPECT_EQ(value_of<int>("0"), 0);
  EXPECT_EQ(value_of<int>("-12"), -12);
  EXPECT_EQ(value_of<int>("+12"), 12);
  EXPECT_EQ(value_of<int>("010"), 10) << "leading zeros are decimal, not octal";
  EXPECT_EQ(value_of<int>("-007"), -7);
  EXPECT_EQ(value_of<int>("0x1F"), 31);
  EXPECT_EQ(value_of<int>("400_000"), 400000);
  EXPECT_EQ(value_of<int>("5e3"), 5000);
  EXPECT_EQ(value_of<int>("4.0"), 4);
  EXPECT_EQ(value_of<int>("4."), 4);
  EXPECT_EQ(value_of<int>("1.5e1"), 15);
  EXPECT_EQ(value_of<int>("1500e-2"), 15);
  EXPECT_EQ(value_of<int>("0e99999999999999999999"), 0);
  EXPECT_EQ(value_of<int>("!!float 4e5"), 400000);
  EXPECT_EQ(value_of<int>("!!float 5e3"), 5000);
  EXPECT_EQ(value_of<int>("!!int 7"), 7);
  EXPECT_EQ(value_of<int>("!!int \"7\""), 7);
}

TEST(ConfigInteger, KeepsAllDigitsOf64Bits) {
  EXPECT_EQ(value_of<std::int64_t>("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(value_of<std::int64_t>("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(value_of<std::int64_t>("9223372036854775.807e3"), INT64_MAX) << "no double between";
  EXPECT_EQ(value_of<std::int64_t>("1e18"), 1000000000000000000);
}

TEST(ConfigInteger, RefusesTheRest) {
  EXPECT_EQ(problem_of<int>("4.5"), "'4.5' is not an integer");
  EXPECT_EQ(problem_of<int>("!!float 4.5"), "!!float '4.5' is not an integer");
  EXPECT_EQ(problem_of<int>("1e-3"), "'1e-3' is not an integer");
  EXPECT_EQ(problem_of<int>("true"), "'true' is not an integer");
  EXPECT_EQ(problem_of<int>("'7'"), "the text '7' is not an integer");
  EXPECT_EQ(problem_of<int>("!!str 7"), "the text '7' is not an integer");
  EXPECT_EQ(problem_of<int>("''"), "empty text is not an integer");
  EXPECT_EQ(problem_of<int>(".inf"), "'.inf' is not an integer");
  for (const auto* text : {"0o17", "1:30", "4 5", "5e", "e5", "--5", "1__0", "_1", "1_", "0x", ".",
                           "0xfg", "5f", "four", "1,000"}) {
    EXPECT_EQ(problem_of<int>(text), "'" + std::string(text) + "' is not an integer");
  }
}

TEST(ConfigInteger, RefusesWhatDoesNotFit) {
  EXPECT_EQ(problem_of<int>("2147483648"), "'2147483648' is outside [-2147483648, 2147483647]");
  EXPECT_EQ(value_of<int>("2147483647"), INT32_MAX);
  EXPECT_EQ(value_of<int>("-2147483648"), INT32_MIN);
  EXPECT_EQ(problem_of<int>("-2147483649"), "'-2147483649' is outside [-2147483648, 2147483647]");
  for (const auto* text : {"9223372036854775808", "-9223372036854775809", "1e19",
                           "1e999999999999999999999", "99999999999999999999999999999999999"}) {
    EXPECT_NE(problem_of<std::int64_t>(text).find("is outside"), std::string::npos) << text;
  }
}

TEST(ConfigNumber, TakesDecimalAndScientificForms) {
  EXPECT_EQ(value_of<double>("1e-4"), 1e-4);
  EXPECT_EQ(value_of<double>("!!float 1e-4"), 1e-4);
  EXPECT_EQ(value_of<double>("!!float 4"), 4.0);
  EXPECT_EQ(value_of<double>(".5"), 0.5);
  EXPECT_EQ(value_of<double>("5"), 5.0);
  EXPECT_EQ(value_of<double>("+5.25"), 5.25);
  EXPECT_EQ(value_of<double>("010.5"), 10.5);
  EXPECT_EQ(value_of<double>("0.1"), 0.1);
  EXPECT_EQ(value_of<double>("123456789.123456789"), 123456789.123456789);
  EXPECT_EQ(value_of<double>("5e-324"), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(value_of<float>("0.1"), 0.1F);
  EXPECT_TRUE(std::signbit(value_of<double>("-0.0")));
}

TEST(ConfigNumber, RefusesWhatIsNotFiniteOrDoesNotFit) {
  for (const auto* text : {".inf", "-.inf", "+.Inf", ".nan", ".NaN", "nan", "inf"}) {
    EXPECT_EQ(problem_of<double>(text), "'" + std::string(text) + "' is not a finite number");
  }
  EXPECT_EQ(problem_of<double>("1e309"), "'1e309' is beyond what a 64-bit float can hold");
  EXPECT_EQ(problem_of<double>("1e-999"), "'1e-999' is beyond what a 64-bit float can hold");
  EXPECT_EQ(problem_of<float>("1e39"), "'1e39' is beyond what a 32-bit float can hold");
  EXPECT_EQ(problem_of<double>("1.2.3"), "'1.2.3' is not a number");
  EXPECT_EQ(problem_of<double>("yes"), "'yes' is not a number");
  EXPECT_EQ(problem_of<double>("'.inf'"), "the text '.inf' is not a number");
}

TEST(ConfigBoolean, TakesTheWordsOfYaml) {
  for (const auto* text : {"true", "True", "TRUE", "yes", "Yes", "on", "ON", "!!bool true"}) {
    EXPECT_TRUE(value_of<bool>(text)) << text;
  }
  for (const auto* text : {"false", "False", "FALSE", "no", "No", "off", "OFF"}) {
    EXPECT_FALSE(value_of<bool>(text)) << text;
  }
  for (const auto* text : {"1", "0", "y", "n", "tRue", "ja"}) {
    EXPECT_EQ(problem_of<bool>(text), "'" + std::string(text) + "' is not true or false");
  }
  EXPECT_EQ(problem_of<bool>("'true'"), "the text 'true' is not true or false");
}

TEST(ConfigText, TakesAnyScalarAsItIsWritten) {
  EXPECT_EQ(value_of<std::string>("4x_VCISR"), "4x_VCISR");
  EXPECT_EQ(value_of<std::string>("010"), "010");
  EXPECT_EQ(value_of<std::string>("true"), "true");
  EXPECT_EQ(value_of<std::string>("'~'"), "~");
  EXPECT_EQ(value_of<std::string>("''"), "");
  EXPECT_EQ(value_of<std::string>("'{}'"), "{}");
  EXPECT_EQ(value_of<std::string>("!!str 5"), "5");
  EXPECT_EQ(problem_of<std::string>("!!float 5"), "!!float '5' is not text");
  EXPECT_EQ(problem_of<std::string>("~"), "is missing, text is required");
}

TEST(ConfigValue, ShowsHostileTextHarmlessly) {
  const std::string problem = problem_of<int>("\"\\e[31m" + std::string(500, 'x') + "\"");
  EXPECT_EQ(problem.find('\x1b'), std::string::npos);
  EXPECT_LT(problem.size(), 120U);
}

TEST(ConfigValue, WritesTheShortestTextThatReadsBack) {
  EXPECT_EQ(yaml::to_text(0.1), "0.1");
  EXPECT_EQ(yaml::to_text(0.1F), "0.1");
  EXPECT_EQ(yaml::to_text(1e-4), "1e-04");
  EXPECT_EQ(yaml::to_text(std::int64_t{-5}), "-5");
  for (const double value : {1.0 / 3, 1e300, 5e-324, -123456.789}) {
    EXPECT_EQ(value_of<double>(yaml::to_text(value)), value);
  }
}

}  // namespace
}  // namespace vcisr
