// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "evaluation/report_fixtures.h"
#include "support/subprocess.h"

namespace vcisr::evaluation {
namespace {

using tests::kInf;

/// Reads a page from standard input; fails where tags do not match, attributes come twice or
/// something is loaded or linked.
constexpr const char* kChecker = R"py(
import sys
from html.parser import HTMLParser
VOID = {"meta", "img", "br", "link", "input", "hr"}
class Checker(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.scripts, self.count = [], 0, 0
    def handle_starttag(self, tag, attributes):
        self.count += 1
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)), (tag, names)
        for name, value in attributes:
            assert not name.startswith("on"), (tag, name)
            assert name not in ("href", "srcset", "action", "xlink:href"), (tag, name)
            if name == "src": assert value.startswith("data:image/jpeg;base64,"), (tag, value[:60])
        assert tag not in ("link", "iframe", "object", "embed", "base", "form"), tag
        self.scripts += tag == "script"
        if tag not in VOID: self.open.append(tag)
    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID: self.open.pop()
    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open, self.getpos())
        self.open.pop()
page = sys.stdin.buffer.read().decode("utf-8", "strict")
checker = Checker()
checker.feed(page)
checker.close()
assert not checker.open, checker.open
assert checker.scripts == 1, checker.scripts
assert checker.count > 5
for part in ("http://", "https://", "url(", "@import", "src='"):
    assert part not in page, part
)py";

