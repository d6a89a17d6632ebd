// SPDX-License-Identifier: Apache-2.0
#include "networks/grl/recognise_grl.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "networks/grl/grl_options.h"
#include "vcisr/core/text.h"

namespace vcisr::networks::grl {
namespace {

using Shape = std::vector<std::int64_t>;

constexpr const char* kFirst = "conv_first.weight";
constexpr const char* kQkv = ".attn.qkv.body.weight";
constexpr const char* kWindowScale = ".attn.window_attn.attn_transform.logit_scale";
constexpr const char* kStripeScale = ".attn.stripe_attn.attn_transform1.logit_scale";

/// The shapes of a file's tensors by name.
class Shapes {
 public:
  explicit Shapes(const Checkpoint& checkpoint) {
    for (const auto& [name, tensor] : checkpoint.tensors) tensors_.emplace(name, &tensor);
  }

  [[nodiscard]] bool has(const std::string& name) const { return tensors_.contains(name); }
  /// 0 where there is no such tensor or dimension.
  [[nodiscard]] std::int64_t size(const std::string& name, std::int64_t dimension) const {
    const auto found = tensors_.find(name);
    const bool is_there = found != tensors_.end() && dimension < found->second->dim();
    return is_there ? found->second->size(dimension) : 0;
  }
  [[nodiscard]] Shape of(const std::string& name) const {
    const auto found = tensors_.find(name);
    return found == tensors_.end() ? Shape{} : found->second->sizes().vec();
  }

