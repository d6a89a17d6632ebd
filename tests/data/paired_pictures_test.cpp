// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/paired_pictures.h"

#include <cstdint>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/pair_fixtures.h"
#include "vcisr/core/error.h"

namespace vcisr::data {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using tests::is_rest;
using tests::message_of;
using tests::rest_of;
using tests::TempFolder;

class PairedPicturesTest : public ::testing::Test {
 protected:
  PairedPicturesTest() {
    for (int i = 0; i < 5; ++i) {
      tests::write_pair(folder_.path(), "p" + std::to_string(i), 20 + 3 * i, 33);
    }
    tests::write_pair(folder_.path(), "city/p0", 16, 16);
    tests::write_pair(folder_.path(), "city/p7", 40, 17);
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }
  [[nodiscard]] PairedPicturesOptions options() const {
    PairedPicturesOptions options;
    options.files.hq_roots = {path("hq")};
    options.files.lq_roots = {path("lq")};
    options.scale = 2;
    options.patch_size = 32;
    options.batch_size = 3;
    options.seed = 11;
    options.threads = 2;
    options.augment = {.use_hflip = true, .use_rot = true};
    return options;
  }
  std::string input_error(const PairedPicturesOptions& options) const {
    return message_of<InputError>([&] { PairedPictures pairs(options); });
  }
  std::string config_error(const PairedPicturesOptions& options) const {
    return message_of<ConfigError>([&] { PairedPictures pairs(options); });
  }

  TempFolder folder_;
};

/// lq stands for blocks of hq.
void expect_pairs(const TrainingBatch& batch) {
  EXPECT_TRUE(torch::equal(batch.lq.repeat_interleave(2, 2).repeat_interleave(2, 3), batch.hq));
}

TEST_F(PairedPicturesTest, GivesEachPairOnceInAnEpochAtPlacesOfItsOwn) {
  PairedPictures pairs(options());
  EXPECT_EQ(pairs.pairs(), 7);
  EXPECT_EQ(pairs.batches_per_epoch(), 3);
  std::vector<std::string> orders;
  for (int epoch = 0; epoch < 3; ++epoch) {
    std::multiset<std::string> names;
    std::string order;
    for (const auto& batch : rest_of(pairs, epoch, 0)) {
      expect_pairs(batch);
      EXPECT_EQ(batch.lq.sizes().slice(1), (std::vector<std::int64_t>{3, 16, 16}));
      EXPECT_TRUE(batch.lq.is_contiguous() && batch.hq.is_contiguous());
      EXPECT_FALSE(batch.hq_sharpened.defined());
      EXPECT_TRUE(batch.pairs.empty());
      for (const auto& name : batch.names) order += name;
      names.insert(batch.names.begin(), batch.names.end());
    }
    EXPECT_EQ(names.size(), 7U);
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 7U);
    orders.push_back(order);
  }
  EXPECT_NE(orders[0], orders[1]);
  EXPECT_NE(orders[1], orders[2]);
}

TEST_F(PairedPicturesTest, DependsOnSeedAndEpochAloneAndGoesOnAnywhere) {
  PairedPicturesOptions changed = options();
  changed.sharpening.emplace();
  changed.dataset_enlarge_ratio = 2.5;
  PairedPictures pairs(changed);
  const auto all = rest_of(pairs, 4, 0);
  ASSERT_EQ(all.size(), 6U);
  EXPECT_EQ(all.back().lq.size(0), 3);
  for (const int threads : {1, 2, 4}) {
    changed.threads = threads;
    PairedPictures again(changed);
    for (const std::size_t first : {0U, 1U, 5U, 6U, 100U}) {
      EXPECT_TRUE(is_rest(rest_of(again, 4, static_cast<std::int64_t>(first)), all, first));
    }
    EXPECT_FALSE(is_rest(rest_of(again, 5, 0), all, 0));
  }
  changed.seed = 12;
  PairedPictures other(changed);
  EXPECT_FALSE(is_rest(rest_of(other, 4, 0), all, 0));
}

