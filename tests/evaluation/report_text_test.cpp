// SPDX-License-Identifier: Apache-2.0
#include "evaluation/report_text.h"

#include <clocale>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "evaluation/report_fixtures.h"

namespace vcisr::evaluation {
namespace {

using tests::kInf;
using tests::kNan;

TEST(ReportText, WritesNumbers) {
  EXPECT_EQ(number_text(1.25, 4), "1.2500");
  EXPECT_EQ(number_text(-0.00001, 4), "0.0000");
  EXPECT_EQ(number_text(-0.0001, 4), "-0.0001");
  EXPECT_EQ(number_text(2.5, 0), "2");
  EXPECT_EQ(number_text(2.5, -3), "2");
  EXPECT_EQ(number_text(0.1, 99), "0.10000000000000001");
  EXPECT_EQ(number_text(1e20, 2), "1e+20");
  EXPECT_EQ(number_text(std::numeric_limits<double>::max(), 17), "1.79769e+308");
  EXPECT_EQ(number_text(kInf, 2), "inf");
  EXPECT_EQ(number_text(-kInf, 2), "-inf");
  EXPECT_EQ(number_text(kNan, 2), "n/a");
  EXPECT_EQ(number_text(-kNan, 2), "n/a");
  EXPECT_EQ(general_text(1.0 / 3, 10), "0.3333333333");
  EXPECT_EQ(general_text(-kNan, 10), "nan");
  EXPECT_EQ(value_with_unit(3, {"psnr", "dB"}), "3.0000 dB");
  EXPECT_EQ(value_with_unit(kNan, {"psnr", "dB"}), "n/a");
}

TEST(ReportText, KnowsNoLocale) {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  const bool has_comma = std::setlocale(LC_ALL, "de_DE.UTF-8") != nullptr ||
                         std::setlocale(LC_ALL, "fr_FR.UTF-8") != nullptr;
  const auto number = number_text(1.5, 2);
  const auto table = table_report(tests::film_result());
  std::setlocale(LC_ALL, before.c_str());
  if (!has_comma) GTEST_SKIP() << "no locale with a decimal comma is installed";
  EXPECT_EQ(number, "1.50");
  EXPECT_EQ(table, table_report(tests::film_result()));
}

TEST(ReportText, ReplacesWhatIsNoUtf8) {
  const std::string good = "a \u00e9 \u6f22 \U0001F600 \n";
  EXPECT_EQ(valid_utf8(good), good);
  // A lone continuation, overlong forms, a surrogate, too large, cut.
  EXPECT_EQ(valid_utf8("\x80"), "\uFFFD");
  EXPECT_EQ(valid_utf8("\xc0\x80"), "\uFFFD\uFFFD");
  EXPECT_EQ(valid_utf8("\xe0\x80\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(valid_utf8("\xf4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(valid_utf8("\xe6\xbc"), "\uFFFD\uFFFD");
  EXPECT_EQ(valid_utf8("\xe6\xbcx"), "\uFFFD\uFFFDx");
}

TEST(ReportText, KeepsToOneLine) {
  EXPECT_EQ(one_line("a\nb\tc\r"), "a b c ");
  EXPECT_EQ(one_line("\x1b[0m\x7f\u0085\u202e\u2067\ufeff"),
            "\uFFFD[0m\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD");
}

TEST(ReportText, MeasuresAndShortens) {
  EXPECT_EQ(display_width("a\u00e9"), 2);
  EXPECT_EQ(display_width("e\u0301"), 1);
  EXPECT_EQ(display_width("\u6f22\u5b57"), 4);
  EXPECT_EQ(shortened("picture_0001.png", 16), "picture_0001.png");
  EXPECT_EQ(shortened("picture_0001.png", 9), "pict….png");
  EXPECT_EQ(shortened("\u6f22\u5b57\u6f22\u5b57", 5), "\u6f22…\u5b57");
  for (const int width : {1, 2, 3, 4}) {
    EXPECT_LE(display_width(shortened("\u6f22\u5b57 and more", width)), width);
  }
  EXPECT_EQ(left_aligned("\u6f22", 4) + "|", "\u6f22  |");
  EXPECT_EQ(right_aligned("long", 2), "long");
}

TEST(ReportText, BreaksLines) {
  EXPECT_EQ(wrapped("one two three", 9, "- "), "- one two\n  three\n");
  EXPECT_EQ(wrapped("incomprehensible", 5, "  "), "  incomprehensible\n");
  EXPECT_EQ(wrapped("", 5, ""), "\n");
}

TEST(ReportText, CountsInWords) {
  EXPECT_EQ(counted(1, "frame"), "1 frame");
  EXPECT_EQ(counted(0, "frame"), "0 frames");
  EXPECT_EQ(column_title({"psnr", "dB", metrics::Better::kHigher}), "psnr (dB) ↑");
  EXPECT_EQ(column_title({"niqe", "", metrics::Better::kLower}), "niqe ↓");
}

}  // namespace
}  // namespace vcisr::evaluation
