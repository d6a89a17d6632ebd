// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/patch_stream.h"

#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/data_fixtures.h"
#include "support/warnings_are_failures.h"
#include "vcisr/core/error.h"
#include "vcisr/data/sharpened_picture.h"
#include "vcisr/degradation/batch_run.h"

namespace vcisr::data {
namespace {

using degradation::Crop;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tests::epoch_of;
using tests::histories;
using tests::message_of;
using tests::stream_options;
using tests::TempFolder;

/// Pictures of 15, 1, 2 and 0 whole cells of 64 (the last is small), 19 with mirroring.
class PatchStreamTest : public ::testing::Test {
 protected:
  PatchStreamTest() {
    tests::write_picture(folder_ / "a.png", 200, 330);
    tests::write_picture(folder_ / "b.png", 64, 64);
    tests::write_picture(folder_ / "c.png", 100, 130);
    tests::write_picture(folder_ / "d.png", 40, 100);
  }
  [[nodiscard]] PatchStreamOptions options() const {
    return stream_options({folder_.path().string()});
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }

  TempFolder folder_;
};

TEST_F(PatchStreamTest, AnEpochHasEveryCellOnceInThePicturesOrder) {
  PatchStream stream(options(), tests::resize_only());
  EXPECT_EQ(stream.files().size(), 4U);
  std::vector<std::pair<std::string, Crop>> cells;
  std::map<std::string, GridOffset> offsets;
  for (const PairHistory& pair : histories(epoch_of(stream, 0))) {
    ASSERT_TRUE(pair.origin().crop.has_value());
    cells.emplace_back(pair.origin().source, *pair.origin().crop);
    offsets.try_emplace(pair.origin().source,
                        GridOffset{pair.origin().crop->top, pair.origin().crop->left});
  }
  const std::map<std::string, degradation::PictureSize> areas = {{path("a.png"), {200, 330}},
                                                                 {path("b.png"), {64, 64}},
                                                                 {path("c.png"), {100, 130}},
                                                                 {path("d.png"), {64, 100}}};
  std::vector<std::pair<std::string, Crop>> expected;
  for (const auto& [source, area] : areas) {
    for (const Crop& crop : grid_crops(area, 64, offsets[source])) {
      expected.emplace_back(source, crop);
    }
  }
  EXPECT_EQ(expected.size(), 19U);
  EXPECT_EQ(cells, expected);
  EXPECT_EQ(stream.statistics().pairs, 19);
  EXPECT_EQ(stream.statistics().pictures_read, 4);
}

TEST_F(PatchStreamTest, PairsAreWhatTheirHistorySays) {
  PatchStream stream(options(), tests::noise_and_codecs());
  std::map<const DegradedTogether*, std::vector<std::pair<torch::Tensor, torch::Tensor>>> together;
  const auto batches = epoch_of(stream, 3);
  for (const TrainingBatch& batch : batches) {
    for (std::size_t i = 0; i < batch.pairs.size(); ++i) {
      const auto at = static_cast<std::int64_t>(i);
      const Origin& origin = batch.pairs[i].origin();
      const auto picture = imaging::read_rgb8(origin.source);
      EXPECT_TRUE(torch::equal(batch.hq[at], take_crop(picture, *origin.crop)));
      EXPECT_TRUE(torch::equal(batch.hq_sharpened[at],
                               take_crop(sharpened_picture(picture), *origin.crop)));
      ASSERT_EQ(batch.pairs[i].groups().size(), 1U);
      EXPECT_EQ(batch.pairs[i].recipe().steps.size(),
                batch.pairs[0].batch->recipe.units[0].steps.size());
      together[batch.pairs[i].batch.get()].emplace_back(batch.hq[at], batch.lq[at]);
    }
  }
  for (const auto& [batch, pairs] : together) {  // Order was kept: the recipe's units in turn.
    EXPECT_EQ(batch->epoch, 3);
    ASSERT_EQ(pairs.size(), batch->recipe.units.size());
    std::vector<torch::Tensor> hq;
    for (const auto& pair : pairs) hq.push_back(imaging::to_float(pair.first));
    const auto lq = degradation::degrade_batch(hq, batch->recipe);
    for (std::size_t i = 0; i < lq.size(); ++i) EXPECT_TRUE(torch::equal(lq[i], pairs[i].second));
  }
}

TEST_F(PatchStreamTest, TheFirstDegradationBatchIsRandomAndTheOthersAreWhole) {
  PatchStream stream(options(), tests::resize_only());
  std::set<std::size_t> firsts;
  for (std::int64_t epoch = 0; epoch < 12; ++epoch) {
    std::vector<std::size_t> sizes;
    for (const PairHistory& pair : histories(epoch_of(stream, epoch))) {
      ASSERT_LE(pair.batch->number, static_cast<std::int64_t>(sizes.size()));
      if (pair.batch->number == static_cast<std::int64_t>(sizes.size())) {
        sizes.push_back(pair.batch->origins.size());
      }
    }
    ASSERT_EQ(sizes.size(), 3U);
    firsts.insert(sizes[0]);
    EXPECT_TRUE(sizes[0] >= 3 && sizes[0] <= 6);
    EXPECT_EQ(sizes[1], 8U);
    EXPECT_EQ(sizes[2], 19 - 8 - sizes[0]);
  }
  EXPECT_GT(firsts.size(), 1U);
}

TEST_F(PatchStreamTest, ShapesAreThoseOfTheOptions) {
  PatchStreamOptions plain = options();
  plain.sharpening.reset();
  plain.batch_size = 5;
  PatchStream stream(plain, tests::resize_only());
  const auto batches = epoch_of(stream, 0);
  ASSERT_EQ(batches.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    const std::int64_t pairs = i == 3 ? 4 : 5;
    EXPECT_EQ(batches[i].lq.sizes().vec(), (std::vector<std::int64_t>{pairs, 3, 16, 16}));
    EXPECT_EQ(batches[i].hq.sizes().vec(), (std::vector<std::int64_t>{pairs, 3, 64, 64}));
    EXPECT_EQ(batches[i].lq.scalar_type(), torch::kUInt8);
    EXPECT_FALSE(batches[i].hq_sharpened.defined());
  }
  EXPECT_EQ(stream.next(), std::nullopt);
}

TEST_F(PatchStreamTest, DegradesTheSharpenedPictureWhereThePipelineSaysSo) {
  const auto pipeline =
      tests::pipeline_of("  - {type: resize_to_lq, modes: [area]}\n", "source: hq_sharpened\n");
  PatchStreamOptions plain = options();
  plain.sharpening.reset();
  PatchStream stream(plain, pipeline);
  stream.start_epoch(0, 0);
  const auto batch = stream.next().value();
  EXPECT_FALSE(batch.hq_sharpened.defined());
  const Origin& origin = batch.pairs[0].origin();
  const auto hq = take_crop(sharpened_picture(imaging::read_rgb8(origin.source)), *origin.crop);
  const auto lq =
      degradation::degrade_batch({imaging::to_float(hq)}, {{batch.pairs[0].recipe()}, {}});
  EXPECT_TRUE(torch::equal(batch.lq[0], lq[0]));
}

TEST_F(PatchStreamTest, ShufflesPicturesAndPairsAnewInEachEpoch) {
  PatchStreamOptions shuffled = options();
  shuffled.shuffle_pictures = true;
  PatchStream stream(shuffled, tests::resize_only());
  std::set<std::vector<std::string>> orders;
  for (std::int64_t epoch = 0; epoch < 8; ++epoch) {
    std::vector<std::string> order;
    for (const PairHistory& pair : histories(epoch_of(stream, epoch))) {
      const std::string& source = pair.origin().source;
      if (order.empty() || order.back() != source) order.push_back(source);
    }
    EXPECT_EQ(order.size(), 4U);  // Neighbours stay together.
    orders.insert(order);
  }
  EXPECT_GT(orders.size(), 2U);
  shuffled.shuffle_buffer = 1000;
  PatchStream mixed(shuffled, tests::resize_only());
  std::set<std::pair<std::int64_t, std::int64_t>> pairs;
  std::vector<std::int64_t> numbers;
  for (const PairHistory& pair : histories(epoch_of(mixed, 0))) {
    pairs.emplace(pair.batch->number, pair.unit);
    numbers.push_back(pair.batch->number);
  }
  EXPECT_EQ(pairs.size(), 19U);
  EXPECT_FALSE(std::is_sorted(numbers.begin(), numbers.end()));
}

TEST_F(PatchStreamTest, LeavesSmallPicturesOutWhereAsked) {
  PatchStreamOptions strict = options();
  strict.small_pictures = SmallPictures::kLeaveOut;
  PatchStream stream(strict, tests::resize_only());
  EXPECT_EQ(histories(epoch_of(stream, 0)).size(), 18U);
  EXPECT_EQ(stream.statistics().left_out, 1);
  strict.sources = {path("d.png")};
  PatchStream nothing(strict, tests::resize_only());
  EXPECT_THAT(message_of<InputError>([&] { (void)epoch_of(nothing, 0); }),
              AllOf(HasSubstr("a patch of 64x64"), HasSubstr("1 are smaller")));
}

TEST_F(PatchStreamTest, TakesPicturesOfOnePixel) {
  const TempFolder folder;
  tests::write_picture(folder / "dot.png", 1, 1);
  tests::write_picture(folder / "line.png", 1, 70);
  PatchStream stream(stream_options({folder.path().string()}), tests::resize_only());
  const auto batches = epoch_of(stream, 0);
  ASSERT_EQ(batches.size(), 1U);
  EXPECT_EQ(batches[0].lq.size(0), 2);
  EXPECT_TRUE(
      (batches[0].hq[0] == batches[0].hq[0].slice(1, 0, 1).slice(2, 0, 1)).all().item<bool>());
}

TEST_F(PatchStreamTest, UsesThePublishedOffsets) {
  PatchStreamOptions published = options();
  published.offsets = GridOffsets::kPublished;
  published.small_pictures = SmallPictures::kLeaveOut;
  PatchStream stream(published, tests::resize_only());
  PublishedOffsets offsets;
  const GridOffset a = offsets.next({200, 330}, 64);
  for (const std::int64_t epoch : {0, 5}) {
    const auto all = histories(epoch_of(stream, epoch));
    EXPECT_EQ(all[0].origin().crop, (Crop{a.top, a.left, 64, 64}));
  }
  published.shuffle_pictures = true;
  EXPECT_THAT(message_of<ConfigError>([&] { PatchStream(published, tests::resize_only()); }),
              HasSubstr("published offsets"));
}

TEST_F(PatchStreamTest, ReadsTheListsOfBasicsr) {
  std::ofstream(folder_ / "meta.txt") << "c.png (100,130,3)\nb.png (64,64,3)\n";
  PatchStreamOptions listed = options();
  listed.sources = {path("meta.txt")};
  listed.list_root = folder_.path().string();
  PatchStream stream(listed, tests::resize_only());
  const auto all = histories(epoch_of(stream, 0));
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].origin().source, path("c.png"));
  EXPECT_EQ(all[2].origin().source, path("b.png"));
}

