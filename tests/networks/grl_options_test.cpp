// SPDX-License-Identifier: Apache-2.0
#include "networks/grl/grl_options.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "vcisr/core/error.h"

namespace vcisr::networks::grl {
namespace {

GrlOptions options_of(const std::string& yaml) {
  const auto config = Config::parse(yaml, "net.yaml");
  const auto options = read_options(config);
  config.expect_all_keys_read();
  return options;
}

std::string refusal_of(const std::string& keys) {
  try {
    (void)options_of("{type: grl, " + keys + "}");
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST(GrlOptions, AreVcisrsUnasked) {
  EXPECT_EQ(options_of("{type: grl}"), GrlOptions{});
  EXPECT_EQ(options_of("{type: vcisr_small_x4}"), GrlOptions{});
  EXPECT_EQ(GrlOptions{}.pad_multiple(), 8);
}

TEST(GrlOptions, TakeThePublishedFilesKeys) {
  const auto options = options_of(
      "{type: grl, upscale: 4, img_size: 144, window_size: 8, depths: [4, 4, 4, 4], embed_dim: 128,"
      " num_heads_window: [2, 2, 2, 2], num_heads_stripe: [2, 2, 2, 2], mlp_ratio: 2,"
      " qkv_proj_type: linear, anchor_proj_type: avgpool, anchor_window_down_factor: 2,"
      " out_proj_type: linear, conv_type: 1conv, upsampler: pixelshuffle, in_channels: 3,"
      " out_channels: 3, img_range: 1.0, drop_rate: 0, attn_drop_rate: 0.0, qkv_bias: true,"
      " anchor_one_stage: true, euclidean_dist: false, init_method: n}");
  EXPECT_EQ(options, GrlOptions{});
}

TEST(GrlOptions, OfAPresetGiveWayToWhatIsSaid) {
  const auto options =
      options_of("{type: grl_base_bsr_x4, window_size: 8, depths: [2, 2], drop_path_rate: 0.25}");
  auto expected = find_preset("grl_base_bsr_x4")->options;
  expected.window_size = 8;
  expected.depths = {2, 2};
  expected.num_heads_window = expected.num_heads_stripe = {3, 3};
  expected.drop_path_rate = 0.25;
  EXPECT_EQ(options, expected);
  EXPECT_EQ(find_preset("grl_huge"), nullptr);
}

TEST(GrlOptions, ReadBackFromTheirYaml) {
  ASSERT_GE(presets().size(), 10u);
  for (const auto& preset : presets()) {
    EXPECT_EQ(options_of(to_yaml(preset.options)), preset.options) << preset.name;
    EXPECT_EQ(options_of(std::string("{type: ") + preset.name + "}"), preset.options);
  }
  GrlOptions o;
  o.residual_scale = 0.1;
  o.drop_path_rate = 0.05;
  o.mlp_ratio = 3;
  o.stripe_groups = {4, 1};
  o.stripe_size = {0, 0};
  EXPECT_EQ(options_of(to_yaml(o)), o);
}

TEST(GrlOptions, OfEveryPresetFitAPicture) {
  for (const auto& preset : presets()) {
    const auto& o = preset.options;
    EXPECT_EQ(o.pad_multiple() % o.window_size, 0) << preset.name;
    EXPECT_NE(std::string(preset.summary), "");
  }
  // What pictures are padded to, as published.
  const std::vector<std::pair<const char*, std::int64_t>> expected = {
      {"vcisr_small_x4", 8},   {"vcisr_base_x4", 8},      {"grl_tiny_sr_x4", 64},
      {"grl_base_bsr_x4", 64}, {"grl_small_restore", 16}, {"grl_small_jpeg", 144}};
  for (const auto& [name, multiple] : expected) {
    EXPECT_EQ(find_preset(name)->options.pad_multiple(), multiple) << name;
  }
}

TEST(GrlOptions, AreRefusedInWords) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"stripe_size: [8, 8, 8]",
       "net.yaml:1: stripe_size: needs two numbers, [rows, columns], not 3"},
      {"stripe_groups: [2]",
       "net.yaml:1: stripe_groups: needs two numbers, [rows, columns], not 1"},
      {"stripe_size: [8, 0]",
       "net.yaml:1: stripe_size: along each axis either stripe_size or stripe_groups must be "
       "given, and the other be 0"},
      {"stripe_groups: [0, 4]",
       "along each axis either stripe_size or stripe_groups must be given, and the other be 0"},
      {"window_size: 4, stripe_size: [12, 12], anchor_window_down_factor: 8",
       "net.yaml:1: stripe_size: 12 is no multiple of anchor_window_down_factor 8"},
      {"window_size: 7",
       "net.yaml:1: window_size: windows of 7 and stripes of 8 do not both divide 8, to which "
       "pictures are padded"},
      {"stripe_size: [8, 12]", "do not both divide 12, to which pictures are padded"},
      {"stripe_size: [8, 16], stripe_shift: true, anchor_window_down_factor: 8",
       "net.yaml:1: stripe_size: half of 8 is no multiple of anchor_window_down_factor 8, so "
       "stripe_shift cannot move the anchors along"},
      {"depths: [], num_heads_window: [], num_heads_stripe: []",
       "net.yaml:1: depths: at least one stage is needed"},
      {"num_heads_window: [2, 2]",
       "net.yaml:1: num_heads_window: 2 numbers were given, but depths has 4"},
      {"num_heads_stripe: [2, 2, 2, 2, 2]",
       "net.yaml:1: num_heads_stripe: 5 numbers were given, but depths has 4"},
      {"num_heads_stripe: [2, 2, 3, 2]",
       "net.yaml:1: num_heads_stripe: half of embed_dim 128 does not divide into 3 heads"},
      {"embed_dim: 33, num_heads_window: [1, 1, 1, 1], num_heads_stripe: [1, 1, 1, 1]",
       "half of embed_dim 33 does not divide into 1 heads"},
      {"local_connection: true, embed_dim: 16",
       "net.yaml:1: embed_dim: local_connection needs at least 18 channels"},
      {"upscale: 5", "upscale: 5 does not fit the upsampler, which takes 2, 3, 4 or 8"},
      {"upscale: 1", "upscale: 1 does not fit the upsampler, which takes 2, 3, 4 or 8"},
      {"upscale: 1, upsampler: pixelshuffledirect",
       "upscale: 1 does not fit the upsampler, which takes 2 to 8"},
      {"upscale: 2, upsampler: nearest+conv",
       "upscale: 2 does not fit the upsampler, which takes 4 only"},
      {"upscale: 2, upsampler: ''", "upscale: 2 does not fit the upsampler, which takes 1 only"},
      {"upsampler: bilinear", "net.yaml:1: upsampler: "},
      {"qkv_proj_type: separable_conv", "net.yaml:1: qkv_proj_type: "},
      {"anchor_proj_type: conv2d", "net.yaml:1: anchor_proj_type: "},
      {"conv_type: 3conv", "net.yaml:1: conv_type: "},
      {"euclidean_dist: true",
       "net.yaml:1: euclidean_dist: must be false, as in all published networks"},
      {"qkv_bias: false", "net.yaml:1: qkv_bias: must be true, as in all published networks"},
      {"anchor_one_stage: false", "anchor_one_stage: must be true"},
      {"in_channels: 1", "net.yaml:1: in_channels: must be 3, as in all published networks"},
      {"img_range: 255", "net.yaml:1: img_range: must be 1, as in all published networks"},
      {"drop_rate: 0.1", "net.yaml:1: drop_rate: must be 0, as in all published networks"},
      {"init_method: x", "net.yaml:1: init_method: "},
      {"drop_path_rate: 1", "net.yaml:1: drop_path_rate: 1 is outside [0, 0.99]"},
      {"window_size: 0", "net.yaml:1: window_size: 0 is outside [1, 1024]"},
      {"anchor_window_down_factor: 0", "anchor_window_down_factor: 0 is outside [1, 64]"},
      {"depths: [4, 0, 4, 4]", "net.yaml:1: depths"},
      {"window_sise: 8", "window_sise: unknown key (did you mean 'window_size'?)"}};
  for (const auto& [keys, words] : cases) {
    const auto message = refusal_of(keys);
    EXPECT_NE(message.find(words), std::string::npos) << keys << ": " << message;
  }
}

TEST(GrlOptions, RefuseGroupsThatNoPaddingMakesWhole) {
  // Pictures are padded to 8, of which a third is no whole number of tokens.
  EXPECT_NE(refusal_of("stripe_size: [8, 0], stripe_groups: [0, 3]"), "no error");
  // A third of 12 is 4 tokens, 2 anchors.
  EXPECT_EQ(refusal_of("window_size: 4, stripe_size: [12, 0], stripe_groups: [0, 3]"), "no error");
}

}  // namespace
}  // namespace vcisr::networks::grl
