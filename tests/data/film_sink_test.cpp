// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/film_sink.h"

#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "data/data_fixtures.h"
#include "vcisr/core/error.h"

namespace vcisr::data {
namespace {

using tests::TempFolder;

class FilmSinkTest : public ::testing::Test {
 protected:
  void SetUp() override { tests::write_film(folder_ / "f.mkv", 5, 24, 36); }

  /// The film's frames as pairs whose lq is the upper left quarter.
  PairBatch pairs() const {
    imaging::FilmReader reader((folder_ / "f.mkv").string());
    PairBatch batch;
    while (auto frame = reader.read()) {
      Pair pair;
      pair.recipe.source = "f.mkv";
      pair.recipe.frame = static_cast<std::int64_t>(batch.pairs.size());
      pair.tag.time = reader.time();
      pair.tag.film = std::make_shared<media::VideoInfo>(reader.info());
      pair.hq = *frame;
      pair.lq = frame->narrow(1, 0, 12).narrow(2, 0, 18).contiguous();
      batch.pairs.push_back(std::move(pair));
    }
    return batch;
  }
  FilmSink sink(const std::string& name) const {
    return {PairPart::kLq, [path = folder_ / name](const std::string&) { return path; },
            AtomicFile::Existing::kRefuse};
  }
  std::string contents(const std::string& name) const {
    std::ifstream stream(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  TempFolder folder_;
};

TEST_F(FilmSinkTest, KeepsEverySampleAndTimeInEveryContainer) {
  const PairBatch batch = pairs();
  for (const std::string extension : {"mkv", "avi", "mp4", "mov", "ts", "webm"}) {
    const std::string name = "out/lq." + extension;
    FilmSink film = sink(name);
    film.write(batch);
    film.finish();
    imaging::FilmReader reader((folder_ / name).string());
    for (const Pair& pair : batch.pairs) {
      const auto frame = reader.read();
      ASSERT_TRUE(frame.has_value()) << extension;
      EXPECT_TRUE(torch::equal(*frame, pair.lq)) << extension << " " << pair.recipe.frame;
    }
    EXPECT_FALSE(reader.read().has_value()) << extension;
  }
}

TEST_F(FilmSinkTest, TheSameFramesGiveTheSameFile) {
  const PairBatch batch = pairs();
  for (const std::string extension : {"mkv", "mp4", "webm"}) {
    for (const std::string name : {"a.", "b."}) {
      FilmSink film = sink(name + extension);
      film.write(batch);
      film.finish();
    }
    EXPECT_EQ(contents("a." + extension), contents("b." + extension)) << extension;
  }
}

TEST_F(FilmSinkTest, AnUnfinishedFilmLeavesNothing) {
  const PairBatch batch = pairs();
  {
    FilmSink film = sink("x.mkv");
    film.write(batch);
    film.abandon("f.mkv");
    film.finish();
  }
  {
    FilmSink film = sink("x.mkv");
    film.write(batch);
  }
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"f.mkv"});
}

TEST_F(FilmSinkTest, RefusesWhatItCannotKeep) {
  PairBatch batch = pairs();
  std::swap(batch.pairs[1], batch.pairs[2]);
  FilmSink film = sink("x.mkv");
  EXPECT_THROW(film.write(batch), InputError);
  EXPECT_THROW(static_cast<void>(lossless_film("x.y4m", AtomicFile::Existing::kRefuse)),
               ConfigError);
}

}  // namespace
}  // namespace vcisr::data
