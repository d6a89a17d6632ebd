// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vcisr/core/config.h"

namespace vcisr::networks::grl {

/// What comes after the body, named as the published YAML files do.
enum class Upsampler {
  kPixelShuffle,        ///< "pixelshuffle": a convolution and a shuffle by 2 (or 3) at a time.
  kPixelShuffleDirect,  ///< "pixelshuffledirect": one convolution, one shuffle.
  kNearestConv,         ///< "nearest+conv": x4 by nearest neighbour, convolutions between.
  kNone,                ///< "": restoration at the input's size.
};

/// As above: "pixelshuffle" …
[[nodiscard]] std::string upsampler_name(Upsampler upsampler);

/// GRL's hyper-parameters (Li et al., CVPR 2023), with the values that VCISR trains with. Windows,
/// stripes and anchors leave no trace in the weights' shapes.
struct GrlOptions {
  std::int64_t upscale = 4;
  std::int64_t embed_dim = 128;                     ///< C, even.
  std::vector<std::int64_t> depths = {4, 4, 4, 4};  ///< Blocks of each stage.
  std::vector<std::int64_t> num_heads_window = {2, 2, 2, 2};
  std::vector<std::int64_t> num_heads_stripe = {2, 2, 2, 2};
  std::int64_t window_size = 8;                        ///< Tokens.
  std::array<std::int64_t, 2> stripe_size = {8, 8};    ///< Tokens; 0 where groups rule.
  std::array<std::int64_t, 2> stripe_groups = {0, 0};  ///< Stripes along the axis; 0: by size.
  bool stripe_shift = false;
  std::int64_t anchor_window_down_factor = 2;  ///< Tokens per anchor and axis.
  std::int64_t mlp_ratio = 2;
  bool local_connection = false;  ///< With CAB.
  Upsampler upsampler = Upsampler::kPixelShuffle;
  double drop_path_rate = 0.1;  ///< Of the last block, in training.
  double residual_scale = 1.0;  ///< 0.1 with init_method "r".

  bool operator==(const GrlOptions&) const = default;

  /// What a picture is padded to (spec: pad_size).
  [[nodiscard]] std::int64_t pad_multiple() const;
  /// True where stripes are a fraction of the picture, whatever its size.
  [[nodiscard]] bool has_stripe_groups() const { return stripe_groups[0] + stripe_groups[1] > 0; }
};

struct GrlPreset {
  const char* name;     ///< "vcisr_small_x4"
  const char* summary;  ///< One line.
  GrlOptions options;
};

/// The published geometries.
[[nodiscard]] std::span<const GrlPreset> presets();

/// nullptr if there is none of that name.
[[nodiscard]] const GrlPreset* find_preset(std::string_view name);

/// Options from a section whose `type` is `grl` or a preset's name; other keys overrule the preset.
/// Errors  ConfigError, also for combinations that no picture fits.
[[nodiscard]] GrlOptions read_options(const Config& config);

/// "{type: grl, upscale: 4, …}": every option, so that it does not depend on any default.
[[nodiscard]] std::string to_yaml(const GrlOptions& options);

}  // namespace vcisr::networks::grl