 private:
  std::unordered_map<std::string_view, const torch::Tensor*> tensors_;
};

std::string block_key(std::size_t stage, std::int64_t block) {
  return "layers." + std::to_string(stage) + ".blocks." + std::to_string(block);
}

/// The number up to `most` whose square is that, 0 if there is none.
std::int64_t root_of(std::int64_t square, std::int64_t most) {
  for (std::int64_t root = 1; root <= most && root * root <= square; ++root) {
    if (root * root == square) return root;
  }
  return 0;
}

// What the parameters' shapes tell: all but the geometry.

/// Upsampler and scale. False where the tail is none of the published ones.
bool read_tail(const Shapes& shapes, GrlOptions& o) {
  constexpr std::int64_t kLargest = 8;
  const std::string first = "upsample.up.0.weight";
  if (!shapes.has(first)) {
    const bool is_nearest = shapes.has("conv_up1.weight");
    o.upsampler = is_nearest ? Upsampler::kNearestConv : Upsampler::kNone;
    o.upscale = is_nearest ? 4 : 1;
    return shapes.has("conv_last.weight");
  }
  const bool is_direct = !shapes.has("conv_before_upsample.0.weight");
  const std::int64_t planes = is_direct ? 3 : std::max<std::int64_t>(1, shapes.size(first, 1));
  const std::int64_t step = root_of(shapes.size(first, 0) / planes, kLargest);
  o.upsampler = is_direct ? Upsampler::kPixelShuffleDirect : Upsampler::kPixelShuffle;
  o.upscale = step;
  for (int i = 2; shapes.has("upsample.up." + std::to_string(i) + ".weight"); i += 2) {
    o.upscale *= step;
    if (o.upscale > kLargest) return false;
  }
  return step > 0;
}

/// The options with the geometry left at its defaults; nothing where it is no GRL of a published
/// form.
std::optional<GrlOptions> read_shapes(const Shapes& shapes) {
  GrlOptions o;
  o.embed_dim = shapes.size(kFirst, 0);
  o.depths.clear();
  o.num_heads_window.clear();
  o.num_heads_stripe.clear();
  for (std::size_t stage = 0; shapes.has(block_key(stage, 0) + kQkv); ++stage) {
    std::int64_t blocks = 1;
    while (shapes.has(block_key(stage, blocks) + kQkv)) ++blocks;
    o.depths.push_back(blocks);
    o.num_heads_window.push_back(shapes.size(block_key(stage, 0) + kWindowScale, 0));
    o.num_heads_stripe.push_back(shapes.size(block_key(stage, 0) + kStripeScale, 0));
    if (o.num_heads_window.back() == 0 || o.num_heads_stripe.back() == 0) return std::nullopt;
  }
  if (o.embed_dim == 0 || o.depths.empty()) return std::nullopt;
  o.mlp_ratio = shapes.size(block_key(0, 0) + ".mlp.fc1.weight", 0) / o.embed_dim;
  o.local_connection = shapes.has(block_key(0, 0) + ".conv.cab.0.weight");
  return read_tail(shapes, o) ? std::optional(o) : std::nullopt;
}

std::string text_of(std::int64_t number) { return std::to_string(number); }
std::string text_of(bool flag) { return flag ? "true" : "false"; }
std::string text_of(Upsampler upsampler) { return "\"" + upsampler_name(upsampler) + "\""; }
std::string text_of(const std::vector<std::int64_t>& numbers) {
  std::vector<std::string> words;
  for (const auto number : numbers) words.push_back(std::to_string(number));
  return "[" + join(words) + "]";
}

/// "embed_dim 180": what differs between two sets of options, as each of them has it.
struct Differences {
  std::vector<std::string> asked, told;
};

Differences differences(const GrlOptions& asked, const GrlOptions& told) {
  Differences all;
  const auto compare = [&](const char* key, const auto& a, const auto& b) {
    if (a == b) return;
    all.asked.push_back(std::string(key) + " " + text_of(a));
    all.told.push_back(std::string(key) + " " + text_of(b));
  };
  compare("upscale", asked.upscale, told.upscale);
  compare("embed_dim", asked.embed_dim, told.embed_dim);
  compare("depths", asked.depths, told.depths);
  compare("num_heads_window", asked.num_heads_window, told.num_heads_window);
  compare("num_heads_stripe", asked.num_heads_stripe, told.num_heads_stripe);
  compare("mlp_ratio", asked.mlp_ratio, told.mlp_ratio);
  compare("local_connection", asked.local_connection, told.local_connection);
  compare("upsampler", asked.upsampler, told.upsampler);
  return all;
}

bool fits(const GrlPreset& preset, const GrlOptions& told) {
  return differences(preset.options, told).asked.empty();
}

std::vector<std::string> fitting_presets(const GrlOptions& told) {
  std::vector<std::string> names;
  for (const auto& preset : presets()) {
    if (fits(preset, told)) names.emplace_back(preset.name);
  }
  return names;
}

// What tables and indices tell of the geometry.

/// `o` with that geometry.
GrlOptions with_geometry(GrlOptions o, const GrlOptions& geometry) {
  o.window_size = geometry.window_size;
  o.stripe_size = geometry.stripe_size;
  o.stripe_groups = geometry.stripe_groups;
  o.stripe_shift = geometry.stripe_shift;
  o.anchor_window_down_factor = geometry.anchor_window_down_factor;
  return o;
}

/// Every table and index of windows and fixed stripes, for masks the part that does not depend on
/// the picture, has the size that the geometry gives it.
bool agrees(const Shapes& shapes, const GrlOptions& geometry) {
  const std::int64_t factor = geometry.anchor_window_down_factor;
  const std::int64_t window = geometry.window_size * geometry.window_size;
  const auto [rows, columns] = geometry.stripe_size;
  const std::int64_t tokens = rows * columns;
  const std::int64_t anchors = tokens / (factor * factor);
  const std::int64_t edge = 2 * geometry.window_size - 1;
  const std::int64_t down = rows + rows / factor - 1;
  const std::int64_t across = columns + columns / factor - 1;
  const std::initializer_list<std::pair<const char*, Shape>> expected = {
      {"table_w", {1, edge, edge, 2}},       {"table_sh", {1, down, across, 2}},
      {"table_sv", {1, across, down, 2}},    {"index_w", {window, window}},
      {"index_sh_a2w", {anchors, tokens}},   {"index_sh_w2a", {tokens, anchors}},
      {"index_sv_a2w", {anchors, tokens}},   {"index_sv_w2a", {tokens, anchors}},
      {"mask_w", {0, window, window}},       {"mask_sh_a2w", {0, anchors, tokens}},
      {"mask_sh_w2a", {0, tokens, anchors}}, {"mask_sv_a2w", {0, anchors, tokens}},
      {"mask_sv_w2a", {0, tokens, anchors}}};
  return std::all_of(expected.begin(), expected.end(), [&](const auto& item) {
    auto shape = shapes.of(item.first);
    if (shape.size() == 3) shape[0] = 0;  // Of a mask, one for each window.
    return !shapes.has(item.first) || shape == item.second;
  });
}

/// Windows, fixed stripes and anchors; `is_whole` is false where the file lacks what tells them.
struct Tables {
  GrlOptions geometry;
  bool is_whole = false;
  bool is_consistent = true;
};

Tables read_tables(const Shapes& shapes) {
  constexpr std::int64_t kLargest = 4096;
  Tables tables;
  tables.is_whole = shapes.has("table_w") && shapes.has("table_sh") && shapes.has("index_sh_a2w");
  if (!tables.is_whole) return tables;
  auto& o = tables.geometry;
  const std::int64_t anchors = std::max<std::int64_t>(1, shapes.size("index_sh_a2w", 0));
  const std::int64_t factor = root_of(shapes.size("index_sh_a2w", 1) / anchors, kLargest);
  o.anchor_window_down_factor = factor;
  o.window_size = (shapes.size("table_w", 1) + 1) / 2;
  for (const std::size_t axis : {0u, 1u}) {
    // A stripe of s tokens has s / factor anchors: s + s / factor - 1 offsets between them.
    const auto offsets = shapes.size("table_sh", static_cast<std::int64_t>(axis) + 1);
    o.stripe_size[axis] = (offsets + 1) / (factor + 1) * factor;
  }
  const auto is_size = [](std::int64_t size) { return size > 0 && size <= kLargest; };
  tables.is_consistent = is_size(factor) && is_size(o.window_size) && is_size(o.stripe_size[0]) &&
                         is_size(o.stripe_size[1]) && agrees(shapes, o);
  return tables;
}

/// Rows, and columns, of the picture that the masks were made for; 0 where there are none.
std::int64_t masked_picture(const Shapes& shapes, std::int64_t window) {
  constexpr std::int64_t kMostWindows = 4096;
  return window * root_of(shapes.size("mask_w", 0), kMostWindows);
}

/// True if a network of that published geometry would have written these tables.
bool is_geometry_of(const GrlOptions& published, const GrlOptions& tables, std::int64_t picture) {
  if (published.window_size != tables.window_size ||
      published.anchor_window_down_factor != tables.anchor_window_down_factor) {
    return false;
  }
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::int64_t groups = published.stripe_groups[axis];
    const bool is_same = groups == 0 ? published.stripe_size[axis] == tables.stripe_size[axis]
                                     : picture == 0 || picture / groups == tables.stripe_size[axis];
    if (!is_same) return false;
  }
  return true;
}

// The rules.

/// Training writes {model_state_dict, optimizer_state_dict, …}.
bool has_vcisr_wrapper(const Checkpoint& checkpoint) {
  const std::string_view wrapper = checkpoint.wrapper;
  return wrapper.substr(0, wrapper.find(';')) == "model_state_dict";
}

/// The network of VCISR's trainer with these shapes; nullptr if it has none.
const GrlPreset* vcisr_preset(const GrlOptions& told) {
  for (const char* name : {"vcisr_small_x4", "vcisr_base_x4", "grl_base_bsr_x4"}) {
    const auto* preset = find_preset(name);
    if (preset != nullptr && fits(*preset, told)) return preset;
  }
  return nullptr;
}

struct Geometry {
  GrlOptions options;
  bool is_shift_told;
};

Geometry geometry_of_tables(const Shapes& shapes, GrlOptions tables, bool is_vcisr,
                            Upsampler upsampler) {
  const auto picture = masked_picture(shapes, tables.window_size);
  for (const auto& preset : presets()) {
    if (is_geometry_of(preset.options, tables, picture)) return {preset.options, true};
  }
  // No table tells the shift: VCISR's trainer shifts in the network for photographs alone, upstream
  // everywhere.
  tables.stripe_shift = !is_vcisr || upsampler == Upsampler::kNearestConv;
  return {tables, is_vcisr};
}

/// What to do about a file whose shapes are `told`.
std::string advice(const GrlOptions& told) {
  const auto names = fitting_presets(told);
  if (!names.empty()) return "name the one it was trained with by --network: " + join(names);
  auto yaml = to_yaml(told);
  for (const char* key :
       {"window_size: ", "stripe_size: ", "stripe_shift: ", "anchor_window_down_factor: "}) {
    const auto at = yaml.find(key) + std::string_view(key).size();
    const auto end = yaml[at] == '[' ? yaml.find(']', at) + 1 : yaml.find(',', at);
    yaml.replace(at, end - at, yaml[at] == '[' ? "[?, ?]" : "?");
  }
  return "no preset has its shapes, so give --network '" + yaml + "' with values for each '?'";
}

/// Keeps what stands under the one prefix that makes it GRL's, and cuts the prefix.
void cut_prefix(Checkpoint& checkpoint) {
  const std::string mark = std::string("layers.0.blocks.0") + kQkv;
  std::vector<std::string> prefixes;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    if (name.ends_with(mark)) prefixes.push_back(name.substr(0, name.size() - mark.size()));
  }
  if (prefixes.size() != 1 || prefixes[0].empty() ||
      checkpoint.find(prefixes[0] + kFirst) == nullptr) {
    return;
  }
  const auto& prefix = prefixes[0];
  std::erase_if(checkpoint.tensors,
                [&](const auto& item) { return !item.first.starts_with(prefix); });
  for (auto& [name, tensor] : checkpoint.tensors) name.erase(0, prefix.size());
  checkpoint.wrapper += (checkpoint.wrapper.empty() ? "only " : "; only ") + prefix + "*";
}

}  // namespace

