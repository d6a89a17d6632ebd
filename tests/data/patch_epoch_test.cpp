// SPDX-License-Identifier: Apache-2.0
// Films, threads and waiting in a patch stream.
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/data_fixtures.h"
#include "support/warnings_are_failures.h"
#include "vcisr/data/patch_stream.h"
#include "vcisr/data/sharpened_picture.h"

namespace vcisr::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tests::epoch_of;
using tests::histories;
using tests::stream_options;
using tests::TempFolder;

void expect_equal(const std::vector<TrainingBatch>& a, const std::vector<TrainingBatch>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(torch::equal(a[i].lq, b[i].lq)) << i;
    EXPECT_TRUE(torch::equal(a[i].hq, b[i].hq)) << i;
    EXPECT_TRUE(torch::equal(a[i].hq_sharpened, b[i].hq_sharpened)) << i;
    ASSERT_EQ(a[i].pairs.size(), b[i].pairs.size());
    for (std::size_t k = 0; k < a[i].pairs.size(); ++k) {
      EXPECT_EQ(a[i].pairs[k].origin().source, b[i].pairs[k].origin().source);
      EXPECT_EQ(a[i].pairs[k].origin().frame, b[i].pairs[k].origin().frame);
      EXPECT_EQ(a[i].pairs[k].origin().crop, b[i].pairs[k].origin().crop);
    }
  }
}

/// Pictures, small ones, and a film between them.
void write_sources(const TempFolder& folder) {
  tests::write_picture(folder / "a.png", 130, 200);
  tests::write_film(folder / "b.mkv", 14, 80, 140);
  tests::write_picture(folder / "c.png", 50, 70);
  tests::write_film(folder / "d.mkv", 5, 64, 64);
  tests::write_picture(folder / "e.png", 129, 129);
}

PatchStreamOptions shuffled_options(const TempFolder& folder, int threads) {
  PatchStreamOptions options = stream_options({folder.path().string()});
  options.shuffle_pictures = true;
  options.shuffle_buffer = 10;
  options.cells_per_clip = 2;
  options.threads = threads;
  return options;
}

TEST(PatchEpoch, BytesDoNotDependOnThreadsOrOnTheRun) {
  const TempFolder folder;
  write_sources(folder);
  std::optional<std::vector<TrainingBatch>> expected;
  for (const int threads : {1, 2, 4}) {
    for (int run = 0; run < 5; ++run) {
      PatchStream stream(shuffled_options(folder, threads), tests::noise_and_codecs());
      auto batches = epoch_of(stream, 1);
      if (!expected)
        expected = std::move(batches);
      else
        expect_equal(batches, *expected);
    }
  }
  PatchStream stream(shuffled_options(folder, 2), tests::noise_and_codecs());
  const auto other_epoch = epoch_of(stream, 2);
  expect_equal(epoch_of(stream, 1), *expected);  // Whatever came before.
  EXPECT_FALSE(torch::equal(other_epoch[0].hq, expected->at(0).hq));
  PatchStreamOptions other_seed = shuffled_options(folder, 2);
  other_seed.seed = 8;
  PatchStream other(other_seed, tests::noise_and_codecs());
  EXPECT_FALSE(torch::equal(epoch_of(other, 1)[0].hq, expected->at(0).hq));
}

TEST(PatchEpoch, TwoStreamsDoNotDisturbEachOther) {
  const TempFolder folder;
  write_sources(folder);
  const auto pipeline = tests::noise_and_codecs();
  PatchStreamOptions second_options = shuffled_options(folder, 2);
  second_options.seed = 9;
  const auto solo = [&](const PatchStreamOptions& options) {
    PatchStream stream(options, pipeline);
    return epoch_of(stream, 0);
  };
  const auto first_alone = solo(shuffled_options(folder, 2));
  const auto second_alone = solo(second_options);
  std::vector<TrainingBatch> first;
  std::vector<TrainingBatch> second;
  std::thread beside([&] { first = solo(shuffled_options(folder, 2)); });
  second = solo(second_options);
  beside.join();
  expect_equal(first, first_alone);
  expect_equal(second, second_alone);
}

