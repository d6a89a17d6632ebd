// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>

#include "evaluation/report_fixtures.h"

namespace vcisr::evaluation {
namespace {

using tests::kInf;

TEST(CsvReport, HasALineForEachFrame) {
  auto result = tests::film_result();
  result.sequences[0].values[0][1] = 32.123456789012;
  result.sequences.push_back(tests::failure("broken", "unreadable"));
  EXPECT_EQ(csv_report(result),
            "sequence,frame,psnr_y,flicker\n"
            "film.mkv,0,30,\n"
            "film.mkv,2,32.12345679,0.5\n"
            "film.mkv,4,inf,0.25\n"
            "film.mkv,6,34,1\n"
            "film.mkv,8,28,0.25\n");
}

TEST(CsvReport, QuotesAsRfc4180Says) {
  Result result{.columns = {{"a,b"}, {"say \"x\""}}};
  for (const char* name : {"=1+1", "-x", "+x", "@x", "a,b", "say \"x\"", "two\nlines", " space",
                           "space ", "", "plain name.png"}) {
    result.sequences.push_back(tests::picture(name, 1, -kInf));
  }
  EXPECT_EQ(csv_report(result),
            "sequence,frame,\"a,b\",\"say \"\"x\"\"\"\n"
            "\"=1+1\",0,1,-inf\n"
            "\"-x\",0,1,-inf\n"
            "\"+x\",0,1,-inf\n"
            "\"@x\",0,1,-inf\n"
            "\"a,b\",0,1,-inf\n"
            "\"say \"\"x\"\"\",0,1,-inf\n"
            "\"two\nlines\",0,1,-inf\n"
            "\" space\",0,1,-inf\n"
            "\"space \",0,1,-inf\n"
            "\"\",0,1,-inf\n"
            "plain name.png,0,1,-inf\n");
}

TEST(CsvReport, IsValidUtf8) {
  Result result{.columns = {{"c"}}, .sequences = {tests::picture("\xff.png", 1)}};
  EXPECT_EQ(csv_report(result), "sequence,frame,c\n\uFFFD.png,0,1\n");
}

TEST(CsvReport, IsAHeadWithoutSequences) {
  EXPECT_EQ(csv_report({.columns = tests::two_columns()}), "sequence,frame,psnr_y,flicker\n");
  EXPECT_EQ(csv_report({}), "sequence,frame\n");
}

}  // namespace
}  // namespace vcisr::evaluation
