// SPDX-License-Identifier: Apache-2.0
#include "vcisr/degradation/batch_run.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/hash_rule.h"
#include "vcisr/core/error.h"
#include "vcisr/degradation/pipeline.h"
#include "vcisr/degradation/presets.h"
#include "vcisr/ops/intra_op.h"

namespace vcisr::degradation {
namespace {

using Pictures = std::vector<torch::Tensor>;

Pictures made_up(std::int64_t count, std::int64_t side) {
  Pictures pictures;
  for (std::int64_t i = 0; i < count; ++i) {
    pictures.push_back(tests::hash_image("batch" + std::to_string(i), {3, side, side}));
  }
  return pictures;
}

/// The batch on several threads, which take the pictures from the back to the front.
Pictures on_threads(const Pictures& hq, const BatchRecipe& recipe, int threads) {
  Pictures lq(hq.size());
  BatchRun run(recipe, [&lq](std::int64_t unit, const torch::Tensor& picture) {
    lq[static_cast<std::size_t>(unit)] = picture;
  });
  std::atomic<std::int64_t> left{static_cast<std::int64_t>(hq.size())};
  std::vector<std::thread> pool;
  for (int i = 0; i < threads; ++i) {
    pool.emplace_back([&] {
      ops::use_one_intra_op_thread();
      for (auto unit = left.fetch_sub(1) - 1; unit >= 0; unit = left.fetch_sub(1) - 1) {
        run.degrade(unit, hq[static_cast<std::size_t>(unit)]);
      }
    });
  }
  for (auto& thread : pool) thread.join();
  return lq;
}

bool equal(const Pictures& a, const Pictures& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!a[i].defined() || !b[i].defined() || !torch::equal(a[i], b[i])) return false;
  }
  return true;
}

std::vector<PictureSize> sizes_of(const Pictures& pictures) {
  std::vector<PictureSize> sizes;
  for (const auto& picture : pictures) sizes.push_back({picture.size(1), picture.size(2)});
  return sizes;
}

TEST(BatchRun, SameBytesForAnyNumberOfThreadsAndEveryCodec) {
  const auto hq = made_up(10, 96);
  for (const std::string codec :
       {"mpeg2video", "mpeg4", "libxvid", "libx264", "libx265", "libvpx-vp9"}) {
    const auto pipeline = Pipeline::load(
        "vcisr", {"stages.7.weights=[0, 1]", "stages.7.choices.1.2.video_codec=[" + codec + "]",
                  "stages.7.choices.1.2.video_codec_prob=[1]",
                  "stages.7.choices.1.2.crf_offset=[5]", "stages.7.choices.1.2.group_size=4"});
    const auto recipe = pipeline.draw(sizes_of(hq), Rng(77));
    ASSERT_EQ(recipe.groups.size(), 3U);
    const auto alone = degrade_batch(hq, recipe);
    for (const int threads : {1, 2, 4}) {
      for (int run = 0; run < 5; ++run) {
        ASSERT_TRUE(equal(alone, on_threads(hq, recipe, threads))) << codec << " " << threads;
      }
    }
  }
}

TEST(BatchRun, EveryPresetGivesTheSameBytesForAnyNumberOfThreads) {
  const auto hq = made_up(12, 128);
  for (const auto& name : preset_names()) {
    const auto recipe = Pipeline::load(name).draw(sizes_of(hq), Rng(5));
    const auto alone = degrade_batch(hq, recipe);
    for (const auto& lq : alone)
      EXPECT_EQ(lq.sizes().vec(), (std::vector<std::int64_t>{3, 32, 32}));
    for (const int threads : {2, 4}) ASSERT_TRUE(equal(alone, on_threads(hq, recipe, threads)));
  }
}

TEST(BatchRun, TwoRunsSideBySideDoNotDisturbEachOther) {
  const auto hq = made_up(8, 96);
  const auto first = Pipeline::load("vcisr_paper").draw(sizes_of(hq), Rng(1));
  const auto second = Pipeline::load("vcisr").draw(sizes_of(hq), Rng(2));
  const auto first_alone = degrade_batch(hq, first);
  const auto second_alone = degrade_batch(hq, second);
  for (int round = 0; round < 3; ++round) {
    Pictures first_result;
    Pictures second_result;
    std::thread one([&] { first_result = on_threads(hq, first, 2); });
    std::thread two([&] { second_result = on_threads(hq, second, 2); });
    one.join();
    two.join();
    EXPECT_TRUE(equal(first_alone, first_result));
    EXPECT_TRUE(equal(second_alone, second_result));
  }
}

TEST(BatchRun, WhatComesAfterACodecIsDone) {
  BatchRecipe recipe;
  recipe.units.resize(2);
  for (auto& unit : recipe.units) {
    unit.steps = {GroupStep{0}, ResizeStep{ResizeMode::kArea, {16, 16}}, GroupStep{1}};
  }
  VideoCompressionStep step;
  step.rate = media::Crf{30};
  recipe.groups = {{0, {1, 0}, step}, {1, {0, 1}, step}};
  const auto lq = degrade_batch(made_up(2, 32), recipe);
  EXPECT_EQ(lq[0].sizes().vec(), (std::vector<std::int64_t>{3, 16, 16}));
  EXPECT_FALSE(torch::equal(lq[0], lq[1]));
}

TEST(BatchRun, ARecipeThatDoesNotFitIsRefused) {
  const auto nothing = [](std::int64_t, const torch::Tensor&) {};
  BatchRecipe recipe;
  recipe.units.resize(1);
  recipe.groups = {{0, {0}, {}}};
  EXPECT_THROW(BatchRun(recipe, nothing), ConfigError);  // The unit does not name it.
  recipe.units[0].steps = {GroupStep{0}};
  EXPECT_NO_THROW(BatchRun(recipe, nothing));
  recipe.groups[0].units = {0, 1};
  EXPECT_THROW(BatchRun(recipe, nothing), ConfigError);
  recipe.groups.clear();
  EXPECT_THROW(BatchRun(recipe, nothing), ConfigError);
  recipe.units[0].steps = {ResizeStep{ResizeMode::kArea, {5, 5}, 0.5}};
  EXPECT_THROW(static_cast<void>(degrade_batch(made_up(1, 32), recipe)), ConfigError);
}

}  // namespace
}  // namespace vcisr::degradation