std::optional<Recognition> recognise_grl(Checkpoint& checkpoint) {
  cut_prefix(checkpoint);
  const Shapes shapes(checkpoint);
  const auto told = read_shapes(shapes);
  if (!told) return std::nullopt;
  if (const auto channels = shapes.size(kFirst, 1); channels != 3) {
    return Recognition{.unknown = "is a GRL network of in_channels " + std::to_string(channels) +
                                  ", and only 3 is supported"};
  }
  const bool is_vcisr = has_vcisr_wrapper(checkpoint);
  const auto tables = read_tables(shapes);
  if (tables.is_whole && tables.is_consistent) {
    const auto geometry = geometry_of_tables(shapes, tables.geometry, is_vcisr, told->upsampler);
    return Recognition{.yaml = to_yaml(with_geometry(*told, geometry.options)),
                       .source = geometry.is_shift_told
                                     ? "keys, shapes and tables"
                                     : "keys, shapes and tables; stripe_shift is a guess"};
  }
  const auto* preset = is_vcisr && !tables.is_whole ? vcisr_preset(*told) : nullptr;
  if (preset != nullptr && agrees(shapes, preset->options)) {
    return Recognition{.yaml = to_yaml(preset->options), .source = "VCISR's wrapper"};
  }
  const std::string reason = tables.is_consistent ? "which the shapes of its parameters do not tell"
                                                  : "of which its tables contradict each other";
  return Recognition{.unknown =
                         "is a GRL network of unknown geometry (windows, stripes, anchors), " +
                         reason + "; " + advice(*told)};
}

std::string spell_out(const Config& config) { return to_yaml(read_options(config)); }

std::string contradiction(const Checkpoint& checkpoint, const Config& config) {
  const auto told = read_shapes(Shapes(checkpoint));
  if (!told) return "";
  const auto [asked, has] = differences(read_options(config), *told);
  if (asked.empty()) return "";
  const auto names = fitting_presets(*told);
  return join(asked) + ", but the parameters have " + join(has) +
         (names.empty() ? "" : " (presets that fit: " + join(names) + ")");
}

}  // namespace vcisr::networks::grl
