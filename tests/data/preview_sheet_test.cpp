// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/preview_sheet.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "data/data_fixtures.h"
#include "vcisr/core/error.h"

namespace vcisr::data {
namespace {

using namespace degradation;  // NOLINT(google-build-using-namespace)

TEST(StepsInWords, AreShortAndHoldEveryNumber) {
  BatchRecipe recipe;
  recipe.units.resize(1);
  recipe.units[0].steps = {BlurStep{BellBlur{BellKind::kAniso, 13, 1.2, 0.7, 0.4, 1}},
                           ResizeStep{.mode = ResizeMode::kBicubic, .size = {}, .scale = 0.63},
                           GaussianNoiseStep{12.34, false, 1},
                           JpegStep{.jpeg_quality = 61.2},
                           ClampStep{},
                           BlurStep{SincBlur{15, 1.9}},
                           ResizeStep{.mode = ResizeMode::kArea, .size = {90, 90}, .scale = {}},
                           PoissonNoiseStep{.scale = 0.5, .gray = true, .seed = 1},
                           GroupStep{7}};
  VideoCompressionStep video;
  video.rate = media::Crf{26};
  video.preset = "medium";
  video.fps = 24;
  video.encoded_width_px = 104;
  recipe.groups = {{.group = 7, .units = {0}, .step = video}};
  EXPECT_EQ(steps_in_words(recipe, 0, {360, 360}),
            "blur aniso 13 s 1.2/0.7; resize bicubic 0.63; noise gauss 12.3; jpeg 61; sinc 15 w "
            "1.9; resize area 0.4; noise poisson gray 0.5; x264 crf 26 medium 24 fps w 104");
  EXPECT_EQ(steps_in_words(BatchRecipe{.units = {{}}, .groups = {}}, 0, {4, 4}), "nothing done");
}

TEST(PreviewSheet, ShowsThePictureAndItsDraws) {
  const auto pipeline = tests::noise_and_codecs();
  const auto picture = tests::made_up_picture("preview", 100, 150);
  PreviewOptions options;
  options.count = 3;
  options.size_px = 64;
  options.title = "title";
  torch::Tensor first;
  for (const int threads : {1, 3}) {
    WorkerPool pool(threads);
    const auto sheet = preview_sheet(picture, *pipeline, pool, options, {});
    if (!first.defined()) first = sheet;
    EXPECT_TRUE(torch::equal(sheet, first));
  }
  // The first tile is the middle of the picture, unchanged.
  const auto middle = picture.narrow(1, 18, 64).narrow(2, 43, 64);
  EXPECT_TRUE(torch::equal(first.narrow(1, 48, 64).narrow(2, 16, 64), middle));
  options.seed = 1;
  WorkerPool pool(1);
  EXPECT_FALSE(torch::equal(preview_sheet(picture, *pipeline, pool, options, {}), first));
  EXPECT_THROW(static_cast<void>(preview_sheet(picture.narrow(1, 0, 3), *pipeline, pool, {}, {})),
               InputError);
}

}  // namespace
}  // namespace vcisr::data
