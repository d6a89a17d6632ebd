// SPDX-License-Identifier: Apache-2.0
#include "networks/grl/grl_options.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "vcisr/core/error.h"

namespace vcisr::networks::grl {
namespace {

const std::vector<std::pair<std::string, Upsampler>>& upsampler_names() {
  static const std::vector<std::pair<std::string, Upsampler>> names = {
      {"pixelshuffle", Upsampler::kPixelShuffle},
      {"pixelshuffledirect", Upsampler::kPixelShuffleDirect},
      {"nearest+conv", Upsampler::kNearestConv},
      {"", Upsampler::kNone}};
  return names;
}

GrlOptions vcisr_small() { return {}; }

/// The YAML files' "small" with the sizes that its experiments set for super-resolution.
GrlOptions small_sr(std::int64_t scale) {
  GrlOptions o;
  o.upscale = scale;
  o.window_size = 32;
  o.stripe_size = {64, 64};
  o.stripe_shift = true;
  o.anchor_window_down_factor = 4;
  return o;
}

GrlOptions tiny_sr(std::int64_t scale) {
  GrlOptions o = small_sr(scale);
  o.embed_dim = 64;
  o.upsampler = Upsampler::kPixelShuffleDirect;
  return o;
}

GrlOptions base_sr(std::int64_t scale) {
  GrlOptions o = small_sr(scale);
  o.embed_dim = 180;
  o.depths = {4, 4, 8, 8, 8, 4, 4};
  o.num_heads_window = o.num_heads_stripe = {3, 3, 3, 3, 3, 3, 3};
  o.local_connection = true;
  return o;
}

GrlOptions base_bsr() {
  GrlOptions o = base_sr(4);
  o.window_size = 16;
  o.stripe_size = {32, 64};
  o.upsampler = Upsampler::kNearestConv;
  return o;
}

GrlOptions vcisr_base() {
  GrlOptions o = base_sr(4);
  o.window_size = 8;
  o.stripe_size = {8, 8};
  o.stripe_shift = false;
  o.anchor_window_down_factor = 2;
  return o;
}

/// Restoration at the input's size.
GrlOptions restoring(GrlOptions o) {
  o.upscale = 1;
  o.upsampler = Upsampler::kNone;
  return o;
}

/// The YAML files' own sizes, a quarter of the picture wide.
GrlOptions with_groups(GrlOptions o) {
  o.window_size = 8;
  o.stripe_size = {8, 0};
  o.stripe_groups = {0, 4};
  return o;
}

GrlOptions for_jpeg(GrlOptions o) {
  o = restoring(o);
  o.window_size = 36;
  o.stripe_size = {72, 144};
  return o;
}

void read_geometry(const Config& config, GrlOptions& o) {
  std::vector<std::int64_t> size(o.stripe_size.begin(), o.stripe_size.end());
  std::vector<std::int64_t> groups(o.stripe_groups.begin(), o.stripe_groups.end());
  config.read("window_size", o.window_size, {1, 1024});
  config.read("stripe_size", size, {0, 4096});
  config.read("stripe_groups", groups, {0, 256});
  for (const auto& [key, list] : {std::pair("stripe_size", &size), {"stripe_groups", &groups}}) {
    if (list->size() != 2) {
      throw ConfigError(config.where(key) + ": needs two numbers, [rows, columns], not " +
                        std::to_string(list->size()));
    }
  }
  std::copy(size.begin(), size.end(), o.stripe_size.begin());
  std::copy(groups.begin(), groups.end(), o.stripe_groups.begin());
  config.read("stripe_shift", o.stripe_shift);
  config.read("anchor_window_down_factor", o.anchor_window_down_factor, {1, 64});
}

void check_geometry(const Config& config, const GrlOptions& o) {
  for (std::size_t axis = 0; axis < 2; ++axis) {
    if ((o.stripe_size[axis] == 0) == (o.stripe_groups[axis] == 0)) {
      throw ConfigError(config.where("stripe_size") +
                        ": along each axis either stripe_size or stripe_groups must be given, and "
                        "the other be 0");
    }
    if (o.stripe_size[axis] % o.anchor_window_down_factor != 0) {
      throw ConfigError(config.where("stripe_size") + ": " + std::to_string(o.stripe_size[axis]) +
                        " is no multiple of anchor_window_down_factor " +
                        std::to_string(o.anchor_window_down_factor));
    }
    const std::int64_t size = o.stripe_size[axis];
    if (o.pad_multiple() % o.window_size != 0 || (size > 0 && o.pad_multiple() % size != 0)) {
      throw ConfigError(config.where("window_size") + ": windows of " +
                        std::to_string(o.window_size) + " and stripes of " + std::to_string(size) +
                        " do not both divide " + std::to_string(o.pad_multiple()) +
                        ", to which pictures are padded");
    }
    const std::int64_t groups = o.stripe_groups[axis];
    if (groups > 0 && o.pad_multiple() % (groups * o.anchor_window_down_factor) != 0) {
      throw ConfigError(config.where("stripe_groups") + ": " + std::to_string(groups) +
                        " groups of whole anchors do not divide " +
                        std::to_string(o.pad_multiple()) + ", to which pictures are padded");
    }
    const std::int64_t shift = size / 2;
    if (o.stripe_shift && size > 0 && shift % o.anchor_window_down_factor != 0) {
      throw ConfigError(config.where("stripe_size") + ": half of " + std::to_string(size) +
                        " is no multiple of anchor_window_down_factor " +
                        std::to_string(o.anchor_window_down_factor) +
                        ", so stripe_shift cannot move the anchors along");
    }
  }
}

void read_body(const Config& config, GrlOptions& o) {
  const std::size_t stages = o.depths.size();
  config.read("embed_dim", o.embed_dim, {2, 4096});
  if (config.read("depths", o.depths, {1, 64}) && o.depths.size() != stages) {
    // Another number of stages: what was said of each no longer fits.
    o.num_heads_window.assign(o.depths.size(), o.num_heads_window.front());
    o.num_heads_stripe.assign(o.depths.size(), o.num_heads_stripe.front());
  }
  config.read("num_heads_window", o.num_heads_window, {1, 64});
  config.read("num_heads_stripe", o.num_heads_stripe, {1, 64});
  config.read("mlp_ratio", o.mlp_ratio, {1, 16});
  config.read("local_connection", o.local_connection);
  config.read("drop_path_rate", o.drop_path_rate, {0.0, 0.99});
  std::string init = o.residual_scale == 1.0 ? "n" : "r";
  config.read_choice("init_method", init, {"n", "r"});
  o.residual_scale = init == "r" ? 0.1 : 1.0;
  if (o.depths.empty())
    throw ConfigError(config.where("depths") + ": at least one stage is needed");
  for (const auto& [key, heads] : {std::pair("num_heads_window", &o.num_heads_window),
                                   {"num_heads_stripe", &o.num_heads_stripe}}) {
    if (heads->size() != o.depths.size()) {
      throw ConfigError(config.where(key) + ": " + std::to_string(heads->size()) +
                        " numbers were given, but depths has " + std::to_string(o.depths.size()));
    }
    for (const auto count : *heads) {
      if (o.embed_dim % (2 * count) != 0) {
        throw ConfigError(config.where(key) + ": half of embed_dim " + std::to_string(o.embed_dim) +
                          " does not divide into " + std::to_string(count) + " heads");
      }
    }
  }
  if (o.local_connection && o.embed_dim < 18) {
    throw ConfigError(config.where("embed_dim") + ": local_connection needs at least 18 channels");
  }
}

void check_tail(const Config& config, const GrlOptions& o) {
  const bool is_power = (o.upscale & (o.upscale - 1)) == 0;
  const auto fail = [&](const std::string& allowed) {
    throw ConfigError(config.where("upscale") + ": " + std::to_string(o.upscale) +
                      " does not fit the upsampler, which takes " + allowed);
  };
  switch (o.upsampler) {
    case Upsampler::kPixelShuffle:
      if (o.upscale < 2 || !(is_power || o.upscale == 3)) fail("2, 3, 4 or 8");
      return;
    case Upsampler::kPixelShuffleDirect:
      if (o.upscale < 2) fail("2 to 8");
      return;
    case Upsampler::kNearestConv:
      if (o.upscale != 4) fail("4 only");
      return;
    case Upsampler::kNone:
      if (o.upscale != 1) fail("1 only");
  }
}

/// The shortest text that reads back as the same number.
std::string number_text(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

/// Keys of the published files that can only be what they are there.
void read_fixed(const Config& config) {
  static const std::vector<std::pair<const char*, std::string>> kWords = {
      {"qkv_proj_type", "linear"},
      {"anchor_proj_type", "avgpool"},
      {"out_proj_type", "linear"},
      {"conv_type", "1conv"}};
  for (const auto& [key, only] : kWords) {
    std::string word = only;
    if (config.has(key)) config.read_choice(key, word, {only});
  }
  static const std::vector<std::pair<const char*, bool>> kFlags = {
      {"anchor_one_stage", true}, {"qkv_bias", true}, {"euclidean_dist", false}};
  for (const auto& [key, only] : kFlags) {
    bool flag = only;
    if (config.has(key) && config.read(key, flag) && flag != only) {
      throw ConfigError(config.where(key) + ": must be " + (only ? "true" : "false") +
                        ", as in all published networks");
    }
  }
  static const std::vector<std::pair<const char*, double>> kNumbers = {{"in_channels", 3},
                                                                       {"out_channels", 3},
                                                                       {"img_range", 1},
                                                                       {"drop_rate", 0},
                                                                       {"attn_drop_rate", 0}};
  for (const auto& [key, only] : kNumbers) {
    double number = only;
    if (config.has(key) && config.read(key, number) && number != only) {
      throw ConfigError(config.where(key) + ": must be " + number_text(only) +
                        ", as in all published networks");
    }
  }
  std::int64_t unused = 0;  // The size of buffers that ours does not have.
  if (config.has("img_size")) config.read("img_size", unused, {1, 1 << 20});
}

std::string list_text(std::span<const std::int64_t> values) {
  std::string text = "[";
  for (const auto value : values) text += (text.size() > 1 ? ", " : "") + std::to_string(value);
  return text + "]";
}

}  // namespace

std::string upsampler_name(Upsampler upsampler) {
  const auto& names = upsampler_names();
  return std::find_if(names.begin(), names.end(),
                      [upsampler](const auto& name) { return name.second == upsampler; })
      ->first;
}

std::int64_t GrlOptions::pad_multiple() const {
  return std::max({window_size, stripe_size[0], stripe_size[1],
                   std::max(stripe_groups[0], stripe_groups[1]) * anchor_window_down_factor});
}

std::span<const GrlPreset> presets() {
  static const std::vector<GrlPreset> list = {
      {"vcisr_small_x4", "VCISR's generator, 3.49 M parameters", vcisr_small()},
      {"vcisr_base_x4", "the large geometry in VCISR's trainer, 20.2 M", vcisr_base()},
      {"grl_tiny_sr_x2", "GRL-T, x2", tiny_sr(2)},
      {"grl_tiny_sr_x3", "GRL-T, x3", tiny_sr(3)},
      {"grl_tiny_sr_x4", "GRL-T, x4, 0.91 M", tiny_sr(4)},
      {"grl_small_sr_x2", "GRL-S, x2", small_sr(2)},
      {"grl_small_sr_x3", "GRL-S, x3", small_sr(3)},
      {"grl_small_sr_x4", "GRL-S, x4, 3.49 M", small_sr(4)},
      {"grl_base_sr_x2", "GRL-B, x2", base_sr(2)},
      {"grl_base_sr_x3", "GRL-B, x3", base_sr(3)},
      {"grl_base_sr_x4", "GRL-B, x4, 20.2 M", base_sr(4)},
      {"grl_base_bsr_x4", "GRL-B for real photographs (BSR), x4, 20.0 M", base_bsr()},
      {"grl_small_restore", "GRL-S at the input's size, stripes a quarter of the picture wide",
       with_groups(restoring(small_sr(1)))},
      {"grl_small_jpeg", "GRL-S against JPEG artefacts", for_jpeg(small_sr(1))},
  };
  return list;
}

const GrlPreset* find_preset(std::string_view name) {
  const auto list = presets();
  const auto found = std::find_if(list.begin(), list.end(),
                                  [name](const GrlPreset& preset) { return name == preset.name; });
  return found == list.end() ? nullptr : &*found;
}

GrlOptions read_options(const Config& config) {
  const auto* preset = find_preset(config.get<std::string>("type"));
  GrlOptions o = preset == nullptr ? GrlOptions{} : preset->options;
  config.read_enum("upsampler", o.upsampler, upsampler_names());
  config.read("scale", o.upscale, {1, 8});
  config.read("upscale", o.upscale, {1, 8});
  read_geometry(config, o);
  read_body(config, o);
  read_fixed(config);
  check_geometry(config, o);
  check_tail(config, o);
  return o;
}

std::string to_yaml(const GrlOptions& o) {
  const auto word = [](bool flag) { return flag ? "true" : "false"; };
  return "{type: grl, upscale: " + std::to_string(o.upscale) +
         ", embed_dim: " + std::to_string(o.embed_dim) + ", depths: " + list_text(o.depths) +
         ", num_heads_window: " + list_text(o.num_heads_window) +
         ", num_heads_stripe: " + list_text(o.num_heads_stripe) +
         ", window_size: " + std::to_string(o.window_size) +
         ", stripe_size: " + list_text(o.stripe_size) +
         ", stripe_groups: " + list_text(o.stripe_groups) +
         ", stripe_shift: " + word(o.stripe_shift) +
         ", anchor_window_down_factor: " + std::to_string(o.anchor_window_down_factor) +
         ", mlp_ratio: " + std::to_string(o.mlp_ratio) +
         ", local_connection: " + word(o.local_connection) + ", upsampler: \"" +
         upsampler_name(o.upsampler) + "\", drop_path_rate: " + number_text(o.drop_path_rate) +
         (o.residual_scale == 1.0 ? "" : ", init_method: r") + "}";
}

}  // namespace vcisr::networks::grl