TEST_F(PatchStreamTest, LogsAnUnreadablePictureOnceAndGoesOn) {
  std::ofstream(folder_ / "bad.png") << "no picture";
  const tests::ExpectedWarnings warnings;
  PatchStream stream(options(), tests::resize_only());
  for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
    EXPECT_EQ(histories(epoch_of(stream, epoch)).size(), 19U);
    EXPECT_EQ(stream.statistics().unreadable, 1);
  }
  EXPECT_THAT(warnings.messages(), ElementsAre(HasSubstr("bad.png")));
}

TEST_F(PatchStreamTest, NothingReadableIsAnError) {
  const TempFolder folder;
  std::ofstream(folder / "bad.png") << "no picture";
  std::ofstream(folder / "worse.mkv") << "no film";
  const tests::ExpectedWarnings warnings;
  PatchStream stream(stream_options({folder.path().string()}), tests::resize_only());
  for (std::int64_t epoch = 0; epoch < 2; ++epoch) {
    EXPECT_THAT(message_of<InputError>([&] { (void)epoch_of(stream, epoch); }),
                AllOf(HasSubstr("none of 2 pictures and films can be read"), HasSubstr("bad.png")));
  }
  EXPECT_EQ(warnings.messages().size(), 2U);
  EXPECT_THROW((void)stream.next(), c10::Error);
}

