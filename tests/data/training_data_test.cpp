// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/training_data.h"

#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/pair_fixtures.h"
#include "support/warnings_are_failures.h"
#include "vcisr/core/error.h"
#include "vcisr/data/pair_shards.h"
#include "vcisr/data/paired_pictures.h"
#include "vcisr/data/patch_stream.h"

namespace vcisr::data {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tests::message_of;
using tests::TempFolder;

class TrainingDataTest : public ::testing::Test {
 protected:
  TrainingDataTest() {
    tests::write_pair(folder_.path(), "a", 40, 48);
    tests::write_pair(folder_.path(), "b", 36, 40);
    context_.scale = 2;
    context_.seed = 5;
  }
  [[nodiscard]] std::string roots() const {
    return "dataroot_gt: " + (folder_ / "hq").string() +
           "\ndataroot_lq: " + (folder_ / "lq").string() + "\n";
  }
  [[nodiscard]] std::unique_ptr<TrainingPairs> make(const std::string& text) const {
    const Config config = Config::parse(text, "train.yaml");
    auto pairs = make_training_pairs(config, context_);
    config.expect_all_keys_read();
    return pairs;
  }
  [[nodiscard]] std::string config_error(const std::string& text) const {
    return message_of<ConfigError>([&] { static_cast<void>(make(text)); });
  }

