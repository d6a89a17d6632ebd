// SPDX-License-Identifier: Apache-2.0
// The shipped pipelines from picture files to training batches.
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "data_fixtures.h"

namespace vcisr::data {
namespace {

std::shared_ptr<const degradation::Pipeline> small_batches_of(const std::string& preset) {
  const bool is_flat = preset != "vcisr" && preset != "codec_only";
  return std::make_shared<const degradation::Pipeline>(degradation::Pipeline::load(
      preset, {is_flat ? "degradation_batch_size=8" : "batch_size=8", "first_batch_size=[3, 6]"}));
}

bool is_equal(const std::vector<TrainingBatch>& a, const std::vector<TrainingBatch>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!torch::equal(a[i].lq, b[i].lq) || !torch::equal(a[i].hq, b[i].hq) ||
        !torch::equal(a[i].hq_sharpened, b[i].hq_sharpened)) {
      return false;
    }
  }
  return true;
}

TEST(PresetStream, GivesTheSameBytesForAnyNumberOfThreads) {
  const tests::TempFolder folder;
  for (int i = 0; i < 6; ++i) {
    tests::write_picture(folder.path() / (std::to_string(i) + ".png"), 200 + 7 * i, 260);
  }
  for (const std::string preset :
       {"vcisr", "vcisr_paper", "image_only", "real_esrgan", "codec_only"}) {
    const auto pipeline = small_batches_of(preset);
    auto options = tests::stream_options({folder.path().string()});
    options.patch_size = 96;
    options.shuffle_pictures = true;
    options.shuffle_buffer = 5;
    std::vector<TrainingBatch> expected;
    for (const int threads : {1, 2, 4}) {
      options.threads = threads;
      PatchStream stream(options, pipeline);
      for (int run = 0; run < 5; ++run) {
        auto batches = tests::epoch_of(stream, 3);
        ASSERT_EQ(tests::histories(batches).size(), 24U) << preset;
        if (expected.empty()) {
          expected = std::move(batches);
          continue;
        }
        ASSERT_TRUE(is_equal(expected, batches)) << preset << " " << threads;
      }
      const auto other = tests::epoch_of(stream, 4);
      EXPECT_FALSE(is_equal(expected, other)) << preset;
    }
  }
}

}  // namespace
}  // namespace vcisr::data