TEST(PatchEpoch, FramesOfOnePlaceOfAFilmAreDegradedTogether) {
  const TempFolder folder;
  tests::write_film(folder / "film.mkv", 21, 140, 200);
  std::vector<torch::Tensor> film;
  imaging::FilmReader reader((folder / "film.mkv").string());
  while (auto frame = reader.read()) film.push_back(std::move(*frame));
  PatchStreamOptions options = stream_options({folder.path().string()});
  options.cells_per_clip = 3;
  PatchStream stream(options, tests::noise_and_codecs());
  std::map<std::int64_t, std::int64_t> uses;  // By frame.
  for (const TrainingBatch& batch : epoch_of(stream, 0)) {
    for (std::size_t i = 0; i < batch.pairs.size(); ++i) {
      const PairHistory& pair = batch.pairs[i];
      const Origin& first = pair.batch->origins.at(0);
      EXPECT_EQ(pair.origin().frame, first.frame + pair.unit);
      EXPECT_EQ(pair.origin().crop, first.crop);
      EXPECT_LE(pair.batch->origins.size(), 8U);
      const auto& frame = film.at(static_cast<std::size_t>(pair.origin().frame));
      const auto at = static_cast<std::int64_t>(i);
      EXPECT_TRUE(torch::equal(batch.hq[at], take_crop(frame, *first.crop)));
      EXPECT_TRUE(
          torch::equal(batch.hq_sharpened[at], take_crop(sharpened_picture(frame), *first.crop)));
      ++uses[pair.origin().frame];
    }
  }
  EXPECT_EQ(uses.size(), 21U);
  for (const auto& [frame, count] : uses) EXPECT_EQ(count, 3) << frame;
  EXPECT_EQ(stream.statistics().frames_read, 21);
  EXPECT_EQ(stream.statistics().pairs, 63);
}

TEST(PatchEpoch, ADamagedFilmIsUsedUpToTheDamageWithOneWarning) {
  const TempFolder folder;
  tests::write_film(folder / "film.mkv", 20, 64, 64);
  std::filesystem::resize_file(folder / "film.mkv",
                               std::filesystem::file_size(folder / "film.mkv") / 2);
  const tests::ExpectedWarnings warnings;
  PatchStream stream(stream_options({(folder / "film.mkv").string()}), tests::resize_only());
  const auto pairs = histories(epoch_of(stream, 0)).size();
  EXPECT_GT(pairs, 2U);
  EXPECT_LT(pairs, 15U);
  EXPECT_EQ(histories(epoch_of(stream, 1)).size(), pairs);
  EXPECT_THAT(warnings.messages(), ElementsAre(HasSubstr("used up to there")));
  EXPECT_EQ(stream.statistics().unreadable, 0);
}

TEST(PatchEpoch, RestsWhileNobodyTakesBatches) {
  const TempFolder folder;
  tests::write_picture(folder / "a.png", 130, 130);  // Four patches.
  PatchStreamOptions options =
      stream_options(std::vector<std::string>(200, folder.path() / "a.png"));
  options.sharpening.reset();
  PatchStream stream(options, tests::resize_only());
  stream.start_epoch(0, 0);
  ASSERT_TRUE(stream.next().has_value());
  // Until nothing changes any more, however slow the machine is.
  std::int64_t before = -1;
  for (int unchanged = 0; unchanged < 5;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    const std::int64_t now = stream.statistics().pictures_read;
    unchanged = now == before ? unchanged + 1 : 0;
    before = now;
  }
  // Batches handed out, ready, in flight and being put together, and six pictures ahead.
  EXPECT_LE(before, 1 + 3 + 4 * 2 + 6 + 2);
  std::int64_t pairs = 4;
  while (const auto batch = stream.next()) pairs += batch->lq.size(0);
  EXPECT_EQ(pairs, 800);
  EXPECT_EQ(stream.statistics().pictures_read, 200);
}

TEST(PatchEpoch, EndsAtOnceWhenGivenUp) {
  const TempFolder folder;
  write_sources(folder);
  const auto begin = std::chrono::steady_clock::now();
  for (int run = 0; run < 6; ++run) {
    PatchStream stream(shuffled_options(folder, 2), tests::noise_and_codecs());
    stream.start_epoch(0, 0);
    for (int batches = 0; batches < run; ++batches) ASSERT_TRUE(stream.next().has_value());
    if (run % 2 == 1) {
      stream.start_epoch(1, 0);
      ASSERT_TRUE(stream.next().has_value());
    }
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

}  // namespace
}  // namespace vcisr::data