  TempFolder folder_;
  TrainingDataContext context_;
};

TEST_F(TrainingDataTest, ReadsPairsInBasicSrsWords) {
  context_.needs_sharpened = true;
  const auto pairs = make("name: some\ntype: PairedImageDataset\n" + roots() +
                          "filename_tmpl: '{}'\nio_backend: {type: disk}\ngt_size: 32\n"
                          "use_hflip: true\nuse_rot: yes\nnum_worker_per_gpu: 0\n"
                          "batch_size_per_gpu: 3\ndataset_enlarge_ratio: 4\n");
  EXPECT_NE(dynamic_cast<PairedPictures*>(pairs.get()), nullptr);
  EXPECT_EQ(pairs->batches_per_epoch(), 3);
  const auto batches = tests::rest_of(*pairs, 0, 0);
  ASSERT_EQ(batches.size(), 3U);
  EXPECT_EQ(batches[0].hq.sizes(), (std::vector<std::int64_t>{3, 3, 32, 32}));
  EXPECT_TRUE(batches[0].hq_sharpened.defined());
}

TEST_F(TrainingDataTest, ReadsOtherProjectsNames) {
  const auto pairs =
      make("type: paireddataset\ndataroot_gt: [" + (folder_ / "hq").string() + "]\ndataroot_lq: [" +
           (folder_ / "lq").string() + "]\nlq_size: 16\nbatch_size: 2\n");
  EXPECT_EQ(tests::rest_of(*pairs, 0, 0).at(0).hq.size(2), 32);
  const tests::ExpectedWarnings warnings;
  const auto more = make(
      "type: PairedImageDataset\npatch_size: 8\nprefetch_mode: cuda\n"
      "pin_memory: true\nnum_prefetch_queue: 3\n" +
      roots() + "io_backend: {type: disk, db_paths: [a, b]}\n");
  EXPECT_EQ(tests::rest_of(*more, 0, 0).at(0).lq.size(2), 8);
  ASSERT_FALSE(warnings.messages().empty());
  EXPECT_THAT(warnings.messages().front(), HasSubstr("prefetch_mode"));
}

TEST_F(TrainingDataTest, ReadsDatabasesAndLists) {
  tests::pack_lmdb(folder_ / "hq", folder_ / "hq.lmdb");
  tests::pack_lmdb(folder_ / "lq", folder_ / "lq.lmdb");
  const auto pairs = make(
      "type: PairedImageDataset\ngt_size: 16\nio_backend: {type: lmdb}\n"
      "dataroot_gt: " +
      (folder_ / "hq.lmdb").string() + "\ndataroot_lq: " + (folder_ / "lq.lmdb").string() + "\n");
  EXPECT_EQ(tests::rest_of(*pairs, 0, 0).at(0).lq.size(0), 2);
  std::ofstream(folder_ / "list.txt") << "b.png (72,80,3) 1\n";
  const auto listed = make("type: PairedImageDataset\ngt_size: 16\nmeta_info_file: " +
                           (folder_ / "list.txt").string() + "\n" + roots());
  EXPECT_EQ(tests::rest_of(*listed, 0, 0).at(0).lq.size(0), 1);
}

TEST_F(TrainingDataTest, ReadsDegradedPictures) {
  const std::string gt = "dataroot_gt: " + (folder_ / "hq").string() + "\n";
  EXPECT_THAT(
      config_error("type: VCISRDataset\n" + gt),
      AllOf(HasSubstr("train.yaml:1: type: 'VCISRDataset' degrades"), HasSubstr("'degradation'")));
  context_.scale = 4;
  context_.pipeline = tests::resize_only();
  const std::string options =
      gt +
      "gt_size: 32\nbatch_size_per_gpu: 4\nuse_hflip: true\nuse_rot: true\n"
      "shuffle_buffer: 3\nsmall_pictures: leave_out\ncells_per_clip: 2\nrecursive: true\n";
  for (const std::string type : {"VCISRDataset", "RealESRGANDataset", "realesrgandataset"}) {
    const auto pairs = make("type: " + type + "\n" + options);
    EXPECT_NE(dynamic_cast<PatchStream*>(pairs.get()), nullptr);
    EXPECT_FALSE(pairs->batches_per_epoch().has_value());
    const auto batches = tests::rest_of(*pairs, 0, 0);
    ASSERT_EQ(batches.size(), 3U);  // Two rows of three and of two.
    EXPECT_EQ(batches[0].lq.size(2), 8);
    EXPECT_FALSE(batches[0].hq_sharpened.defined());
  }
  std::ofstream(folder_ / "list.txt") << "b.png\n";
  const auto listed = make(
      "type: RealESRGANDataset\nmeta_info: " + (folder_ / "list.txt").string() + "\n" + options);
  EXPECT_EQ(tests::rest_of(*listed, 0, 0).size(), 1U);
  context_.patch_size = 36;
  const auto own = make("type: RealESRGANDataset\n" + gt);
  EXPECT_EQ(tests::rest_of(*own, 0, 0).at(0).hq.size(2), 36);
  EXPECT_THAT(config_error("type: VCISRDataset\nio_backend: {type: lmdb}\n" + gt),
              HasSubstr("io_backend.type: pictures to degrade are read from files"));
  context_.scale = 2;
  EXPECT_THAT(config_error("type: VCISRDataset\n" + gt), HasSubstr("reduces by 4, but"));
}

TEST_F(TrainingDataTest, ReadsShards) {
  std::filesystem::create_directory(folder_ / "shards");
  tests::write_shard(folder_ / "shards" / "x.safetensors", 0, 5);
  context_.patch_size = 256;  // Meant for pictures.
  const std::string key = "dataroot: " + (folder_ / "shards").string() + "\n";
  const auto pairs = make("type: PairShardDataset\nbatch_size_per_gpu: 2\n" + key);
  EXPECT_NE(dynamic_cast<PairShards*>(pairs.get()), nullptr);
  EXPECT_EQ(pairs->batches_per_epoch(), 3);
  EXPECT_EQ(tests::rest_of(*pairs, 0, 0).at(0).hq.size(2), 16);
  const auto cut = make("type: pairsharddataset\ngt_size: 8\n" + key);
  EXPECT_EQ(tests::rest_of(*cut, 0, 0).at(0).lq.size(2), 4);
}

TEST_F(TrainingDataTest, MistakesNameFileLineAndKey) {
  EXPECT_THAT(config_error("type: PairedImagDataset\n"),
              AllOf(HasSubstr("train.yaml:1: type: unknown dataset 'PairedImagDataset'"),
                    HasSubstr("did you mean 'PairedImageDataset'"), HasSubstr("VCISRDataset")));
  EXPECT_THAT(message_of<InputError>([&] {
                static_cast<void>(make("type: PairedImageDataset\n\ndataroot_gt: /no/where\n"));
              }),
              HasSubstr("train.yaml:3: dataroot_gt: there is no file or folder '/no/where'"));
  EXPECT_THAT(config_error("type: PairedImageDataset\ngt_size: 32\ndataroot_gt: " +
                           (folder_ / "hq").string() + "\n"),
              HasSubstr("dataroot_lq"));
  EXPECT_THAT(config_error("type: PairedImageDataset\n" + roots()), HasSubstr("gt_size"));
  EXPECT_THAT(config_error("type: PairedImageDataset\ngt_size: 31\n" + roots()),
              HasSubstr("train.yaml:2: gt_size: hq patches of 31 are no multiple"));
  EXPECT_THAT(config_error("type: PairedImageDataset\ngt_size: 32\nlq_size: 32\n" + roots()),
              HasSubstr("train.yaml:3: lq_size: makes hq patches of 64, but 'gt_size' of 32"));
  EXPECT_THAT(config_error("type: PairedImageDataset\ngt_size: 32\nbatch_size: 1\n"
                           "batch_size_per_gpu: 2\n" +
                           roots()),
              HasSubstr("train.yaml:3: batch_size: means the same as 'batch_size_per_gpu'"));
  EXPECT_THAT(config_error("type: PairedImageDataset\ngt_size: 32\nuse_flip: true\n" + roots()),
              AllOf(HasSubstr("use_flip"), HasSubstr("use_hflip")));
}

TEST_F(TrainingDataTest, ReadsValidationSets) {
  const auto make_set = [&](const std::string& text) {
    const Config config = Config::parse(text, "train.yaml");
    auto set = make_validation_pictures(config, context_);
    config.expect_all_keys_read();
    return set;
  };
  const auto paired =
      make_set("name: Set5\ntype: PairedImageDataset\nio_backend: {type: disk}\n" + roots());
  EXPECT_EQ(paired->name(), "Set5");
  EXPECT_EQ(paired->size(), 2U);
  const auto single =
      make_set("type: SingleImageDataset\ndataroot_lq: " + (folder_ / "lq").string() + "\n");
  EXPECT_FALSE(single->has_hq());
  const std::string gt = "type: PairedImageDataset\ndataroot_gt: " + (folder_ / "hq").string();
  EXPECT_THAT(message_of<ConfigError>([&] { static_cast<void>(make_set(gt)); }),
              HasSubstr("no degradation"));
  context_.scale = 4;
  context_.pipeline = tests::resize_only();
  EXPECT_EQ(make_set(gt)->at(0).lq.size(1), 20);
  EXPECT_THAT(
      message_of<ConfigError>([&] { static_cast<void>(make_set("type: SingleImageDataset\n")); }),
      HasSubstr("dataroot_lq"));
}

}  // namespace
}  // namespace vcisr::data
