// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/augmentation.h"

#include <cstdint>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "data/data_fixtures.h"
#include "vcisr/data/patch_job.h"
#include "vcisr/data/recipe_replay.h"
#include "vcisr/data/sharpened_picture.h"

namespace vcisr::data {
namespace {

using degradation::Augment;
using tests::TempFolder;

TEST(Augmentation, MirrorsFirstAndExchangesRowsAndColumnsLast) {
  // 0 1 2
  // 3 4 5
  const auto picture = torch::arange(6, torch::kUInt8).reshape({1, 2, 3});
  const auto turned = [&](const Augment& augment) {
    const auto result = augmented(picture, augment);
    EXPECT_TRUE(result.is_contiguous());
    return result;
  };
  const auto expected = [](const std::vector<int>& values, std::int64_t rows) {
    return torch::tensor(values).to(torch::kUInt8).reshape({1, rows, -1});
  };
  EXPECT_TRUE(torch::equal(turned({}), picture));
  EXPECT_TRUE(torch::equal(turned({.hflip = true}), expected({2, 1, 0, 5, 4, 3}, 2)));
  EXPECT_TRUE(torch::equal(turned({.vflip = true}), expected({3, 4, 5, 0, 1, 2}, 2)));
  EXPECT_TRUE(torch::equal(turned({.transpose = true}), expected({0, 3, 1, 4, 2, 5}, 3)));
  EXPECT_TRUE(torch::equal(turned({.hflip = true, .vflip = true, .transpose = true}),
                           expected({5, 2, 4, 1, 3, 0}, 3)));
  EXPECT_TRUE(
      torch::equal(turned({.hflip = true, .transpose = true}), expected({2, 5, 1, 4, 0, 3}, 3)));
  EXPECT_FALSE(augmented(torch::Tensor(), {.hflip = true}).defined());
}

TEST(Augmentation, DrawsEachWayForHalfOfThePictures) {
  std::map<int, int> counts;
  for (std::uint64_t i = 0; i < 8000; ++i) {
    const Augment all = draw_augment({.use_hflip = true, .use_rot = true}, Rng(3).fork(i));
    ++counts[(all.hflip ? 1 : 0) + (all.vflip ? 2 : 0) + (all.transpose ? 4 : 0)];
    const Augment flips = draw_augment({.use_hflip = true}, Rng(3).fork(i));
    EXPECT_EQ(flips, (Augment{.hflip = all.hflip}));  // The same coins.
    EXPECT_EQ(draw_augment({}, Rng(3).fork(i)), Augment{});
  }
  EXPECT_EQ(counts.size(), 8U);
  for (const auto& [way, count] : counts) EXPECT_NEAR(count, 1000, 120) << way;
}

PatchStreamOptions turning(const TempFolder& folder) {
  PatchStreamOptions options = tests::stream_options({folder.path().string()});
  options.augment = {.use_hflip = true, .use_rot = true};
  options.cells_per_clip = 2;
  return options;
}

TEST(Augmentation, OfAStreamTurnsPatchesBeforeTheyAreDegraded) {
  const TempFolder folder;
  tests::write_picture(folder / "a.png", 200, 330);
  tests::write_film(folder / "b.mkv", 14, 80, 140);
  PatchStream stream(turning(folder), tests::resize_only());
  std::map<std::string, std::vector<torch::Tensor>> frames;
  frames["a.png"] = {imaging::read_rgb8(folder / "a.png")};
  imaging::FilmReader reader((folder / "b.mkv").string());
  while (auto frame = reader.read()) frames["b.mkv"].push_back(std::move(*frame));
  int turned = 0;
  for (const TrainingBatch& batch : tests::epoch_of(stream, 0)) {
    for (std::size_t i = 0; i < batch.pairs.size(); ++i) {
      const Origin& origin = batch.pairs[i].origin();
      const auto& whole = frames.at(std::filesystem::path(origin.source).filename().string())
                              .at(static_cast<std::size_t>(origin.frame));
      const auto at = static_cast<std::int64_t>(i);
      const auto hq = augmented(take_crop(whole, *origin.crop), origin.augment);
      EXPECT_TRUE(torch::equal(batch.hq[at], hq));
      EXPECT_TRUE(torch::equal(
          batch.hq_sharpened[at],
          augmented(take_crop(sharpened_picture(whole), *origin.crop), origin.augment)));
      const auto area = torch::avg_pool2d(hq.to(torch::kFloat32).unsqueeze(0), 4)[0];
      EXPECT_LE((batch.lq[at].to(torch::kFloat32) - area).abs().max().item<float>(), 0.51F);
      turned += origin.augment == Augment{} ? 0 : 1;
      // All frames of a film's cell alike.
      if (whole.size(2) == 140) {
        EXPECT_EQ(origin.augment, batch.pairs[i].batch->origins[0].augment);
      }
    }
  }
  EXPECT_GT(turned, 10);
}

/// Keeps what comes.
class Kept final : public PairSink {
 public:
  void write(const PairBatch& batch) override {
    for (const Pair& pair : batch.pairs) pairs.push_back(pair);
  }
  void finish() override {}
  std::vector<Pair> pairs;
};

TEST(Augmentation, StandsInRecipesAndIsReplayedToTheSameBytes) {
  const TempFolder folder;
  tests::write_picture(folder / "a.png", 200, 330);
  tests::write_film(folder / "b.mkv", 9, 80, 140);
  const auto pipeline = tests::noise_and_codecs();
  PatchStream stream(turning(folder), pipeline);
  Kept first;
  const TempFolder outputs;
  degradation::RecipeHeader header;
  degradation::RecipeWriter writer(outputs / "r.jsonl", header, AtomicFile::Existing::kRefuse);
  run_patches(stream, {}, {&first}, &writer, {}, {});
  WorkerPool pool(2);
  RecipeReplay replay(degradation::read_recipe(outputs / "r.jsonl"),
                      {.root = folder.path(), .recipe_name = "r.jsonl"});
  Kept second;
  run_degradation(replay, pool, {&second}, nullptr, {}, {});
  ASSERT_EQ(first.pairs.size(), second.pairs.size());
  bool is_turned = false;
  for (std::size_t i = 0; i < first.pairs.size(); ++i) {
    EXPECT_TRUE(torch::equal(first.pairs[i].hq, second.pairs[i].hq)) << i;
    EXPECT_TRUE(torch::equal(first.pairs[i].lq, second.pairs[i].lq)) << i;
    EXPECT_EQ(first.pairs[i].recipe.augment, second.pairs[i].recipe.augment);
    is_turned = is_turned || first.pairs[i].recipe.augment != Augment{};
  }
  EXPECT_TRUE(is_turned);
}

}  // namespace
}  // namespace vcisr::data
