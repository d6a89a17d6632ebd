// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>

#include "evaluation/report_fixtures.h"

namespace vcisr::evaluation {
namespace {

using tests::kInf;

TEST(MarkdownReport, ShowsTheStatisticsOfOneFilm) {
  EXPECT_EQ(markdown_report(tests::film_result(), tests::kHead),
            R"md(# film.mkv against hq.mkv

vcisr 1.2.3, 2026-01-02T03:04:05Z

    vcisr-eval -d film.mkv

## Overall

Over 5 frames. ↑: higher is better, ↓: lower is better.

| metric | mean | median | stdev | min | max |
| --- | ---: | ---: | ---: | ---: | ---: |
| psnr_y (dB) ↑ | 31.0000 | 31.0000 | 2.2361 | 28.0000 (frame 8) | 34.0000 (frame 6) |
| flicker ↓ | 0.500 | 0.375 | 0.306 | 0.250 (frame 4) | 1.000 (frame 6) |

1 identical frame (inf) is left out of the statistics of psnr_y.

1 frame without a value (n/a) is left out of the statistics of flicker.

## Pooled over all frames

| metric | value |
| --- | ---: |
| psnr_y_pooled (dB) ↑ | 30.1250 |

## Protocol

- psnr_y: of Y.
- Frames are aligned by index.
)md");
}

TEST(MarkdownReport, HasARowForEachOfSeveralSequences) {
  auto result = tests::picture_result();
  result.sequences[0].name = "a|b_c _d_.png";
  result.sequences.push_back(tests::film("film.mkv"));
  result.sequences[4].notes = {"8 bit"};
  EXPECT_EQ(markdown_report(result, {}),
            R"md(# Evaluation

## Overall

Over 4 sequences, of each the mean over its frames. ↑: higher is better, ↓: lower is better.

| metric | mean | median | stdev | min | max |
| --- | ---: | ---: | ---: | ---: | ---: |
| psnr_y (dB) ↑ | 31.3333 | 31.0000 | 1.2472 | 30.0000 (a\|b_c \_d\_.png) | 33.0000 (b.png) |
| flicker ↓ | 0.500 | 0.500 | 0.000 | 0.500 (film.mkv) | 0.500 (film.mkv) |

1 identical sequence (inf) is left out of the statistics of psnr_y.

3 sequences without a value (n/a) are left out of the statistics of flicker.

1 identical frame (inf) is left out of the sequences' means of psnr_y.

1 frame without a value (n/a) is left out of the sequences' means of flicker.

## Each sequence

| sequence | frames | psnr_y (dB) ↑ | flicker ↓ | psnr_y_pooled (dB) ↑ pooled |
| --- | ---: | ---: | ---: | ---: |
| a\|b_c \_d\_.png | 1 | 30.0000 | n/a |  |
| b.png | 1 | 33.0000 | n/a |  |
| c.png | 1 | inf | n/a |  |
| film.mkv | 5 | 31.0000 | 0.500 | 30.1250 |

## Not measured

- d.png: 8x8, but its reference is 9x8

## Notes

- film.mkv: 8 bit
)md");
}

TEST(MarkdownReport, HasNoStatisticsOfOnePicture) {
  const Result result{.columns = tests::two_columns(), .sequences = {tests::picture("a", kInf)}};
  EXPECT_EQ(markdown_report(result, {.title = "# <a>"}),
            R"md(# \# \<a\>

## Overall

One picture.

| metric | value |
| --- | ---: |
| psnr_y (dB) ↑ | inf |
| flicker ↓ | n/a |
)md");
}

TEST(MarkdownReport, SaysWhereThereIsNothing) {
  EXPECT_EQ(markdown_report({}, {}), "# Evaluation\n\nNothing was compared.\n");
  const Result result{.sequences = {tests::failure("a", "no such file")}};
  EXPECT_EQ(markdown_report(result, {}), "# Evaluation\n\n## Not measured\n\n- a: no such file\n");
}

TEST(MarkdownReport, KeepsNamesFromBeingMarkup) {
  const auto text = markdown_report(tests::hostile_result(), {});
  for (auto at = text.find('<'); at != std::string::npos; at = text.find('<', at + 1)) {
    EXPECT_EQ(text[at - 1], '\\');
  }
  EXPECT_EQ(text.find(" *b*"), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("\\| \\\\ \\`x\\` \\*b\\* \\[l\\](u) \\_u\\_ |"), std::string::npos);
}

}  // namespace
}  // namespace vcisr::evaluation
