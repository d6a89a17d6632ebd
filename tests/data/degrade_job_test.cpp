// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/degrade_job.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "data/data_fixtures.h"
#include "vcisr/core/error.h"
#include "vcisr/data/picture_sink.h"
#include "vcisr/data/whole_pictures.h"

namespace vcisr::data {
namespace {

using tests::TempFolder;

/// Keeps what it is given.
class Collector final : public PairSink {
 public:
  void write(const PairBatch& batch) override {
    pairs.insert(pairs.end(), batch.pairs.begin(), batch.pairs.end());
    groups.insert(groups.end(), batch.groups.begin(), batch.groups.end());
    for (std::size_t i = 0; i < batch.pairs.size(); ++i) {
      ended_groups += groups_ending_with(batch, i).size();
    }
  }
  void abandon(const std::string& source) override { abandoned.push_back(source); }
  void finish() override { is_finished = true; }

  std::vector<Pair> pairs;
  std::vector<degradation::GroupRecipe> groups;
  std::size_t ended_groups = 0;
  std::vector<std::string> abandoned;
  bool is_finished = false;
};

class DegradeJobTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 20; ++i) add("p" + std::to_string(100 + i) + ".png", 32);
  }
  void add(const std::string& name, std::int64_t height) {
    if (height > 0) {
      tests::write_picture(folder_ / name, height, 48);
    } else {
      write_file(folder_ / name, {}, AtomicFile::Existing::kRefuse);
    }
    files_.push_back({folder_ / name, name, media::FileKind::kPicture});
  }
  std::int64_t run(int threads, Collector& collector, const DegradeObserver& observer = {},
                   const std::stop_token& stop = {}) {
    WholePictures source(*pipeline_, {.files = files_, .seed = 3});
    WorkerPool pool(threads);
    return run_degradation(source, pool, {&collector}, nullptr, observer, stop);
  }

  TempFolder folder_;
  std::vector<SourceFile> files_;
  std::shared_ptr<const degradation::Pipeline> pipeline_ = tests::noise_and_codecs();
};

TEST_F(DegradeJobTest, GivesTheSamePairsForAnyNumberOfThreads) {
  Collector first;
  EXPECT_EQ(run(1, first), 20);
  EXPECT_TRUE(first.is_finished);
  EXPECT_EQ(first.ended_groups, first.groups.size());
  for (const int threads : {2, 4}) {
    Collector other;
    ASSERT_EQ(run(threads, other), 20);
    for (std::size_t i = 0; i < 20; ++i) {
      EXPECT_EQ(other.pairs[i].recipe.source, first.pairs[i].recipe.source);
      EXPECT_TRUE(torch::equal(other.pairs[i].lq, first.pairs[i].lq)) << i;
    }
  }
}

TEST_F(DegradeJobTest, WhatFailsIsToldAndTheRestGoesOn) {
  add("zz.png", 0);
  Collector collector;
  DegradeObserver observer;
  std::vector<std::string> failed;
  observer.on_failure = [&failed](const SourceFailure& failure) {
    failed.push_back(failure.source);
  };
  EXPECT_EQ(run(2, collector, observer), 20);
  EXPECT_EQ(failed, std::vector<std::string>{"zz.png"});
  EXPECT_EQ(collector.abandoned, failed);
  Collector strict;
  EXPECT_THROW(run(2, strict), InputError);
  EXPECT_FALSE(strict.is_finished);
}

TEST_F(DegradeJobTest, StopsWhenAsked) {
  std::stop_source stop;
  stop.request_stop();
  Collector collector;
  EXPECT_THROW(run(2, collector, {}, stop.get_token()), Interrupted);
  EXPECT_FALSE(collector.is_finished);
}

TEST_F(DegradeJobTest, PicturesThatCannotBeWrittenEndTheWork) {
  WholePictures source(*pipeline_, {.files = files_});
  WorkerPool pool(2);
  PictureSink sink(pool, [](const Pair&) { return "/proc/none/x.png"; }, {});
  EXPECT_THROW(run_degradation(source, pool, {&sink}, nullptr, {}, {}), OutputError);
}

}  // namespace
}  // namespace vcisr::data
