// SPDX-License-Identifier: Apache-2.0
#include "vcisr/evaluation/evaluation.h"

#include <cmath>
#include <stop_token>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "evaluation/evaluation_fixtures.h"
#include "support/warnings_are_failures.h"
#include "vcisr/core/error.h"
#include "vcisr/imaging/film_reader.h"
#include "vcisr/metrics/psnr.h"

namespace vcisr::evaluation {
namespace {

using tests::film_item;
using tests::make_film;
using tests::make_metrics;
using tests::TempFolder;
using tests::Words;
using tests::operator+;
using ::testing::HasSubstr;

/// Each frame's PSNR of RGB by the simplest means.
std::vector<double> psnr_of_films(const std::string& a, const std::string& b) {
  imaging::FilmReader left(a);
  imaging::FilmReader right(b);
  std::vector<double> values;
  while (const auto frame = left.read()) values.push_back(metrics::psnr_db(*frame, *right.read()));
  return values;
}

class EvaluationTest : public ::testing::Test {
 protected:
  EvaluationTest()
      : reference_(make_film(folder_ / "reference.mkv")),
        distorted_(
            make_film(folder_ / "distorted.mkv", {"-vf", "noise=alls=12:allf=t:all_seed=7"})) {}

  TempFolder folder_;
  std::string reference_;
  std::string distorted_;
};

TEST_F(EvaluationTest, MeasuresEachFrameOnce) {
  const auto result =
      evaluate({film_item(distorted_, reference_)}, make_metrics({"{type: psnr}"}), {.threads = 2});
  ASSERT_EQ(result.sequences.size(), 1U);
  const auto& film = result.sequences[0];
  ASSERT_FALSE(film.error) << *film.error;
  EXPECT_TRUE(film.is_film);
  EXPECT_EQ(film.frames.size(), 15U);
  EXPECT_EQ(film.frames.back(), 14);
  EXPECT_EQ(film.values.at(0), psnr_of_films(distorted_, reference_));
  EXPECT_THAT(film.notes.at(0), HasSubstr("ffv1 64x48 yuv420p"));
}

TEST_F(EvaluationTest, NumbersDoNotDependOnThreads) {
  const auto metrics = make_metrics({"{type: psnr_yuv}", "{type: ssim}", "{type: flicker}"});
  const auto one = evaluate({film_item(distorted_, reference_)}, metrics, {.threads = 1});
  const auto four = evaluate({film_item(distorted_, reference_)}, metrics, {.threads = 4});
  const auto& a = one.sequences[0];
  const auto& b = four.sequences[0];
  ASSERT_EQ(a.values.size(), 7U);
  for (std::size_t c = 0; c < a.values.size(); ++c) {
    for (std::size_t f = 0; f < a.values[c].size(); ++f) {
      EXPECT_TRUE(a.values[c][f] == b.values[c][f] ||
                  (std::isnan(a.values[c][f]) && std::isnan(b.values[c][f])));
    }
  }
  ASSERT_EQ(a.pooled.size(), 5U);
  for (std::size_t i = 0; i < a.pooled.size(); ++i) EXPECT_EQ(a.pooled[i].value, b.pooled[i].value);
  EXPECT_TRUE(std::isnan(a.values[6][0])) << "the first frame has no flicker";
  EXPECT_GT(a.values[6][1], 0);
}

TEST_F(EvaluationTest, SubsamplesAndKeepsNeighbours) {
  const auto metrics = make_metrics({"{type: flicker}"});
  const auto all = evaluate({film_item(distorted_, reference_)}, metrics, {});
  const auto some = evaluate({film_item(distorted_, reference_)}, metrics, {.subsample = 7});
  EXPECT_EQ(some.sequences[0].frames, (std::vector<std::int64_t>{0, 7, 14}));
  EXPECT_EQ(some.sequences[0].values[0][1], all.sequences[0].values[0][7]);
}

TEST_F(EvaluationTest, KeepsTheWorstFrames) {
  const auto result = evaluate({film_item(distorted_, reference_)}, make_metrics({"{type: psnr}"}),
                               {.worst_frames = 3});
  auto values = result.sequences[0].values[0];
  std::sort(values.begin(), values.end());
  ASSERT_EQ(result.worst.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(result.worst[i].value, values[i]);
    EXPECT_EQ(result.sequences[0].values[0][static_cast<std::size_t>(result.worst[i].frame)],
              values[i]);
    EXPECT_EQ(result.worst[i].width, 64);
    const std::vector<std::uint8_t> jpeg = {0xFF, 0xD8};
    EXPECT_EQ(std::vector(result.worst[i].distorted_jpeg.begin(),
                          result.worst[i].distorted_jpeg.begin() + 2),
              jpeg);
    EXPECT_FALSE(result.worst[i].reference_jpeg.empty());
  }
}

TEST_F(EvaluationTest, FilmsOfDifferentLengthsAreAnError) {
  const auto longer = make_film(folder_ / "longer.mkv", {}, 0.8);
  const auto metrics = make_metrics({"{type: psnr_yuv}"});
  const auto result = evaluate({film_item(longer, reference_)}, metrics, {});
  EXPECT_THAT(result.sequences[0].error.value(),
              HasSubstr("reference.mkv ends after 15 frames and "));
  EXPECT_TRUE(result.sequences[0].values.empty());
  const auto accepted =
      evaluate({film_item(longer, reference_)}, metrics, {.accepted = {.count = true}});
  EXPECT_EQ(accepted.sequences[0].frames.size(), 15U);
}

TEST_F(EvaluationTest, RawFilmsTakeSizeAndColoursFromTheirPartner) {
  const auto raw = (folder_ / "raw.yuv").string();
  tests::ffmpeg(Words{"-i", distorted_, "-f", "rawvideo", raw});
  const auto metrics = make_metrics({"{type: psnr}", "{type: psnr_yuv}"});
  const auto film = evaluate({film_item(distorted_, reference_)}, metrics, {});
  const auto planes = evaluate({film_item(raw, reference_)}, metrics, {});
  ASSERT_FALSE(planes.sequences[0].error) << *planes.sequences[0].error;
  EXPECT_EQ(planes.sequences[0].values, film.sequences[0].values);
}

TEST_F(EvaluationTest, TenBitsHaveTheirOwnPeak) {
  // The same samples times four: the same decibels but for the peak, 1023 instead of 1020.
  const auto deep = [this](const std::string& film) {
    const auto path =
        (folder_ / ("deep_" + std::filesystem::path(film).filename().string())).string();
    tests::ffmpeg(Words{"-i", film, "-pix_fmt", "yuv420p10le", "-c:v", "ffv1", path});
    return path;
  };
  const auto metrics = make_metrics({"{type: psnr_yuv}"});
  const auto shallow = evaluate({film_item(distorted_, reference_)}, metrics, {});
  const auto item = film_item(deep(distorted_), deep(reference_));
  const auto wide = evaluate({item}, metrics, {});
  ASSERT_FALSE(wide.sequences[0].error) << *wide.sequences[0].error;
  EXPECT_NEAR(wide.sequences[0].values[0][3] - shallow.sequences[0].values[0][3],
              20 * std::log10(1023.0 / 1020.0), 1e-9);
  const auto rounded = evaluate({item}, metrics, {.bit_depth = 8});
  EXPECT_EQ(rounded.sequences[0].values, shallow.sequences[0].values);
  const auto mixed = evaluate({film_item(item.distorted, reference_)}, metrics, {});
  EXPECT_THAT(mixed.sequences[0].error.value(), HasSubstr("--bit-depth 8 rounds both"));
}

TEST_F(EvaluationTest, SeveralFilmsArePooledAndFailuresAreTheirOwn) {
  const std::vector<EvaluationItem> items = {
      {"a", media::FileKind::kFilm, distorted_, reference_, {}},
      {"b", media::FileKind::kFilm, (folder_ / "none.mkv").string(), reference_, {}},
      {"c", media::FileKind::kFilm, reference_, reference_, {}}};
  const auto result = evaluate(items, make_metrics({"{type: psnr_yuv}"}), {.threads = 2});
  ASSERT_EQ(result.sequences.size(), 3U);
  EXPECT_FALSE(result.sequences[0].error);
  EXPECT_THAT(result.sequences[1].error.value(), HasSubstr("none.mkv"));
  EXPECT_TRUE(std::isinf(result.sequences[2].values[0][0]));
  ASSERT_EQ(result.pooled.size(), 5U);
  // Half of the samples have no error: 3 dB.
  EXPECT_NEAR(result.pooled[0].value - result.sequences[0].pooled[0].value, 10 * std::log10(2.0),
              1e-9);
}

TEST_F(EvaluationTest, WarnsOfAFilmThatIsAFrameLate) {
  const auto late = (folder_ / "late.mkv").string();
  tests::ffmpeg(Words{"-i", reference_, "-vf", "tpad=start=1:start_mode=clone,trim=end_frame=15",
                      "-c:v", "ffv1", late});
  const tests::ExpectedWarnings warnings;
  const auto result =
      evaluate({film_item(late, reference_)}, make_metrics({"{type: psnr_yuv}"}), {});
  ASSERT_FALSE(result.sequences[0].error) << *result.sequences[0].error;
  EXPECT_THAT(result.sequences[0].notes.back(), HasSubstr("looks one frame late"));
  EXPECT_EQ(warnings.messages().size(), 1U);
}

TEST_F(EvaluationTest, MeasuresPicturesInTheOrderOfTheirNames) {
  std::vector<EvaluationItem> items;
  for (int i = 0; i < 7; ++i) {
    const auto hq = metrics::golden_reference(20 + i, 31);
    const std::string name = "p" + std::to_string(i);
    tests::write_picture(folder_ / (name + "_hq.png"), hq);
    tests::write_picture(folder_ / (name + ".png"), metrics::golden_distorted(hq));
    items.push_back({name,
                     media::FileKind::kPicture,
                     folder_ / (name + ".png"),
                     folder_ / (name + "_hq.png"),
                     {}});
  }
  items[3].reference = items[2].reference;  // Another size.
  std::int64_t done = 0;
  EvaluationObserver observer;
  observer.on_frame = [&done](std::int64_t frames) { done = frames; };
  const auto result =
      evaluate(items, make_metrics({"{type: psnr}", "{type: ssim_y}"}), {.threads = 3}, observer);
  EXPECT_EQ(done, 7);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto& one = result.sequences[i];
    EXPECT_EQ(one.name, items[i].name);
    if (i == 3) {
      EXPECT_THAT(one.error.value(), HasSubstr("is 31x23 and "));
      continue;
    }
    const auto hq = metrics::golden_reference(20 + static_cast<std::int64_t>(i), 31);
    EXPECT_EQ(one.values[0][0], metrics::psnr_db(metrics::golden_distorted(hq), hq));
  }
  const auto overall = overall_statistics(result);
  EXPECT_EQ(overall[0].count, 6);
}

TEST_F(EvaluationTest, SmallPicturesAreErrorsThatNameMetricAndSize) {
  tests::write_picture(folder_ / "dot.png", metrics::golden_reference(1, 1));
  const EvaluationItem item{
      "dot", media::FileKind::kPicture, folder_ / "dot.png", folder_ / "dot.png", {}};
  const auto error = [&item](const std::string& yaml) {
    return evaluate({item}, make_metrics({yaml}), {}).sequences[0].error.value_or("");
  };
  EXPECT_EQ(error("{type: psnr}"), "");
  EXPECT_THAT(error("{type: ssim}"), HasSubstr("dot.png: "));
  EXPECT_THAT(error("{type: ssim}"), HasSubstr("11x11"));
  EXPECT_THAT(error("{type: ms_ssim}"), HasSubstr("161"));
  EXPECT_THAT(error("{type: psnr_yuv}"), HasSubstr("compares the planes of films"));
}

TEST_F(EvaluationTest, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  EXPECT_THROW((void)evaluate({film_item(distorted_, reference_)}, make_metrics({"{type: psnr}"}),
                              {}, {}, source.get_token()),
               Interrupted);
}

TEST_F(EvaluationTest, RefusesMetricsThatLackTheirInput) {
  EXPECT_THROW((void)evaluate({film_item(distorted_, "")}, make_metrics({"{type: psnr}"}), {}),
               ConfigError);
  EXPECT_THROW((void)evaluate({}, make_metrics({"{type: psnr}"}), {}), InputError);
  EXPECT_THROW((void)evaluate({film_item(distorted_, reference_)}, {}, {}), ConfigError);
}

}  // namespace
}  // namespace vcisr::evaluation
