// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "evaluation/report_fixtures.h"

namespace vcisr::evaluation {
namespace {

using nlohmann::json;

TEST(JsonReport, SaysAllNumbersOfAFilm) {
  auto result = tests::film_result();
  result.sequences[0].values[0][0] = 30.1 + 0.2;
  result.sequences[0].notes = {"8 bit"};
  const auto report = json::parse(json_report(result, tests::kHead));
  EXPECT_EQ(report.at("vcisr_evaluation"), 1);
  EXPECT_EQ(report.at("program"), "vcisr 1.2.3");
  EXPECT_EQ(report.at("command"), "vcisr-eval -d film.mkv");
  EXPECT_EQ(report.at("time"), "2026-01-02T03:04:05Z");
  EXPECT_EQ(report.at("protocol"), json({"psnr_y: of Y.", "Frames are aligned by index."}));
  EXPECT_EQ(report.at("columns"),
            json::parse(R"([{"name": "psnr_y", "unit": "dB", "better": "higher"},
                            {"name": "flicker", "unit": "", "better": "lower"}])"));
  const auto& film = report.at("sequences").at(0);
  EXPECT_EQ(film.at("name"), "film.mkv");
  EXPECT_EQ(film.at("kind"), "film");
  EXPECT_EQ(film.at("distorted"), "lq/film.mkv");
  EXPECT_EQ(film.at("reference"), "hq/film.mkv");
  EXPECT_FALSE(film.contains("compressed"));
  EXPECT_FALSE(film.contains("error"));
  EXPECT_EQ(film.at("notes"), json({"8 bit"}));
  EXPECT_EQ(film.at("frames"), json({0, 2, 4, 6, 8}));
  EXPECT_EQ(film.at("values").at("psnr_y").at(0).get<double>(), 30.1 + 0.2) << "every bit";
  EXPECT_TRUE(film.at("values").at("psnr_y").at(2).is_null());
  EXPECT_TRUE(film.at("values").at("flicker").at(0).is_null());
  EXPECT_EQ(film.at("pooled"), json({{"psnr_y_pooled", 30.125}}));
  const auto& flicker = film.at("statistics").at("flicker");
  EXPECT_EQ(flicker, json::parse(R"({"mean": 0.5, "median": 0.375, "stdev": 0.30618621784789724,
      "min": 0.25, "max": 1.0, "count": 4, "identical": 0, "undefined": 1})"));
  EXPECT_EQ(film.at("statistics").at("psnr_y").at("identical"), 1);
  EXPECT_EQ(report.at("overall").at("of"), "frames");
  EXPECT_EQ(report.at("overall").at("statistics").at("flicker"), flicker);
  EXPECT_EQ(report.at("overall").at("pooled"), film.at("pooled"));
}

TEST(JsonReport, SaysWhyASequenceHasNoNumbers) {
  const auto report = json::parse(json_report(tests::picture_result(), {}));
  EXPECT_EQ(report.at("overall").at("of"), "sequences");
  EXPECT_EQ(report.at("overall").at("statistics").at("psnr_y").at("mean"), 31.5);
  EXPECT_EQ(report.at("overall").at("statistics").at("psnr_y").at("identical"), 1);
  EXPECT_TRUE(report.at("overall").at("statistics").at("flicker").at("mean").is_null());
  const auto& failed = report.at("sequences").at(3);
  EXPECT_EQ(failed.at("error"), "d.png: 8x8, but its reference is 9x8");
  EXPECT_FALSE(failed.contains("values"));
}

TEST(JsonReport, NamesTheWorstFrames) {
  auto result = tests::film_result();
  result.worst = {{.sequence = 0, .frame = 8, .value = 28, .distorted_jpeg = {1, 2}}};
  const auto report = json::parse(json_report(result, {}));
  EXPECT_EQ(report.at("worst"), json::parse(R"({"column": "psnr_y", "frames":
      [{"sequence": "film.mkv", "frame": 8, "value": 28.0}]})"));
}

TEST(JsonReport, IsValidWhateverWasMeasured) {
  const auto text = json_report(tests::hostile_result(), {"\xff", "\xff", "\n", "\x01"});
  EXPECT_EQ(text.find("inf"), std::string::npos);
  EXPECT_EQ(text.find("nan"), std::string::npos);
  const auto report = json::parse(text);
  const auto names = tests::hostile_names();
  EXPECT_EQ(report.at("sequences").size(), 4 * names.size());
  EXPECT_EQ(report.at("sequences").at(0).at("name"), names[0]) << "kept as it is";
  EXPECT_EQ(report.at("sequences").at(8).at("name"), names[2]);
  EXPECT_EQ(report.at("sequences").at(12).at("name"),
            "not utf-8: \uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(json::parse(json_report({}, {})).at("sequences"), json::array());
}

TEST(JsonReport, StaysReadable) {
  const auto text = json_report(tests::film_result(), tests::kHead);
  EXPECT_NE(text.find("\n      \"frames\": [0,2,4,6,8],\n"), std::string::npos);
  EXPECT_NE(text.find("\"psnr_y\": [30.0,32.0,null,34.0,28.0]"), std::string::npos);
  EXPECT_EQ(text.back(), '\n');
}

}  // namespace
}  // namespace vcisr::evaluation