TEST_F(PairedPicturesTest, RanksSeeTogetherWhatOneProcessSees) {
  PairedPicturesOptions together = options();
  together.batch_size = 6;
  together.dataset_enlarge_ratio = 2;  // 14 pairs: two batches of six, and a rest.
  PairedPictures one(together);
  const auto all = rest_of(one, 0, 0);
  std::vector<std::vector<TrainingBatch>> parts;
  for (int rank = 0; rank < 3; ++rank) {
    PairedPicturesOptions mine = together;
    mine.batch_size = 2;
    mine.rank = rank;
    mine.world = 3;
    PairedPictures pairs(mine);
    EXPECT_EQ(pairs.batches_per_epoch(), 2);
    parts.push_back(rest_of(pairs, 0, 0));
    ASSERT_EQ(parts.back().size(), 2U);
  }
  for (std::size_t b = 0; b < 2; ++b) {
    EXPECT_TRUE(
        torch::equal(torch::cat({parts[0][b].lq, parts[1][b].lq, parts[2][b].lq}), all[b].lq));
    EXPECT_TRUE(
        torch::equal(torch::cat({parts[0][b].hq, parts[1][b].hq, parts[2][b].hq}), all[b].hq));
  }
  together.world = 3;
  together.dataset_enlarge_ratio = 1;
  EXPECT_THAT(config_error(together), HasSubstr("7 pairs, fewer than 3 processes"));
}

TEST_F(PairedPicturesTest, ADatabaseGivesTheSamePairs) {
  PairedPicturesOptions disk = options();
  disk.files.meta_info = {path("list.txt")};
  tests::pack_lmdb(folder_ / "hq", folder_ / "hq.lmdb");
  tests::pack_lmdb(folder_ / "lq", folder_ / "lq.lmdb");
  std::filesystem::copy(folder_ / "hq.lmdb" / "meta_info.txt", folder_ / "list.txt");
  PairedPicturesOptions lmdb = options();
  lmdb.files.backend = PictureBackend::kLmdb;
  lmdb.files.hq_roots = {path("hq.lmdb")};
  lmdb.files.lq_roots = {path("lq.lmdb")};
  PairedPictures from_disk(disk);
  PairedPictures from_lmdb(lmdb);
  const auto a = rest_of(from_disk, 0, 0);
  const auto b = rest_of(from_lmdb, 0, 0);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(torch::equal(a[i].lq, b[i].lq));
    EXPECT_TRUE(torch::equal(a[i].hq, b[i].hq));
  }
  EXPECT_THAT(b[0].names[0], HasSubstr("hq.lmdb: "));

  std::ofstream(folder_ / "hq.lmdb" / "meta_info.txt", std::ios::app) << "gone.png (64,64,3) 1\n";
  EXPECT_THAT(input_error(lmdb), AllOf(HasSubstr("hq.lmdb: has no entry 'gone'"),
                                       HasSubstr("meta_info.txt lists it")));
  std::filesystem::remove(folder_ / "hq.lmdb" / "meta_info.txt");
  EXPECT_THAT(input_error(lmdb), HasSubstr("meta_info.txt: no such list"));
}

