// SPDX-License-Identifier: Apache-2.0
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "evaluation/report_fixtures.h"
#include "evaluation/report_text.h"

namespace vcisr::evaluation {
namespace {

using tests::kInf;

TEST(TableReport, ShowsTheStatisticsOfOneFilm) {
  EXPECT_EQ(table_report(tests::film_result()),
            "5 frames    psnr_y ↑  flicker ↓\n"
            "                  dB\n"
            "───────────────────────────────\n"
            "mean         31.0000      0.500\n"
            "median       31.0000      0.375\n"
            "stdev         2.2361      0.306\n"
            "min          28.0000      0.250\n"
            "  at frame         8          4\n"
            "max          34.0000      1.000\n"
            "  at frame         6          6\n"
            "1 identical frame (inf) is left out of the statistics of psnr_y.\n"
            "1 frame without a value (n/a) is left out of the statistics of flicker.\n"
            "\n"
            "Pooled over all frames\n"
            "  psnr_y_pooled ↑  30.1250 dB\n"
            "\n"
            "Protocol\n"
            "  psnr_y: of Y.\n"
            "  Frames are aligned by index.\n");
}

TEST(TableReport, HasARowForEachOfSeveralPictures) {
  EXPECT_EQ(table_report(tests::picture_result(), {.most_rows = 2, .width = 44}),
            "3 pictures    psnr_y ↑  flicker ↓\n"
            "                    dB\n"
            "─────────────────────────────────\n"
            "a.png          30.0000        n/a\n"
            "b.png          33.0000        n/a\n"
            "… and 1 more\n"
            "─────────────────────────────────\n"
            "mean           31.5000        n/a\n"
            "median         31.5000        n/a\n"
            "stdev           1.5000        n/a\n"
            "min            30.0000        n/a\n"
            "max            33.0000        n/a\n"
            "1 identical picture (inf) is left out of the\n"
            "statistics of psnr_y.\n"
            "3 pictures without a value (n/a) are left\n"
            "out of the statistics of flicker.\n"
            "\n"
            "Worst picture\n"
            "  psnr_y  a.png (30.0000 dB)\n"
            "\n"
            "Not measured\n"
            "  d.png: 8x8, but its reference is 9x8\n");
}

TEST(TableReport, ShowsFilmsByTheirMeansAndPooledScores) {
  auto result = tests::film_result();
  result.protocol.clear();
  result.sequences.push_back(tests::film("clips/still.mkv"));
  result.sequences[1].values[0] = {kInf, kInf, kInf, kInf, kInf};
  result.sequences[1].notes = {"8 bit"};
  result.pooled = result.sequences[0].pooled;
  EXPECT_EQ(table_report(result, {.width = 60}),
            "2 films (means)  psnr_y ↑  flicker ↓\n"
            "                       dB\n"
            "────────────────────────────────────\n"
            "film.mkv          31.0000      0.500\n"
            "clips/still.mkv       inf      0.500\n"
            "────────────────────────────────────\n"
            "mean              31.0000      0.500\n"
            "median            31.0000      0.500\n"
            "stdev              0.0000      0.000\n"
            "min               31.0000      0.500\n"
            "max               31.0000      0.500\n"
            "1 identical film (inf) is left out of the statistics of\n"
            "psnr_y.\n"
            "1 identical frame (inf) is left out of the films' means of\n"
            "psnr_y.\n"
            "2 frames without a value (n/a) are left out of the films'\n"
            "means of flicker.\n"
            "\n"
            "pooled over the frames  psnr_y_pooled ↑\n"
            "                                     dB\n"
            "───────────────────────────────────────\n"
            "film.mkv                        30.1250\n"
            "clips/still.mkv                 30.1250\n"
            "───────────────────────────────────────\n"
            "of all films                    30.1250\n"
            "\n"
            "Notes\n"
            "  clips/still.mkv: 8 bit\n");
}

TEST(TableReport, BreaksWideTablesAndShortensNamesInTheMiddle) {
  Result result{.columns = {{"psnr_y", "dB"}, {"ssim_y"}, {"niqe"}}};
  result.sequences = {
      {.name = "holidays/island/evening/img_001.png", .frames = {0}, .values = {{30}, {0.5}, {4}}}};
  EXPECT_EQ(table_report(result, {.width = 36}),
            "1 picture     psnr_y ↑  ssim_y ↑\n"
            "                    dB\n"
            "────────────────────────────────\n"
            "holid…01.png   30.0000    0.5000\n"
            "\n"
            "1 picture     niqe ↑\n"
            "────────────────────\n"
            "holid…01.png  4.0000\n");
}

TEST(TableReport, SaysWhereThereAreNoNumbers) {
  EXPECT_EQ(table_report({}), "Nothing was compared.\n");
  Result result{.columns = tests::two_columns(),
                .sequences = {tests::failure("a.mkv", "no such file"),
                              tests::failure("b.mkv", "b.mkv: truncated at frame 17")}};
  EXPECT_EQ(table_report(result),
            "No numbers: 2 pictures, and none could be measured.\n"
            "\n"
            "Not measured\n"
            "  a.mkv: no such file\n"
            "  b.mkv: truncated at frame 17\n");
}

TEST(TableReport, NamesTheFilmThatWasMeasuredAmongOthers) {
  auto result = tests::film_result();
  result.sequences.push_back(tests::failure("x.mkv", "no such file"));
  result.sequences[1].is_film = true;
  EXPECT_TRUE(table_report(result).starts_with("5 frames of film.mkv  psnr_y ↑"));
}

TEST(TableReport, ShowsInfinityWhereAllFramesAreIdentical) {
  auto result = tests::film_result();
  result.sequences[0].values[0] = {kInf, kInf, kInf, kInf, kInf};
  const auto text = table_report(result);
  EXPECT_NE(text.find("\nmean             inf      0.500\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nstdev            n/a      0.306\n"), std::string::npos);
  EXPECT_NE(text.find("\n  at frame                    4\n"), std::string::npos);
  EXPECT_NE(text.find("5 identical frames (inf) are left out"), std::string::npos);
}

TEST(TableReport, CannotMoveATerminalsCursor) {
  for (const int width : {1, 40, 100}) {
    const auto text = table_report(tests::hostile_result(), {.width = width});
    EXPECT_EQ(text, valid_utf8(text));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_EQ(line, one_line(line));
  }
}

}  // namespace
}  // namespace vcisr::evaluation
