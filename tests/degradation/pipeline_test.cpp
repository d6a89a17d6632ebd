// SPDX-License-Identifier: Apache-2.0
#include "vcisr/degradation/pipeline.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "vcisr/core/error.h"
#include "vcisr/degradation/presets.h"
#include "vcisr/degradation/recipe_file.h"

namespace vcisr::degradation {
namespace {

std::string text_of(const BatchRecipe& recipe) {
  std::string text;
  for (std::size_t i = 0; i < recipe.units.size(); ++i) {
    text +=
        recipe_line(RecipeUnit{static_cast<std::int64_t>(i), "x", 0, {}, recipe.units[i].steps});
  }
  for (const auto& group : recipe.groups) text += recipe_line(group);
  return text;
}

std::string error_of(const std::string& yaml) {
  try {
    Pipeline(Config::parse(yaml, "d.yaml"));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

std::string check_error_of(const std::string& yaml, const PictureSize& size) {
  try {
    Pipeline(Config::parse(yaml, "d.yaml")).check(size);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

const std::string kCodec = "{type: video_compression, video_codec: [libx264]}";

TEST(Pipeline, EveryPresetLoadsChecksAndReadsBackItsOwnYaml) {
  ASSERT_EQ(preset_names(), (std::vector<std::string>{"codec_only", "image_only", "real_esrgan",
                                                      "vcisr", "vcisr_paper"}));
  const std::vector<PictureSize> sizes(40, {360, 360});
  for (const auto& name : preset_names()) {
    const auto pipeline = Pipeline::load(name);
    EXPECT_EQ(pipeline.options().scale, 4) << name;
    pipeline.check({360, 360});
    const Pipeline again(Config::parse(pipeline.yaml(), name));
    EXPECT_EQ(text_of(pipeline.draw(sizes, Rng(5))), text_of(again.draw(sizes, Rng(5)))) << name;
    EXPECT_EQ(again.options().source, pipeline.options().source);
  }
}

TEST(Pipeline, FlatDefaultsAreThePublishedOnes) {
  // The preset writes every number out; a file without any gives the same.
  const std::vector<PictureSize> sizes(8, {360, 360});
  for (const auto& [flat, preset] :
       {std::pair{"type: vcisr", "vcisr_paper"}, std::pair{"type: real_esrgan", "real_esrgan"}}) {
    const Pipeline pipeline(Config::parse(flat));
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      EXPECT_EQ(text_of(pipeline.draw(sizes, Rng(seed))),
                text_of(Pipeline::load(preset).draw(sizes, Rng(seed))))
          << preset;
    }
  }
}

TEST(Pipeline, RealEsrganMakesLqFromTheSharpenedPictureAtAnAbsoluteSecondSize) {
  const auto pipeline = Pipeline::load("real_esrgan");
  EXPECT_EQ(pipeline.options().source, DegradedSource::kSharpened);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto recipe = pipeline.draw({{400, 400}}, Rng(seed));
    std::vector<ResizeStep> resizes;
    for (const auto& step : recipe.units[0].steps) {
      if (const auto* const resize = std::get_if<ResizeStep>(&step)) resizes.push_back(*resize);
    }
    // The last resizing but one is relative to hq / 4: 0.3 to 1.2 of 100 pixels.
    ASSERT_GE(resizes.size(), 2U);
    EXPECT_EQ(resizes.back().size, (PictureSize{100, 100}));
    EXPECT_LE(resizes[resizes.size() - 2].size.height, 120);
    EXPECT_GE(resizes[resizes.size() - 2].size.height, 30);
  }
}

TEST(Pipeline, GroupsHoldGroupSizePicturesInOrderAndDrawForThemselves) {
  const Pipeline pipeline(Config::parse(
      "{scale: 4, stages: [{type: resize_to_lq}, {type: video_compression, group_size: 16}]}"));
  const auto recipe = pipeline.draw(std::vector<PictureSize>(40, {64, 64}), Rng(1));
  ASSERT_EQ(recipe.groups.size(), 3U);
  std::int64_t unit = 0;
  for (const auto& group : recipe.groups) {
    for (const auto member : group.units) EXPECT_EQ(member, unit++);
  }
  EXPECT_EQ(recipe.groups[2].units.size(), 8U);
  std::set<std::string> draws;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    for (auto group : pipeline.draw(std::vector<PictureSize>(40, {64, 64}), Rng(seed)).groups) {
      group.group = 0;
      group.units = {0};
      draws.insert(recipe_line(group));
    }
  }
  EXPECT_GT(draws.size(), 10U);
}

TEST(Pipeline, DecisionsPerBatchMakeAllGroupsAlike) {
  const Pipeline pipeline(
      Config::parse("{scale: 4, stages: [{type: resize_to_lq}, {type: "
                    "video_compression, group_size: 8, decide_per: batch}]}"));
  auto groups = pipeline.draw(std::vector<PictureSize>(24, {64, 64}), Rng(1)).groups;
  ASSERT_EQ(groups.size(), 3U);
  for (auto& group : groups) {
    group.group = 0;
    group.units = {0};
    EXPECT_EQ(recipe_line(group), recipe_line(groups.front()));
  }
}

TEST(Pipeline, PicturesThatTakeDifferentWaysMeetTheirOwnCodec) {
  const Pipeline pipeline(Config::parse(
      "{scale: 1, stages: [{type: one_of, weights: [1, 1], choices: [[{type: clamp}], [" + kCodec +
      "]]}]}"));
  const auto recipe = pipeline.draw(std::vector<PictureSize>(64, {32, 32}), Rng(4));
  ASSERT_EQ(recipe.groups.size(), 1U);
  EXPECT_GT(recipe.groups[0].units.size(), 15U);
  EXPECT_LT(recipe.groups[0].units.size(), 50U);
}

TEST(Pipeline, OverridesAndOwnFilesWork) {
  const auto pipeline = Pipeline::load("vcisr", {"scale=2", "stages.0.prob=0"});
  EXPECT_EQ(pipeline.options().scale, 2);
  EXPECT_FALSE(
      std::holds_alternative<BlurStep>(pipeline.draw({{64, 64}}, Rng(1)).units[0].steps.front()));
  const auto file = Pipeline::load(VCISR_SOURCE_DIR "/configs/degradation/codec_only.yaml");
  EXPECT_EQ(file.options().scale, 4);
}

TEST(Pipeline, MistakesNameFileLineAndKey) {
  EXPECT_EQ(
      error_of("stages:\n  - {type: blurr}"),
      "d.yaml:2: stages[0].type: unknown degradation stage 'blurr' (known: blur, clamp, jpeg, "
      "noise, one_of, resize, resize_to_lq, round_8bit, sinc, video_compression, webp); did "
      "you mean 'blur'?");
  EXPECT_NE(error_of("stages:\n  - {type: blur, blur_sigma: [3, 0.2]}").find("d.yaml:2"),
            std::string::npos);
  EXPECT_NE(error_of("stages:\n  - {type: blur, kernel_size: [7, 20]}").find("odd"),
            std::string::npos);
  EXPECT_NE(error_of("stages:\n  - {type: resize, resize_prob: [1, 2]}").find("3 are needed"),
            std::string::npos);
  EXPECT_NE(error_of("stages:\n  - {type: resize_to_lq, antialias: true}").find("area"),
            std::string::npos);
  EXPECT_NE(error_of("type: vcisr\ncrf_rang: [20, 30]").find("did you mean 'crf_range'"),
            std::string::npos);
  EXPECT_NE(error_of("type: vcisr\nnoise_range: [1, 300]").find("noise_range"), std::string::npos);
  EXPECT_NE(error_of("stages:\n  - {type: video_compression, mpeg2_4_qscale_range: [2, 9], "
                     "mpeg2_4_bitrate_range: [100, 200]}")
                .find("not both"),
            std::string::npos);
  try {
    static_cast<void>(Pipeline::load("vcisr_papr"));
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'vcisr_paper'"), std::string::npos);
  }
}

TEST(Pipeline, TellsAtTheStartWhatWouldFailLater) {
  const std::string lq = "{type: resize_to_lq}";
  EXPECT_EQ(check_error_of("{stages: [" + lq + ", " + kCodec + "]}", {360, 360}), "no error");
  EXPECT_NE(check_error_of("{stages: [{type: resize}, " + kCodec + ", " + lq + "]}", {360, 360})
                .find("resize_to_lq"),
            std::string::npos);
  EXPECT_NE(check_error_of("{stages: [{type: clamp}]}", {360, 360}).find("resize_to_lq"),
            std::string::npos);
  EXPECT_NE(check_error_of("{stages: [" + lq +
                               ", {type: video_compression, video_codec: "
                               "[libx266]}]}",
                           {360, 360})
                .find("libx266"),
            std::string::npos);
  // SVT-AV1 takes no picture below 64 pixels.
  EXPECT_NE(check_error_of("{stages: [" + lq +
                               ", {type: video_compression, video_codec: "
                               "[libsvtav1], crf_range: [30, 50]}]}",
                           {128, 128})
                .find("libsvtav1"),
            std::string::npos);
  EXPECT_NE(check_error_of("{stages: [" + lq +
                               ", {type: video_compression, video_codec: "
                               "[libx264], encode_preset: [fastest]}]}",
                           {128, 128})
                .find("fastest"),
            std::string::npos);
}

TEST(Pipeline, TriesOnlyWhatMayBeDrawn) {
  // 64 pixels are SVT-AV1's least; without a change of width they are enough.
  const std::string svt =
      "{type: video_compression, video_codec: [libsvtav1], crf_range: [30, 50], ratio_prob: ";
  EXPECT_EQ(check_error_of("{stages: [{type: resize_to_lq}, " + svt + "[0, 0, 1]}]}", {256, 256}),
            "no error");
  EXPECT_NE(check_error_of("{stages: [{type: resize_to_lq}, " + svt + "[1, 0, 1]}]}", {256, 256})
                .find("d.yaml:1: stages[1]: encoder libsvtav1"),
            std::string::npos);
}

TEST(Pipeline, H265GetsItsOffsetWhereNoneIsGiven) {
  for (const std::string yaml :
       {"{type: vcisr, video_codec: [libx265], video_codec_prob: [1], crf_range: [20, 20], "
        "v1_proportion: 0}",
        "{stages: [{type: resize_to_lq}, {type: video_compression, video_codec: [libx265], "
        "crf_range: [20, 20]}]}"}) {
    const auto recipe = Pipeline(Config::parse(yaml)).draw({{360, 360}}, Rng(1));
    EXPECT_EQ(std::get<media::Crf>(recipe.groups.at(0).step.rate).value, 25) << yaml;
  }
}

TEST(Pipeline, RealEsrnetsFilesSayWhetherTheSourceIsSharpened) {
  EXPECT_EQ(Pipeline(Config::parse("{type: real_esrgan, gt_usm: false}")).options().source,
            DegradedSource::kHq);
}

TEST(Pipeline, TrainnersKeysAreKnown) {
  const Pipeline pipeline(Config::parse(
      "{type: real_esrgan, blur_prob: 0, second_blur_prob: 0, jpeg_prob: 0, jpeg_prob2: 0, "
      "final_sinc_prob: 0, resize_mode_list: [area], resize_mode_list2: [area], "
      "resize_mode_list3: [bicubic], resize_mode_prob3: [1]}"));
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto steps = pipeline.draw({{360, 360}}, Rng(seed)).units[0].steps;
    const ResizeStep* last = nullptr;
    for (const auto& step : steps) {
      EXPECT_FALSE(std::holds_alternative<BlurStep>(step));
      EXPECT_FALSE(std::holds_alternative<JpegStep>(step));
      const auto* const resize = std::get_if<ResizeStep>(&step);
      if (resize == nullptr) continue;
      if (last != nullptr) {
        EXPECT_EQ(last->mode, ResizeMode::kArea);
      }
      last = resize;
    }
    ASSERT_NE(last, nullptr);
    EXPECT_EQ(last->mode, ResizeMode::kBicubic);
  }
}

TEST(Pipeline, RangesThatHoldNothingAndFormatsThatDoNotFitAreRefused) {
  EXPECT_NE(error_of("").find("empty"), std::string::npos);
  EXPECT_NE(error_of("stages: [{type: jpeg, coder: libjpeg, jpeg_range: [30.2, 30.8]}]")
                .find("holds none"),
            std::string::npos);
  EXPECT_NE(error_of("stages: [{type: video_compression, conversion: exact, pix_fmt: yuv420p10le}]")
                .find("does not go with conversion: exact"),
            std::string::npos);
}

TEST(Pipeline, UnequalPicturesThatMeetACodecAreAnError) {
  const Pipeline pipeline(
      Config::parse("{scale: 4, stages: [{type: resize_to_lq}, " + kCodec + "]}"));
  EXPECT_THROW(static_cast<void>(pipeline.draw({{64, 64}, {64, 68}}, Rng(1))), ConfigError);
}

TEST(FlatKeys, AreThoseOfBothFamilies) {
  const auto& keys = flat_keys();
  for (const auto* key : {"resize_prob", "blur_kernel_size2", "final_sinc_prob", "gt_usm",
                          "video_codec", "crf_range", "kernel_range", "scale"}) {
    EXPECT_NE(std::find(keys.begin(), keys.end(), key), keys.end()) << key;
  }
  EXPECT_EQ(std::find(keys.begin(), keys.end(), "stages"), keys.end());
}

TEST(Pipeline, TakesTheScaleFromOutsideWhereTheSectionGivesNone) {
  EXPECT_EQ(Pipeline(Config::parse("{type: real_esrgan}"), 2).options().scale, 2);
  EXPECT_EQ(Pipeline(Config::parse("{type: real_esrgan, scale: 3}"), 2).options().scale, 3);
  EXPECT_EQ(Pipeline(Config::parse("{stages: [{type: resize_to_lq}]}"), 2).options().scale, 2);
}

}  // namespace
}  // namespace vcisr::degradation