TEST_F(PairedPicturesTest, ListsTemplatesAndSeveralFoldersChoosePairs) {
  const TempFolder more;
  tests::write_pair(more.path(), "q", 20, 20, "q_x2");
  tests::write_pair(more.path(), "r", 20, 20, "r_x2");
  PairedPicturesOptions renamed = options();
  renamed.files.hq_roots = {(more / "hq").string()};
  renamed.files.lq_roots = {(more / "lq").string()};
  EXPECT_THAT(input_error(renamed), HasSubstr("q.png: has no partner 'q'"));
  renamed.files.filename_tmpl = "{}_x2";
  PairedPictures pairs(renamed);
  EXPECT_EQ(pairs.pairs(), 2);
  for (const auto& batch : rest_of(pairs, 0, 0)) expect_pairs(batch);

  PairedPicturesOptions listed = options();
  std::ofstream(folder_ / "list.txt") << "p3.png (58,66,3) 1\n\ncity/p7.png\n";
  listed.files.meta_info = {path("list.txt")};
  EXPECT_EQ(PairedPictures(listed).pairs(), 2);
  std::ofstream(folder_ / "list.txt") << "p3.png (30,66,3) 1\n";
  EXPECT_THAT(input_error(listed), HasSubstr("p3.png has 66x30, less than a patch of 32x32"));
  std::ofstream(folder_ / "list.txt") << "p33.png\n";
  EXPECT_THAT(input_error(listed), HasSubstr("p33.png: no such file, but"));

  PairedPicturesOptions both = options();
  both.files.hq_roots.push_back(path("hq/city"));
  both.files.lq_roots.push_back(path("lq/city"));
  EXPECT_EQ(PairedPictures(both).pairs(), 9);
  both.files.lq_roots.pop_back();
  EXPECT_THAT(config_error(both), HasSubstr("not 1 (dataroot_lq) for 2 (dataroot_gt)"));

  PairedPicturesOptions top = options();
  top.files.sub_folders = media::SubFolders::kLeaveOut;
  EXPECT_EQ(PairedPictures(top).pairs(), 5);
}

TEST_F(PairedPicturesTest, WhatDoesNotFitIsOneSentence) {
  PairedPicturesOptions changed = options();
  changed.patch_size = 33;
  EXPECT_THAT(config_error(changed), HasSubstr("patch_size is 33, but must be a multiple of"));
  changed = options();
  changed.files.filename_tmpl = "x2";
  EXPECT_THAT(config_error(changed), HasSubstr("filename_tmpl is 'x2'"));
  changed = options();
  changed.dataset_enlarge_ratio = 0.5;
  EXPECT_THAT(config_error(changed), HasSubstr("dataset_enlarge_ratio"));
  changed = options();
  changed.files.hq_roots = {path("nowhere")};
  EXPECT_THAT(input_error(changed), HasSubstr("nowhere: no such folder"));

  changed = options();
  changed.patch_size = 34;  // city/p0 is too small.
  PairedPictures pairs(changed);
  EXPECT_THAT(message_of<InputError>([&] { static_cast<void>(rest_of(pairs, 0, 0)); }),
              AllOf(HasSubstr("lq/city/p0.png has 16x16"), HasSubstr("hq/city/p0.png 32x32")));
  EXPECT_THROW(static_cast<void>(pairs.next()), c10::Error);  // The epoch is over.
  std::filesystem::copy_file(folder_ / "lq" / "p1.png", folder_ / "hq" / "p2.png",
                             std::filesystem::copy_options::overwrite_existing);
  PairedPictures other(options());
  EXPECT_THAT(message_of<InputError>([&] { static_cast<void>(rest_of(other, 0, 0)); }),
              HasSubstr("which is not 2 times the 33x26 of"));

  std::filesystem::remove(folder_ / "hq" / "p4.png");
  EXPECT_THAT(input_error(options()), HasSubstr("lq/p4.png: has no partner in"));
  imaging::write_rgb8(folder_ / "hq" / "p3.bmp.png", tests::made_up_picture("x", 8, 8));
  std::filesystem::rename(folder_ / "hq" / "p3.bmp.png", folder_ / "hq" / "p3.bmp");
  EXPECT_THAT(input_error(options()), HasSubstr("have the same name"));
}

TEST_F(PairedPicturesTest, ASinglePairFillsTheBatchesItCan) {
  const TempFolder folder;
  tests::write_pair(folder.path(), "only", 16, 19);
  PairedPicturesOptions single = options();
  single.files.hq_roots = {(folder / "hq").string()};
  single.files.lq_roots = {(folder / "lq").string()};
  single.batch_size = 50;
  PairedPictures pairs(single);
  const auto batches = rest_of(pairs, 0, 0);
  ASSERT_EQ(batches.size(), 1U);
  EXPECT_EQ(batches[0].lq.size(0), 1);
  expect_pairs(batches[0]);
}

}  // namespace
}  // namespace vcisr::data
