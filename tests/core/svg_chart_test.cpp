// SPDX-License-Identifier: Apache-2.0
#include "core/svg_chart.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace vcisr {
namespace {

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(SvgChart, PlacesPointsAndBreaksAtGaps) {
  const auto svg = svg_chart(
      {.title = "t",
       .x_label = "x",
       .y_label = "y",
       .lines = {{"a", {{0, 0}, {1, 1}, {2, std::nan("")}, {3, 0.5}, {4, 0}}, false, true, 0}}});
  EXPECT_EQ(count_of(svg, "<circle "), 4U);
  const auto path = svg.substr(svg.find(" d=\""));
  EXPECT_EQ(count_of(path.substr(0, path.find("/>")), "M"), 2U);
  EXPECT_NE(svg.find(">0.2<"), std::string::npos);
  EXPECT_EQ(svg.find("log scale"), std::string::npos);
  EXPECT_EQ(svg_chart({.lines = {{"a", {{0, std::nan("")}}}}}), "");
}

TEST(SvgChart, TakesALogarithmicAxisOverADecade) {
  const auto svg = svg_chart({.y_label = "loss", .lines = {{"a", {{0, 1e-3}, {1, 10}}}}});
  EXPECT_NE(svg.find("loss, log scale"), std::string::npos);
  for (const auto* tick : {">0.001<", ">0.01<", ">0.1<", ">1<", ">10<"}) {
    EXPECT_NE(svg.find(tick), std::string::npos) << tick;
  }
}

TEST(SvgChart, StandsOddRanges) {
  // One point, equal values, huge and tiny ones, a span of hundreds of decades.
  for (const ChartPoints& points :
       {ChartPoints{{5, 3}}, ChartPoints{{0, 0}, {1, 0}}, ChartPoints{{0, -1e300}, {1, 1e300}},
        ChartPoints{{0, 1e-290}, {1, 1e305}}, ChartPoints{{0, 1e-9}, {1, 1.0000001e-9}}}) {
    const auto svg = svg_chart({.lines = {{"a", points}}});
    EXPECT_EQ(svg.find("nan"), std::string::npos);
    EXPECT_EQ(svg.find("inf"), std::string::npos);
    EXPECT_GE(count_of(svg, "class=\"tick\""), 3U);
    EXPECT_LE(count_of(svg, "class=\"tick\""), 40U);
  }
}

TEST(SvgChart, StaysLinearWhereItIsAskedTo) {
  Chart chart{.y_label = "y", .lines = {{.name = "a", .points = {{0, 0.1}, {1, 100}}}}};
  EXPECT_EQ(count_of(svg_chart(chart), "log scale"), 1U);
  chart.is_linear = true;
  const auto svg = svg_chart(chart);
  EXPECT_EQ(count_of(svg, "log scale"), 0U);
  EXPECT_EQ(count_of(svg, ">40<"), 1U);
}

TEST(SvgChart, MarksPoints) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  Chart chart{.lines = {{.name = "a", .points = {{0, 1}, {10, 2}}}}};
  chart.marks = {
      {5, 1.5, "a < b", 2}, {6, kInf, "up", 0}, {7, -kInf, "down", 0}, {8, std::nan(""), "no", 0}};
  const auto svg = svg_chart(chart);
  // The middle of the plot.
  EXPECT_NE(svg.find("<circle cx=\"409.0\" cy=\"133.0\" r=\"5\" class=\"mark c2\"><title>"
                     "a &lt; b</title></circle>"),
            std::string::npos)
      << svg;
  EXPECT_NE(svg.find("<title>up</title></path>"), std::string::npos);
  EXPECT_NE(svg.find("<title>down</title></path>"), std::string::npos);
  EXPECT_EQ(svg.find(">no<"), std::string::npos);
}

TEST(SvgChart, CarriesItsNumbersForScripts) {
  Chart chart{.lines = {{.name = "\"a\"", .points = {{0, 1}, {1, std::nan("")}, {1'234'567, 2.25}}},
                        {.name = "b", .points = {{0, 1}}, .is_silent = true}}};
  EXPECT_EQ(svg_chart(chart).find("data-"), std::string::npos);
  chart.readout_decimals = 3;
  const auto svg = svg_chart(chart);
  EXPECT_NE(svg.find("data-name=\"&quot;a&quot;\" data-points=\"0,1.000 1234567,2.250\""),
            std::string::npos)
      << svg;
  EXPECT_NE(svg.find(" data-plot=\"72 674 12 242 0 1234567 0.9375 2.3125\""), std::string::npos);
  EXPECT_EQ(svg.find("data-name=\"b\""), std::string::npos);
  chart.lines[0].points[0].second = 0.01;
  EXPECT_EQ(svg_chart(chart).find("data-"), std::string::npos) << "the axis is logarithmic";
}

TEST(SvgChart, CountsWholeStepsAndGaps) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const auto svg = svg_chart({.lines = {{.name = "a", .points = {{0, kInf}, {1, 5}, {2, kInf}}}}});
  for (const auto* tick : {">0<", ">1<", ">2<"}) {
    EXPECT_NE(svg.find(tick), std::string::npos) << tick;
  }
  EXPECT_EQ(svg.find(">0.5<"), std::string::npos);
  EXPECT_NE(svg.find("d=\"M409.0 "), std::string::npos) << "in the middle";
}

TEST(ChartPoints, AreThinnedWithoutLosingExtremes) {
  ChartPoints points;
  for (int i = 0; i < 100'000; ++i) points.emplace_back(i, std::sin(i * 0.001));
  points[12'345].second = 7;
  points[54'321].second = -7;
  const auto few = thinned(points, 100);
  EXPECT_LE(few.size(), 200U);
  const auto by_value = [](const auto& a, const auto& b) { return a.second < b.second; };
  EXPECT_EQ(std::max_element(few.begin(), few.end(), by_value)->first, 12'345);
  EXPECT_EQ(std::min_element(few.begin(), few.end(), by_value)->first, 54'321);
  EXPECT_TRUE(std::is_sorted(few.begin(), few.end()));
  EXPECT_EQ(thinned({{0, 1}, {1, 2}}, 100).size(), 2U);
}

TEST(ChartPoints, AreSmoothedByTheirNeighbours) {
  const double gap = std::numeric_limits<double>::quiet_NaN();
  const auto mean = smoothed({{0, 1}, {1, 3}, {2, 5}, {3, gap}, {4, 9}}, 1);
  EXPECT_EQ(mean[0].second, 1);
  EXPECT_EQ(mean[1].second, 3);
  EXPECT_EQ(mean[2].second, 4);
  EXPECT_EQ(mean[3].second, 7);
  EXPECT_EQ(mean[4].second, 9) << "the last ones look back";
  EXPECT_TRUE(std::isnan(smoothed({{0, gap}}, 3)[0].second));
  EXPECT_TRUE(smoothed({}, 3).empty());
}

TEST(HtmlEscaped, IsSafeInTextAndAttributes) {
  EXPECT_EQ(html_escaped("<a b='c' d=\"e\">&"), "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;");
}

}  // namespace
}  // namespace vcisr
