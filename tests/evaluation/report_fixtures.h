// SPDX-License-Identifier: Apache-2.0
// Small results whose numbers are right by hand, and one with everything that can go wrong.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "vcisr/evaluation/reports.h"

namespace vcisr::evaluation::tests {

using metrics::Better;

inline constexpr double kInf = std::numeric_limits<double>::infinity();
inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

inline const ReportHead kHead{"film.mkv against hq.mkv", "vcisr 1.2.3", "vcisr-eval -d film.mkv",
                              "2026-01-02T03:04:05Z"};

inline std::vector<metrics::Column> two_columns() {
  return {{"psnr_y", "dB", Better::kHigher, 4}, {"flicker", "", Better::kLower, 3}};
}

inline SequenceResult film(std::string name) {
  return {.name = std::move(name),
          .distorted = "lq/film.mkv",
          .reference = "hq/film.mkv",
          .is_film = true,
          .frames = {0, 2, 4, 6, 8},
          .values = {{30, 32, kInf, 34, 28}, {kNan, 0.5, 0.25, 1, 0.25}},
          .pooled = {{{"psnr_y_pooled", "dB", Better::kHigher, 4}, 30.125}}};
}

inline SequenceResult picture(std::string name, double psnr, double flicker = kNan) {
  return {.name = std::move(name), .frames = {0}, .values = {{psnr}, {flicker}}};
}

inline SequenceResult failure(std::string name, std::string error) {
  return {.name = std::move(name), .error = std::move(error)};
}

inline Result film_result() {
  Result result{.columns = two_columns(), .sequences = {film("film.mkv")}};
  result.protocol = {"psnr_y: of Y.", "Frames are aligned by index."};
  return result;
}

inline Result picture_result() {
  Result result{.columns = two_columns()};
  result.sequences = {picture("a.png", 30), picture("b.png", 33), picture("c.png", kInf),
                      failure("d.png", "d.png: 8x8, but its reference is 9x8")};
  return result;
}

/// Names that are markup, formulas, escape sequences or no UTF-8.
inline std::vector<std::string> hostile_names() {
  return {"\"><script>alert(1)</script>",
          "=cmd|'/C calc'!A0",
          "two\nlines, \"quoted\"",
          "not utf-8: \xff\xc0\xaf\xed\xa0\x80\xe2\x82",
          "\x1b[31mred\x1b[0m \u202Eback",
          "h\u00f6he \u6f22\u5b57 \U0001F600 | \\ `x` *b* [l](u) _u_",
          std::string("zero\0byte", 9),
          std::string(300, 'x'),
          ""};
}

/// Each hostile name as a film, a picture and a failure, with numbers that are none.
inline Result hostile_result() {
  Result result{.columns = {{"<b>&\"'", "<dB>", Better::kHigher, 4},
                            {"a,b\n|", "", Better::kLower, 40},
                            {"missing", "", Better::kLower, -1}}};
  for (const auto& name : hostile_names()) {
    SequenceResult one = film(name);
    one.distorted = one.reference = one.compressed = name;
    one.notes = {name, "shared by all"};
    one.values[1] = {kInf, -kInf, kNan, 1e300, -1e-300};
    one.pooled = {{{name, name, Better::kLower, 4}, kNan}, {{"p", "", Better::kLower, 4}, kInf}};
    result.sequences.push_back(one);
    one.values = {{kNan, kNan, kNan, kNan, kNan}, {-kInf, kInf, kInf, kInf, kInf}};
    result.sequences.push_back(one);
    result.sequences.push_back(picture(name, kInf, kNan));
    result.sequences.push_back(failure(name, name));
    result.worst.push_back({.sequence = result.sequences.size() - 4,
                            .frame = 8,
                            .value = 28,
                            .distorted_jpeg = {1, 2, 3, 4}});
  }
  result.worst.push_back({.sequence = 10'000});
  result.pooled = result.sequences[0].pooled;
  result.protocol = hostile_names();
  return result;
}

}  // namespace vcisr::evaluation::tests