TEST_F(PatchStreamTest, TellsAtTheStartWhatIsWrongWithItsOptions) {
  const auto message = [this](const std::function<void(PatchStreamOptions&)>& change) {
    PatchStreamOptions changed = options();
    change(changed);
    return message_of<ConfigError>([&] { PatchStream(changed, tests::resize_only()); });
  };
  EXPECT_EQ(message([](auto& o) { o.patch_size = 66; }),
            "patch_size is 66, but must be a multiple of the scale 4");
  EXPECT_THAT(message([](auto& o) { o.patch_size = 0; }), HasSubstr("patch_size is 0"));
  EXPECT_THAT(message([](auto& o) { o.batch_size = 0; }), HasSubstr("batch_size is 0"));
  EXPECT_THAT(message([](auto& o) { o.cells_per_clip = 0; }), HasSubstr("cells_per_clip is 0"));
  EXPECT_THAT(message([](auto& o) { o.shuffle_buffer = -1; }), HasSubstr("shuffle_buffer is -1"));
  EXPECT_THAT(message([](auto& o) { o.threads = -1; }), HasSubstr("threads is -1"));
  PatchStreamOptions tiny = options();
  tiny.patch_size = 16;  // lq of 4x4, which libx265 refuses.
  EXPECT_THROW(PatchStream(tiny, tests::pipeline_of("  - {type: resize_to_lq}\n"
                                                    "  - {type: video_compression, "
                                                    "video_codec: [libx265]}\n")),
               ConfigError);
  EXPECT_THROW(PatchStream(options(), tests::pipeline_of("  - {type: clamp}\n")), ConfigError);
  PatchStreamOptions nowhere = options();
  nowhere.sources = {"/no/such/folder"};
  EXPECT_THROW(PatchStream(nowhere, tests::resize_only()), InputError);
  PatchStream stream(options(), tests::resize_only());
  EXPECT_THROW((void)stream.next(), c10::Error);
}

}  // namespace
}  // namespace vcisr::data
