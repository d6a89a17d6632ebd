// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/batch_degrader.h"

#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "support/gate.h"
#include "vcisr/core/error.h"
#include "vcisr/degradation/batch_run.h"
#include "vcisr/imaging/rgb_picture.h"
#include "vcisr/ops/intra_op.h"

namespace vcisr::data {
namespace {

using degradation::BatchRecipe;
using degradation::UnitRecipe;

torch::Tensor picture(std::int64_t number) {
  torch::manual_seed(static_cast<std::uint64_t>(number));
  const auto coarse = torch::rand({1, 3, 8, 8});
  const auto smooth = torch::upsample_bicubic2d(coarse, {32, 32}, false);
  return imaging::to_8bit(smooth[0]);
}

/// Smaller, noisier, and all through one codec.
HqBatch batch(std::int64_t number, std::int64_t pictures) {
  HqBatch result;
  degradation::GroupRecipe group;
  group.step.codec = "mpeg4";
  group.step.rate = media::FixedQuantiser{8};
  for (std::int64_t i = 0; i < pictures; ++i) {
    const auto seed = static_cast<std::uint64_t>(100 * number + i);
    result.pictures.push_back(
        {picture(100 * number + i), picture(1000 + i), {std::to_string(i), number, {}}});
    result.recipe.units.push_back(
        UnitRecipe{{degradation::ResizeStep{.size = {16, 16}, .scale = {}},
                    degradation::GaussianNoiseStep{.sigma_8bit = 5, .seed = seed},
                    degradation::ClampStep{}, degradation::GroupStep{0}}});
    group.units.push_back(i);
  }
  result.recipe.groups.push_back(std::move(group));
  return result;
}

std::vector<torch::Tensor> degraded_alone(const HqBatch& batch, bool sharpened = false) {
  std::vector<torch::Tensor> hq;
  for (const HqPicture& picture : batch.pictures) {
    hq.push_back(imaging::to_float(sharpened ? picture.hq_sharpened : picture.hq));
  }
  return degradation::degrade_batch(hq, batch.recipe);
}

void expect_equal(const std::vector<torch::Tensor>& a, const std::vector<torch::Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(torch::equal(a[i], b[i])) << i;
}

TEST(BatchDegrader, ReturnsBatchesInOrderWithTheBytesOfOneThread) {
  for (const int threads : {1, 2, 4}) {
    WorkerPool pool(threads, ops::use_one_intra_op_thread);
    BatchDegrader degrader(pool, 3);
    EXPECT_TRUE(degrader.is_empty());
    for (std::int64_t number = 0; number < 3; ++number) degrader.push(batch(number, 6 - number));
    EXPECT_TRUE(degrader.is_full());
    for (std::int64_t number = 0; number < 3; ++number) {
      const DegradedBatch result = degrader.pop();
      EXPECT_EQ(result.input.pictures.at(0).origin.frame, number);
      expect_equal(result.lq, degraded_alone(batch(number, 6 - number)));
    }
    EXPECT_TRUE(degrader.is_empty());
  }
}

TEST(BatchDegrader, DegradesTheSharpenedPictureWhereAskedTo) {
  WorkerPool pool(2);
  BatchDegrader degrader(pool, 1);
  HqBatch input = batch(1, 2);
  input.source = degradation::DegradedSource::kSharpened;
  degrader.push(std::move(input));
  expect_equal(degrader.pop().lq, degraded_alone(batch(1, 2), true));
}

TEST(BatchDegrader, HandsOverErrorsAndGoesOnWithTheNextBatch) {
  WorkerPool pool(2);
  BatchDegrader degrader(pool, 2);
  HqBatch broken = batch(0, 4);
  broken.recipe.groups[0].step.codec = "no_such_codec";
  degrader.push(std::move(broken));
  degrader.push(batch(1, 4));
  EXPECT_THROW((void)degrader.pop(), ConfigError);
  expect_equal(degrader.pop().lq, degraded_alone(batch(1, 4)));
}

TEST(BatchDegrader, RefusesWhatDoesNotFit) {
  WorkerPool pool(1);
  BatchDegrader degrader(pool, 1);
  EXPECT_THROW((void)degrader.pop(), c10::Error);
  HqBatch short_recipe = batch(0, 2);
  short_recipe.recipe.groups.clear();
  short_recipe.recipe.units.pop_back();
  EXPECT_THROW(degrader.push(std::move(short_recipe)), c10::Error);
  HqBatch no_group = batch(0, 2);
  no_group.recipe.groups.clear();
  EXPECT_THROW(degrader.push(std::move(no_group)), ConfigError);
  HqBatch no_picture = batch(0, 2);
  no_picture.pictures[1].hq = torch::Tensor();
  EXPECT_THROW(degrader.push(std::move(no_picture)), c10::Error);
  degrader.push(batch(0, 1));
  EXPECT_THROW(degrader.push(batch(1, 1)), c10::Error);
}

TEST(BatchDegrader, GoesWithWorkUnfinished) {
  WorkerPool pool(2);
  BatchDegrader degrader(pool, 4);
  for (std::int64_t number = 0; number < 4; ++number) degrader.push(batch(number, 8));
}

TEST(BatchDegrader, CancelWakesWhoWaits) {
  tests::Gate gate;
  WorkerPool pool(1);
  pool.submit([&gate] { gate.wait(); }, WorkerPool::Priority::kUrgent);
  BatchDegrader degrader(pool, 2);
  degrader.push(batch(0, 4));
  degrader.push(batch(1, 4));
  EXPECT_FALSE(degrader.is_ready());
  std::thread canceller([&degrader] { degrader.cancel(); });
  EXPECT_THROW((void)degrader.pop(), Interrupted);
  EXPECT_THROW((void)degrader.pop(), Interrupted);
  canceller.join();
  gate.open();
}

}  // namespace
}  // namespace vcisr::data
