// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/whole_pictures.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "data/data_fixtures.h"
#include "vcisr/core/error.h"
#include "vcisr/data/sharpened_picture.h"

namespace vcisr::data {
namespace {

using tests::TempFolder;

SourceFile source(const TempFolder& folder, const std::string& name) {
  return {folder / name, name, media::file_kind(name)};
}

std::vector<SourceBatch> all_of(HqSource& source) {
  std::vector<SourceBatch> batches;
  while (auto batch = source.next()) batches.push_back(std::move(*batch));
  return batches;
}

TEST(WholePictures, BatchesHoldConsecutivePicturesOfOneSize) {
  const TempFolder folder;
  std::vector<SourceFile> files;
  for (const auto& [name, height] :
       {std::pair{"a.png", 32}, {"b.png", 32}, {"c.png", 40}, {"d.png", 32}, {"e.png", 32}}) {
    tests::write_picture(folder / name, height, 48);
    files.push_back(source(folder, name));
  }
  const auto pipeline = tests::noise_and_codecs();
  WholePictures pictures(*pipeline, {.files = files});
  const auto batches = all_of(pictures);
  ASSERT_EQ(batches.size(), 3U);
  std::vector<std::size_t> sizes;
  std::int64_t unit = 0;
  std::int64_t group = 0;
  for (const auto& batch : batches) {
    sizes.push_back(batch.batch.pictures.size());
    for (const auto& tag : batch.tags) EXPECT_EQ(tag.unit, unit++);
    for (const auto& one : batch.batch.recipe.groups) {
      EXPECT_EQ(one.group, group++);
      for (const auto index : one.units) {
        const auto& steps = batch.batch.recipe.units[static_cast<std::size_t>(index)].steps;
        EXPECT_EQ(std::get<degradation::GroupStep>(steps.back()).group, one.group);
      }
    }
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{2, 1, 2}));
  EXPECT_EQ(batches[1].batch.pictures[0].origin.source, "c.png");
}

TEST(WholePictures, CutsToMultiplesOfTheScaleAfterSharpening) {
  const TempFolder folder;
  tests::write_picture(folder / "a.png", 43, 66);
  const auto whole = imaging::read_rgb8(folder / "a.png");
  const auto pipeline = tests::resize_only();
  WholePictures pictures(*pipeline, {.files = {source(folder, "a.png")}, .needs_sharpened = true});
  const auto batches = all_of(pictures);
  ASSERT_EQ(batches.size(), 1U);
  const HqPicture& picture = batches[0].batch.pictures[0];
  EXPECT_EQ(picture.origin.crop, (degradation::Crop{0, 0, 40, 64}));
  EXPECT_TRUE(torch::equal(picture.hq, whole.narrow(1, 0, 40).narrow(2, 0, 64)));
  EXPECT_TRUE(torch::equal(picture.hq_sharpened,
                           sharpened_picture(whole).narrow(1, 0, 40).narrow(2, 0, 64)));
}

TEST(WholePictures, FilmsAreClipsOfTheirOwn) {
  const TempFolder folder;
  tests::write_picture(folder / "a.png", 32, 48);
  tests::write_film(folder / "f.mkv", 11, 32, 48);
  const auto pipeline = tests::noise_and_codecs();  // Batches of 8.
  WholePictures pictures(*pipeline, {.files = {source(folder, "a.png"), source(folder, "f.mkv"),
                                               source(folder, "a.png")}});
  const auto batches = all_of(pictures);
  ASSERT_EQ(batches.size(), 4U);
  EXPECT_EQ(batches[1].tags.size(), 8U);
  EXPECT_EQ(batches[2].tags.size(), 3U);
  EXPECT_EQ(batches[2].batch.pictures[2].origin.frame, 10);
  ASSERT_NE(batches[2].tags[2].film, nullptr);
  EXPECT_EQ(batches[2].tags[2].film->width, 48);
  EXPECT_GT(batches[2].tags[2].time.pts, batches[2].tags[1].time.pts);
  EXPECT_EQ(batches[3].tags[0].film, nullptr);
}

TEST(WholePictures, WhatCannotBeReadComesAsFailureInItsPlace) {
  const TempFolder folder;
  tests::write_picture(folder / "a.png", 32, 48);
  tests::write_picture(folder / "tiny.png", 3, 48);
  write_file(folder / "bad.png", {}, AtomicFile::Existing::kRefuse);
  write_file(folder / "bad.mkv", {}, AtomicFile::Existing::kRefuse);
  const auto pipeline = tests::resize_only();
  WholePictures pictures(*pipeline,
                         {.files = {source(folder, "bad.png"), source(folder, "tiny.png"),
                                    source(folder, "bad.mkv"), source(folder, "a.png")}});
  std::vector<std::string> failed;
  std::size_t read = 0;
  for (const auto& batch : all_of(pictures)) {
    read += batch.tags.size();
    if (!batch.failure) continue;
    failed.push_back(batch.failure->source);
    EXPECT_THROW(std::rethrow_exception(batch.failure->error), InputError);
  }
  EXPECT_EQ(failed, (std::vector<std::string>{"bad.png", "tiny.png", "bad.mkv"}));
  EXPECT_EQ(read, 1U);
}

}  // namespace
}  // namespace vcisr::data
