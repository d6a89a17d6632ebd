// SPDX-License-Identifier: Apache-2.0
// Training pairs, and recipes that give every output again byte by byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "cli/degrade_fixture.h"
#include "vcisr/degradation/batch_run.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::tests {
namespace {

using ::testing::HasSubstr;

class DegradeReplay : public DegradeTest {};

TEST_F(DegradeReplay, PatchesAsPicturesAndShards) {
  for (const auto* name : {"in/a.png", "in/b.png"}) picture(name, 80, 100);
  picture("in/small.png", 24, 80);
  const std::vector<std::string> shared = {path("in"),   "--patches", "32", "--shards",
                                           "--pictures", "--seed",    "9",  "--repeat",
                                           "2",          "--save-usm"};
  for (const std::string threads : {"1", "3"}) {
    auto arguments = shared;
    arguments.insert(arguments.end(),
                     {"--shard-size", "10", "-j", threads, "-o", path("out" + threads)});
    const auto result = degrade(arguments);
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  const auto files = tree("out1");
  EXPECT_EQ(tree("out3"), files);
  // 6 + 6 + 2 patches, twice: 28 pairs in three shards.
  EXPECT_TRUE(files.contains("lq/00028.png"));
  EXPECT_TRUE(files.contains("hq_usm/00001.png"));
  EXPECT_FALSE(files.contains("lq/00029.png"));
  const auto shard = tensorfile::read_checkpoint(path("out1/pairs_00002.safetensors"));
  EXPECT_EQ(shard.find("lq")->sizes(), (torch::IntArrayRef{8, 3, 8, 8}));
  EXPECT_EQ(shard.find("hq")->sizes(), (torch::IntArrayRef{8, 3, 32, 32}));
  EXPECT_EQ((*shard.find("unit"))[7].item<int>(), 27);
  EXPECT_TRUE(torch::equal((*shard.find("lq"))[7], imaging::read_rgb8(path("out1/lq/00028.png"))));
  EXPECT_TRUE(torch::equal((*shard.find("hq"))[0], imaging::read_rgb8(path("out1/hq/00021.png"))));
  EXPECT_EQ(shard.metadata.at("format"), "vcisr-pairs");
  EXPECT_EQ(shard.metadata.at("scale"), "4");
  EXPECT_EQ(shard.metadata.at("colour"), "rgb");
  EXPECT_EQ(shard.metadata.at("config_hash").size(), 64U);
  EXPECT_THAT(shard.metadata.at("recipe"), HasSubstr("{\"vcisr_recipe\":1"));
  EXPECT_THAT(shard.metadata.at("recipe"), HasSubstr("{\"unit\":27,\"source\":"));
  EXPECT_THAT(shard.metadata.at("recipe"), Not(HasSubstr("{\"unit\":19,")));

  const auto again = replay({path("out1/recipe.jsonl"), "-i", path("in"), "-o", path("again"),
                             "--shards", "--pictures", "--shard-size", "10", "--save-usm"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(tree("again"), files);
}

TEST_F(DegradeReplay, WholePicturesAndFilms) {
  for (const auto* name : {"in/a.png", "in/b.png"}) picture(name, 49, 64);
  write_film(path("in/f.mkv"), 10, 32, 50);
  for (const std::string extension : {"png", "mkv"}) {
    const std::vector<std::string> kind = {"--save-hq", "--ext", extension};
    const auto given = degrade(
        {path("in"), "-o", path("out_" + extension), kind[0], kind[1], kind[2], "--seed", "2"});
    ASSERT_EQ(given.exit_code, 0) << given.err;
    const auto again = replay({path("out_" + extension + "/recipe.jsonl"), "-i", path("in"), "-o",
                               path("again_" + extension), kind[0], kind[1], kind[2]});
    ASSERT_EQ(again.exit_code, 0) << again.err;
    EXPECT_EQ(tree("again_" + extension), tree("out_" + extension)) << extension;
  }
}

TEST_F(DegradeReplay, ASharpenedSource) {
  picture("in/a.png", 64, 64);
  const auto given = degrade({path("in"), "-o", path("out"), "--set", "source=hq_sharpened"});
  ASSERT_EQ(given.exit_code, 0) << given.err;
  const auto again = replay({path("out/recipe.jsonl"), "-i", path("in"), "-o", path("again")});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(tree("again"), tree("out"));
}

TEST_F(DegradeReplay, AHandWrittenRecipeWithAFewStages) {
  picture("a.png", 33, 47);
  write(path("hand.jsonl"),
        "{\"vcisr_recipe\": 1, \"scale\": 2}\n"
        "{\"unit\": 0, \"source\": \"a.png\", \"stages\": ["
        "{\"type\": \"resize\", \"mode\": \"area\", \"size\": [16, 24]},"
        "{\"type\": \"jpeg\", \"jpeg_quality\": 20, \"coder\": \"libjpeg\"}]}\n");
  const auto result = replay({path("hand.jsonl"), "-o", path("lq.png"), "--save-hq"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  // Without a crop: cut to multiples of the scale.
  const auto hq = imaging::read_rgb8(path("a.png")).narrow(1, 0, 32).narrow(2, 0, 46).contiguous();
  degradation::BatchRecipe recipe;
  recipe.units = {
      {{degradation::ResizeStep{
            .mode = degradation::ResizeMode::kArea, .size = {16, 24}, .scale = {}},
        degradation::JpegStep{.jpeg_quality = 20, .coder = degradation::JpegCoder::kLibjpeg}}}};
  const auto expected = degradation::degrade_batch({imaging::to_float(hq)}, recipe);
  EXPECT_TRUE(torch::equal(imaging::read_rgb8(path("lq.png")), expected[0]));
  EXPECT_TRUE(torch::equal(imaging::read_rgb8(path("lq_hq.png")), hq));
  // A shard's scale must be true.
  expect_failure(replay({path("hand.jsonl"), "-o", path("out"), "--shards"}), 2,
                 "unit 0 of 'a.png' is 24x16 from 46x32");
}

}  // namespace
}  // namespace vcisr::tests
