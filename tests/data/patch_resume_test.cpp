// SPDX-License-Identifier: Apache-2.0
// Epochs of a patch stream that begin in their middle, and several processes.
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/data_fixtures.h"
#include "support/warnings_are_failures.h"
#include "vcisr/core/error.h"

namespace vcisr::data {
namespace {

using ::testing::HasSubstr;
using tests::is_rest;
using tests::rest_of;
using tests::stream_options;
using tests::TempFolder;

PatchStreamOptions shuffled(const TempFolder& folder, std::int64_t buffer, int threads = 2) {
  PatchStreamOptions options = stream_options({folder.path().string()});
  options.shuffle_pictures = true;
  options.shuffle_buffer = buffer;
  options.cells_per_clip = 2;
  options.threads = threads;
  options.augment = {.use_hflip = true, .use_rot = true};
  return options;
}

void write_mixture(const TempFolder& folder) {
  tests::write_picture(folder / "a.png", 130, 200);
  tests::write_film(folder / "b.mkv", 14, 80, 140);
  tests::write_picture(folder / "c.png", 50, 70);
  tests::write_film(folder / "d.mkv", 5, 64, 64);
  tests::write_picture(folder / "e.png", 129, 129);
  tests::write_picture(folder / "f.png", 200, 330);
}

TEST(PatchResume, GivesTheBatchesOfAnUninterruptedEpoch) {
  const TempFolder folder;
  write_mixture(folder);
  for (const std::int64_t buffer : {0, 3, 17, 1000}) {
    PatchStream stream(shuffled(folder, buffer), tests::noise_and_codecs());
    const auto all = rest_of(stream, 2, 0);
    ASSERT_GT(all.size(), 10U);
    const std::size_t last = all.size() - 1;
    for (const std::size_t first : {std::size_t{1}, all.size() / 2, last, last + 1, last + 50}) {
      PatchStream resumed(shuffled(folder, buffer, first % 2 == 0 ? 1 : 4),
                          tests::noise_and_codecs());
      EXPECT_TRUE(is_rest(rest_of(resumed, 2, static_cast<std::int64_t>(first)), all, first))
          << "buffer " << buffer << ", batch " << first;
    }
    EXPECT_TRUE(is_rest(rest_of(stream, 2, 5), all, 5));  // The same object again.
  }
}

TEST(PatchResume, WorksForThePresets) {
  const TempFolder folder;
  for (int i = 0; i < 5; ++i) {
    tests::write_picture(folder / (std::to_string(i) + ".png"), 200 + 7 * i, 260);
  }
  for (const std::string preset : {"vcisr", "real_esrgan", "codec_only"}) {
    const bool is_flat = preset == "real_esrgan";
    const auto pipeline = std::make_shared<const degradation::Pipeline>(degradation::Pipeline::load(
        preset,
        {is_flat ? "degradation_batch_size=6" : "batch_size=6", "first_batch_size=[3, 5]"}));
    PatchStreamOptions options = shuffled(folder, 5);
    options.patch_size = 96;
    options.batch_size = 3;
    if (preset == "codec_only") options.sharpening.reset();
    PatchStream stream(options, pipeline);
    const auto all = rest_of(stream, 0, 0);
    ASSERT_EQ(all.size(), 7U) << preset;
    for (const std::size_t first : {1U, 4U, 6U}) {
      EXPECT_TRUE(is_rest(rest_of(stream, 0, static_cast<std::int64_t>(first)), all, first))
          << preset << " " << first;
    }
  }
}

TEST(PatchResume, KeepsThePublishedOffsets) {
  const TempFolder folder;
  for (int i = 0; i < 6; ++i) {
    tests::write_picture(folder / (std::to_string(i) + ".png"), 100 + 9 * i, 170);
  }
  PatchStreamOptions options = stream_options({folder.path().string()});
  options.offsets = GridOffsets::kPublished;
  PatchStream stream(options, tests::resize_only());
  const auto all = rest_of(stream, 0, 0);
  EXPECT_TRUE(is_rest(rest_of(stream, 0, 4), all, 4));
}

TEST(PatchResume, DegradesOnlyWhatIsStillToCome) {
  const TempFolder folder;
  for (int i = 0; i < 24; ++i) {
    tests::write_picture(folder / (std::to_string(i) + ".png"), 130, 130);  // Four patches.
  }
  PatchStreamOptions options = shuffled(folder, 4);
  PatchStream stream(options, tests::resize_only());
  const auto all = rest_of(stream, 0, 0);
  EXPECT_EQ(stream.statistics().pairs, 96);
  EXPECT_EQ(stream.statistics().pictures_read, 24);
  EXPECT_TRUE(is_rest(rest_of(stream, 0, 20), all, 20));
  // 16 to come, and what of their degradation batches has gone.
  EXPECT_GE(stream.statistics().pairs, 16);
  EXPECT_LE(stream.statistics().pairs, 60);
  EXPECT_LT(stream.statistics().pictures_read, 24 + 18);
  EXPECT_TRUE(rest_of(stream, 0, 24).empty());
  EXPECT_EQ(stream.statistics().pairs, 0);
  EXPECT_EQ(stream.statistics().pictures_read, 24);
  options.shuffle_buffer = 0;
  PatchStream ordered(options, tests::resize_only());
  static_cast<void>(rest_of(ordered, 0, 20));
  EXPECT_LE(ordered.statistics().pairs, 16 + 8);
}

TEST(PatchResume, DamagedSourcesCountAsLittleAsBefore) {
  const TempFolder folder;
  write_mixture(folder);
  std::filesystem::resize_file(folder / "a.png", 300);
  std::filesystem::resize_file(folder / "b.mkv", std::filesystem::file_size(folder / "b.mkv") / 2);
  const tests::ExpectedWarnings warnings;
  PatchStream stream(shuffled(folder, 6), tests::resize_only());
  const auto all = rest_of(stream, 0, 0);
  for (const std::size_t first : {std::size_t{2}, all.size() - 1}) {
    PatchStream resumed(shuffled(folder, 6), tests::resize_only());
    EXPECT_TRUE(is_rest(rest_of(resumed, 0, static_cast<std::int64_t>(first)), all, first));
    EXPECT_EQ(resumed.statistics().unreadable, 1);
  }
  EXPECT_EQ(warnings.messages().size(), 6U);  // Two for each stream.
}

TEST(PatchResume, EndsAtOnceWhenGivenUpWhileCounting) {
  const TempFolder folder;
  write_mixture(folder);
  PatchStream stream(shuffled(folder, 10), tests::noise_and_codecs());
  for (int i = 0; i < 5; ++i) stream.start_epoch(i, 1000);
  stream.start_epoch(0, 3);
  EXPECT_TRUE(stream.next().has_value());
}

TEST(PatchResume, RanksTakeEachSourceOnce) {
  const TempFolder folder;
  for (int i = 0; i < 7; ++i) {
    tests::write_picture(folder / (std::to_string(i) + ".png"), 70, 140);
  }
  std::multiset<std::string> sources;
  for (int rank = 0; rank < 3; ++rank) {
    PatchStreamOptions options = stream_options({folder.path().string()});
    options.rank = rank;
    options.world = 3;
    PatchStream stream(options, tests::resize_only());
    for (const auto& batch : rest_of(stream, 0, 0)) {
      sources.insert(batch.names.begin(), batch.names.end());
    }
    EXPECT_TRUE(is_rest(rest_of(stream, 1, 1), rest_of(stream, 1, 0), 1));
  }
  EXPECT_EQ(sources.size(), 14U);
  EXPECT_EQ(std::set<std::string>(sources.begin(), sources.end()).size(), 7U);

  PatchStreamOptions few = stream_options({(folder / "1.png").string()});
  few.world = 2;
  EXPECT_THAT(tests::message_of<ConfigError>([&] { PatchStream(few, tests::resize_only()); }),
              HasSubstr("there are 1 for 2 processes"));
}

}  // namespace
}  // namespace vcisr::data