void expect_sound(const std::string& page) {
  EXPECT_TRUE(page.starts_with("<!DOCTYPE html>"));
  EXPECT_EQ(page.find("://"), std::string::npos);
  if (!vcisr::tests::has_program("python3")) GTEST_SKIP() << "python3 is not here";
  const auto check = vcisr::tests::run({"python3", "-c", kChecker}, page);
  EXPECT_EQ(check.exit_code, 0) << check.err;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(HtmlReport, ShowsAFilm) {
  auto result = tests::film_result();
  result.sequences[0].notes = {"8 bit"};
  result.worst = {{.sequence = 0,
                   .frame = 8,
                   .value = 28,
                   .distorted_jpeg = {'M', 'a', 'n', 'y'},
                   .reference_jpeg = {'h', 'a', 'n', 'd', 's'},
                   .width = 320,
                   .height = 180}};
  const auto page = html_report(result, tests::kHead);
  expect_sound(page);
  for (const auto* part : {"<h1>film.mkv against hq.mkv</h1>",
                           "vcisr 1.2.3 · 2026-01-02T03:04:05Z",
                           "<code>vcisr-eval -d film.mkv</code>",
                           "Over 5 frames.",
                           ">2.2361<",
                           ">28.0000<",
                           "<small class=\"under\">frame 8</small>",
                           "title=\"lower is better\">↓",
                           "1 identical frame (inf) is left out of the statistics of psnr_y.",
                           ">30.1250<",
                           "▼\u00a0identical frames (inf)",
                           "film.mkv, frame 4: inf</title>",
                           "film.mkv, frame 8: 28.0000 dB</title>",
                           "data-points=\"0,30.0000 2,32.0000 6,34.0000",
                           "width=\"320\" height=\"180\" src=\"data:image/jpeg;base64,TWFueQ==\"",
                           "base64,aGFuZHM=\"",
                           "film.mkv, frame 8: psnr_y 28.0000 dB",
                           "3.0000 dB below the mean",
                           "flicker&nbsp;0.250",
                           "<li>psnr_y: of Y.</li>",
                           "<li>8 bit</li>",
                           "<code>lq/film.mkv</code> against <code>hq/film.mkv</code>",
                           "<summary>5 frames</summary>"}) {
    EXPECT_TRUE(has(page, part)) << part;
  }
  EXPECT_EQ(count_of(page, "<svg "), 2U);
}

TEST(HtmlReport, ShowsPicturesSortedByTheirNumbers) {
  auto result = tests::picture_result();
  result.sequences.push_back(tests::picture("e & f.png", 28));
  const auto page = html_report(result, {});
  expect_sound(page);
  for (const auto* part :
       {"<h1>Evaluation</h1>", "Not measured: 1 of 5 pictures",
        "<li>d.png: 8x8, but its reference is 9x8</li>", "Over 4 pictures.",
        "data-names=\"e &amp; f.png&#10;a.png&#10;b.png&#10;c.png\"",
        "data-points=\"1,28.0000 2,30.0000 3,33.0000\"", "not drawn: 1 identical (inf)",
        "data-key=\"Infinity\">inf</td>", "<td class=\"number\">n/a</td>", "class=\"sortable\""}) {
    EXPECT_TRUE(has(page, part)) << part;
  }
  EXPECT_EQ(count_of(page, "<svg "), 1U) << "flicker has no number to draw";
}

TEST(HtmlReport, ComparesFilmsAndDrawsTheWorstOfMany) {
  Result result{.columns = tests::two_columns()};
  for (int i = 0; i < 12; ++i) {
    auto one = tests::film("film" + std::to_string(i));
    for (auto& value : one.values[0]) value += (i * 5) % 12;
    result.sequences.push_back(one);
  }
  const auto page = html_report(result, {});
  expect_sound(page);
  EXPECT_TRUE(has(page, "Curves of 7 of 12 films: the worst ones by psnr_y."));
  // (5 i) mod 12 is 0 .. 6 for these.
  for (const int i : {0, 1, 3, 5, 6, 8, 10}) {
    EXPECT_TRUE(has(page, "data-name=\"film" + std::to_string(i) + "\"")) << i;
  }
  EXPECT_FALSE(has(page, "data-name=\"film2\""));
  EXPECT_EQ(count_of(page, "<svg "), 4U) << "curves, and all films sorted";
  EXPECT_EQ(count_of(page, ": 5 frames</summary>"), 12U);
  result.sequences.resize(3);
  EXPECT_EQ(count_of(html_report(result, {}), "<svg "), 2U);
}

TEST(HtmlReport, StaysSmallForALongFilm) {
  Result result{.columns = tests::two_columns()};
  SequenceResult film{.name = "long", .is_film = true, .values = {{}, {}}};
  for (int i = 0; i < 100'000; ++i) {
    film.frames.push_back(i);
    film.values[0].push_back(i % 10 == 0 ? kInf : 30 + 3 * std::sin(i * 0.7));
    film.values[1].push_back(0.5 + 0.1 * std::cos(i * 0.3));
  }
  film.values[0][54'321] = 11.0625;
  result.sequences = {film};
  const auto page = html_report(result, {});
  expect_sound(page);
  EXPECT_LT(page.size(), 120'000U);
  EXPECT_TRUE(has(page, "54321,11.0625")) << "the worst frame is not lost";
  EXPECT_TRUE(has(page, "pale: lowest and highest"));
  EXPECT_TRUE(has(page, "100000 frames are too many for a page"));
}

TEST(HtmlReport, StaysSmallForManyPictures) {
  Result result{.columns = tests::two_columns()};
  for (int i = 0; i < 20'000; ++i) {
    result.sequences.push_back(tests::picture("img" + std::to_string(i), 20 + (i * 7919) % 2000));
  }
  const auto page = html_report(result, {});
  expect_sound(page);
  EXPECT_LT(page.size(), 250'000U);
  EXPECT_TRUE(has(page, "The worst 500 of 20000 pictures"));
  EXPECT_TRUE(has(page, "and 19950 more") || !has(page, "<h2>Files</h2>"));
}

TEST(HtmlReport, IsSoundWhateverWasMeasured) {
  expect_sound(
      html_report(tests::hostile_result(), {"<title>\xff", "\x1b\"'>", "</code><script>", "\n"}));
  const auto page = html_report(tests::hostile_result(), {});
  EXPECT_FALSE(has(page, "<script>alert"));
  EXPECT_FALSE(has(page, "nan"));
  EXPECT_TRUE(has(page, "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"));
}

TEST(HtmlReport, IsSoundWithoutNumbers) {
  Result result{.columns = tests::two_columns()};
  expect_sound(html_report(result, tests::kHead));
  EXPECT_TRUE(has(html_report({}, {}), "Nothing was compared."));
  result.sequences = {tests::failure("a", "no such file"), tests::failure("b", "b: truncated")};
  const auto page = html_report(result, {});
  expect_sound(page);
  EXPECT_TRUE(has(page, "Not measured: 2 of 2 pictures"));
  EXPECT_FALSE(has(page, "<h2>Overall</h2>"));
  // One frame, one picture, rows without values.
  result.sequences = {tests::film("one")};
  result.sequences[0].frames = {0};
  result.sequences[0].values = {{31}, {0.5}};
  expect_sound(html_report(result, {}));
  result.sequences = {tests::picture("a", 30)};
  EXPECT_TRUE(has(html_report(result, {}), "Over 1 picture."));
  result.sequences[0].values.clear();
  result.sequences.push_back({.name = "empty", .is_film = true});
  expect_sound(html_report(result, {}));
}

}  // namespace
}  // namespace vcisr::evaluation
