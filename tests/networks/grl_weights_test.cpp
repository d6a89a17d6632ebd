// SPDX-License-Identifier: Apache-2.0
// From a weight file to GRL: its windows, stripes and anchors leave no trace in the parameters.
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/types.h>

#include "networks/grl/grl_options.h"
#include "support/hash_rule.h"
#include "support/model_files.h"
#include "support/temp_folder.h"
#include "support/warnings_are_failures.h"
#include "vcisr/core/error.h"
#include "vcisr/networks/weights.h"

namespace vcisr::networks {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using tests::TempFolder;

constexpr const char* kVcisrWrapper = "model_state_dict; prefix _orig_mod.";
constexpr const char* kNoPreset =
    "{type: grl, upscale: 2, embed_dim: 36, depths: [2, 1], num_heads_window: [2, 3], "
    "num_heads_stripe: [3, 2], window_size: 16, stripe_size: [8, 32], stripe_shift: true, "
    "anchor_window_down_factor: 4, mlp_ratio: 3, upsampler: pixelshuffledirect}";

const grl::GrlOptions& options_of(const std::string& preset) {
  return grl::find_preset(preset)->options;
}

std::string yaml_of(const std::string& preset) { return grl::to_yaml(options_of(preset)); }

/// The parameters alone, as a converter leaves them.
Checkpoint weights_of(const std::string& yaml) {
  const auto network = registry().make(Config::parse(yaml));
  Checkpoint checkpoint;
  for (const auto& item : network->named_parameters()) {
    checkpoint.tensors.emplace_back(item.key(), item.value().detach());
  }
  return checkpoint;
}

/// The same of a preset, all zero.
Checkpoint preset_weights(const std::string& preset) {
  static std::map<std::string, Checkpoint> known;
  const auto [found, is_new] = known.try_emplace(preset);
  if (is_new) {
    found->second = weights_of("{type: " + preset + "}");
    for (auto& [name, tensor] : found->second.tensors) {
      tensor = torch::zeros({1}).expand(tensor.sizes());  // Takes no memory.
    }
  }
  return found->second;
}

/// What the published program registers beside the parameters, for square pictures of that edge:
/// names, types and shapes. The values are one number each.
void add_tables(Checkpoint& checkpoint, const grl::GrlOptions& o, std::int64_t picture) {
  const std::int64_t factor = o.anchor_window_down_factor;
  const std::int64_t window = o.window_size * o.window_size;
  std::int64_t size[2];
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const auto groups = o.stripe_groups[axis];
    size[axis] = groups == 0 ? o.stripe_size[axis] : picture / groups;
  }
  const std::int64_t tokens = size[0] * size[1];
  const std::int64_t anchors = tokens / (factor * factor);
  const std::int64_t windows = picture * picture / window;
  const std::int64_t stripes = picture * picture / tokens;
  const auto offsets = [&](int axis) { return size[axis] + size[axis] / factor - 1; };
  const auto add = [&](const char* name, torch::Dtype type, std::vector<std::int64_t> shape) {
    checkpoint.tensors.emplace_back(name, torch::full({1}, 7, type).expand(shape));
  };
  add("table_w", torch::kFloat32, {1, 2 * o.window_size - 1, 2 * o.window_size - 1, 2});
  add("table_sh", torch::kFloat32, {1, offsets(0), offsets(1), 2});
  add("table_sv", torch::kFloat32, {1, offsets(1), offsets(0), 2});
  add("index_w", torch::kInt64, {window, window});
  add("mask_w", torch::kFloat32, {windows, window, window});
  for (const std::string side : {"sh", "sv"}) {
    add(("index_" + side + "_a2w").c_str(), torch::kInt64, {anchors, tokens});
    add(("index_" + side + "_w2a").c_str(), torch::kInt64, {tokens, anchors});
    add(("mask_" + side + "_a2w").c_str(), torch::kFloat32, {stripes, anchors, tokens});
    add(("mask_" + side + "_w2a").c_str(), torch::kFloat32, {stripes, tokens, anchors});
  }
}

void drop(Checkpoint& checkpoint, const std::string& name) {
  ASSERT_EQ(std::erase_if(checkpoint.tensors, [&](const auto& item) { return item.first == name; }),
            1u);
}

template <class Function>
std::string failure(Function&& function) {
  try {
    function();
    return "";
  } catch (const CheckpointError& error) {
    return error.what();
  }
}

std::string refusal(const Checkpoint& checkpoint, const std::string& network = "") {
  return failure([&] { (void)load_network(checkpoint, network, "file"); });
}

TEST(RecogniseGrl, TellsEveryPresetFromShapesAndTables) {
  for (const auto& preset : grl::presets()) {
    auto checkpoint = preset_weights(preset.name);
    EXPECT_FALSE(recognise(checkpoint)) << preset.name;
    add_tables(checkpoint, preset.options, 4 * preset.options.pad_multiple());
    const auto guess = recognise(checkpoint);
    ASSERT_TRUE(guess) << preset.name;
    EXPECT_EQ(guess->yaml, grl::to_yaml(preset.options));
    EXPECT_EQ(guess->source, "keys, shapes and tables");
  }
}

TEST(RecogniseGrl, TellsWhatIsNoPresetFromShapesAndTables) {
  auto checkpoint = weights_of(kNoPreset);
  const auto options = grl::read_options(Config::parse(kNoPreset));
  add_tables(checkpoint, options, 64);
  EXPECT_EQ(recognise(checkpoint)->yaml, grl::to_yaml(options));
  // A published geometry under other parameters: the groups of the YAML files.
  auto grouped = options_of("grl_small_restore");
  auto tiny = preset_weights("grl_tiny_sr_x4");
  add_tables(tiny, grouped, 128);
  auto expected = options_of("grl_tiny_sr_x4");
  expected.window_size = 8;
  expected.stripe_size = {8, 0};
  expected.stripe_groups = {0, 4};
  EXPECT_EQ(recognise(tiny)->yaml, grl::to_yaml(expected));
  drop(tiny, "mask_w");  // Without it nothing tells the picture's size.
  EXPECT_EQ(recognise(tiny)->yaml, grl::to_yaml(expected));
}

TEST(RecogniseGrl, VcisrsWrapperTellsVcisrsGeometry) {
  for (const std::string name : {"vcisr_small_x4", "vcisr_base_x4", "grl_base_bsr_x4"}) {
    auto checkpoint = preset_weights(name);
    for (const std::string wrapper : {kVcisrWrapper, "model_state_dict"}) {
      checkpoint.wrapper = wrapper;
      const auto guess = recognise(checkpoint);
      ASSERT_TRUE(guess) << name;
      EXPECT_EQ(guess->yaml, yaml_of(name));
      EXPECT_EQ(guess->source, "VCISR's wrapper");
    }
    for (const std::string wrapper : {"", "state_dict", "params; prefix _orig_mod."}) {
      checkpoint.wrapper = wrapper;
      EXPECT_FALSE(recognise(checkpoint)) << wrapper;
    }
  }
  // Networks that VCISR does not train.
  auto other = preset_weights("grl_small_sr_x2");
  other.wrapper = kVcisrWrapper;
  EXPECT_FALSE(recognise(other));
}

TEST(RecogniseGrl, TablesGoBeforeTheWrapper) {
  auto checkpoint = preset_weights("vcisr_small_x4");
  checkpoint.wrapper = kVcisrWrapper;
  auto wider = options_of("vcisr_small_x4");
  wider.window_size = 16;
  wider.stripe_size = {16, 16};
  add_tables(checkpoint, wider, 144);
  EXPECT_EQ(recognise(checkpoint)->yaml, grl::to_yaml(wider));
  // Elsewhere stripes of a geometry that nobody published are shifted, as upstream.
  checkpoint.wrapper = "state_dict";
  wider.stripe_shift = true;
  EXPECT_EQ(recognise(checkpoint)->yaml, grl::to_yaml(wider));
  EXPECT_EQ(recognise(checkpoint)->source, "keys, shapes and tables; stripe_shift is a guess");
}

TEST(RecogniseGrl, DoesNotBelieveTablesThatContradictEachOtherOrTheWrapper) {
  auto checkpoint = preset_weights("vcisr_small_x4");
  checkpoint.wrapper = kVcisrWrapper;
  add_tables(checkpoint, options_of("grl_small_sr_x4"), 64);
  EXPECT_EQ(recognise(checkpoint)->yaml, yaml_of("grl_small_sr_x4"));
  drop(checkpoint, "index_sh_a2w");  // What is left is not VCISR's.
  EXPECT_THAT(refusal(checkpoint), HasSubstr("which the shapes of its parameters do not tell"));

  checkpoint = preset_weights("vcisr_small_x4");
  checkpoint.wrapper = kVcisrWrapper;
  add_tables(checkpoint, options_of("vcisr_small_x4"), 144);
  drop(checkpoint, "index_sh_a2w");
  EXPECT_EQ(recognise(checkpoint)->source, "VCISR's wrapper");
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{8, 64}, {16, 60}, {0, 0}, {1}, {1 << 20, 1 << 20}}) {
    auto broken = checkpoint;
    broken.tensors.emplace_back("index_sh_a2w", torch::zeros({1}, torch::kInt64).expand(shape));
    EXPECT_EQ(refusal(broken),
              "file: is a GRL network of unknown geometry (windows, stripes, anchors), of which "
              "its tables contradict each other; name the one it was trained with by --network: "
              "vcisr_small_x4, grl_small_sr_x4");
  }
}

TEST(RecogniseGrl, SaysWhichPresetsFitWhereNothingTellsTheGeometry) {
  EXPECT_EQ(refusal(preset_weights("grl_base_sr_x4")),
            "file: is a GRL network of unknown geometry (windows, stripes, anchors), which the "
            "shapes of its parameters do not tell; name the one it was trained with by --network: "
            "vcisr_base_x4, grl_base_sr_x4");
  // A name without a geometry tells no more than the file.
  EXPECT_THAT(refusal(preset_weights("grl_small_jpeg"), "GRL"),
              EndsWith("by --network: grl_small_restore, grl_small_jpeg"));
  EXPECT_THAT(refusal(weights_of(kNoPreset)),
              EndsWith("no preset has its shapes, so give --network '{type: grl, upscale: 2, "
                       "embed_dim: 36, depths: [2, 1], num_heads_window: [2, 3], "
                       "num_heads_stripe: [3, 2], window_size: ?, stripe_size: [?, ?], "
                       "stripe_groups: [0, 0], stripe_shift: ?, anchor_window_down_factor: ?, "
                       "mlp_ratio: 3, local_connection: false, upsampler: \"pixelshuffledirect\", "
                       "drop_path_rate: 0.1}' "
                       "with values for each '?'"));
  auto grey = preset_weights("vcisr_small_x4");
  for (auto& [name, tensor] : grey.tensors) {
    if (name == "conv_first.weight") tensor = tensor.slice(1, 0, 1);
  }
  EXPECT_EQ(refusal(grey), "file: is a GRL network of in_channels 1, and only 3 is supported");
}

TEST(RecogniseGrl, LeavesOtherNetworksAlone) {
  for (const char* missing : {"conv_first.weight", "conv_last.weight",
                              "layers.0.blocks.0.attn.stripe_attn.attn_transform1.logit_scale"}) {
    auto checkpoint = preset_weights("grl_small_jpeg");
    drop(checkpoint, missing);
    EXPECT_THAT(refusal(checkpoint), StartsWith("file: its network is not recognised")) << missing;
  }
  auto steps = preset_weights("vcisr_small_x4");
  for (int i = 4; i < 200; i += 2) {
    steps.tensors.emplace_back("upsample.up." + std::to_string(i) + ".weight", torch::zeros({1}));
  }
  EXPECT_FALSE(recognise(steps));
}

TEST(LoadGrl, APresetIsFollowedAndSpeltOut) {
  const auto checkpoint = preset_weights("grl_small_sr_x4");
  for (const std::string name : {"vcisr_small_x4", "grl_small_sr_x4"}) {
    for (const std::string& network : {name, "{type: " + name + "}"}) {
      const auto loaded = load_network(checkpoint, network, "file");
      EXPECT_EQ(loaded.guess.yaml, yaml_of(name));
      EXPECT_EQ(loaded.guess.source, "--network");
      EXPECT_EQ(loaded.preset.name, name);
      EXPECT_FALSE(loaded.preset.summary.empty());
      EXPECT_EQ(loaded.parameter_count, 3487715);
    }
  }
  const auto loaded = load_network(checkpoint, "{type: vcisr_small_x4, window_size: 16}", "file");
  EXPECT_THAT(loaded.guess.yaml, HasSubstr("window_size: 16, stripe_size: [8, 8]"));
  EXPECT_EQ(loaded.preset.name, "");
  EXPECT_THROW((void)load_network(checkpoint, "{type: vcisr_small_x4, window: 16}", "file"),
               ConfigError);
}

TEST(LoadGrl, SaysWhatAPresetAndTheFileDisagreeIn) {
  const auto checkpoint = preset_weights("grl_small_sr_x2");
  EXPECT_EQ(refusal(checkpoint, "vcisr_small_x4"),
            "file: --network asks for upscale 4, but the parameters have upscale 2 (presets that "
            "fit: grl_small_sr_x2)");
  EXPECT_EQ(refusal(checkpoint, "grl_base_bsr_x4"),
            "file: --network asks for upscale 4, embed_dim 180, depths [4, 4, 8, 8, 8, 4, 4], "
            "num_heads_window [3, 3, 3, 3, 3, 3, 3], num_heads_stripe [3, 3, 3, 3, 3, 3, 3], "
            "local_connection true, upsampler \"nearest+conv\", but the parameters have upscale 2, "
            "embed_dim 128, depths [4, 4, 4, 4], num_heads_window [2, 2, 2, 2], num_heads_stripe "
            "[2, 2, 2, 2], local_connection false, upsampler \"pixelshuffle\" (presets that fit: "
            "grl_small_sr_x2)");
  EXPECT_EQ(refusal(weights_of(kNoPreset),
                    "{type: grl_tiny_sr_x4, embed_dim: 36, depths: [2, 1], "
                    "num_heads_window: [2, 3], num_heads_stripe: [3, 2]}"),
            "file: --network asks for upscale 4, mlp_ratio 2, but the parameters have upscale 2, "
            "mlp_ratio 3");
  auto described = checkpoint;
  described.metadata = {{"architecture", "grl"}, {"options", "{upscale: 3}"}};
  EXPECT_THAT(refusal(described), StartsWith("file: it says to have upscale 3, but the param"));
  EXPECT_THAT(failure([] { (void)load_network("vcisr_small_x4", "", {}); }),
              EndsWith("as the model and --network vcisr_small_x4"));
}

TEST(LoadGrl, IgnoresPublishedBuffers) {
  auto checkpoint = weights_of("{type: vcisr_small_x4}");
  const auto bare = checkpoint;
  add_tables(checkpoint, options_of("vcisr_small_x4"), 144);
  const auto with_buffers = load_network(checkpoint, "", "file");
  EXPECT_EQ(with_buffers.network->named_buffers().size(), 0u);
  const auto without = load_network(bare, "vcisr_small_x4", "file");
  prepare_for_inference(*with_buffers.network, torch::kCPU, torch::kFloat32);
  prepare_for_inference(*without.network, torch::kCPU, torch::kFloat32);
  const auto lq = tests::hash_image("buffers", {1, 1, 3, 8, 16});
  EXPECT_TRUE(torch::equal(with_buffers.network->forward(lq), without.network->forward(lq)));
}

TEST(LoadGrl, WarnsWhereTheFileTellsAnotherGeometryThanIsAskedFor) {
  auto checkpoint = preset_weights("vcisr_small_x4");
  checkpoint.wrapper = kVcisrWrapper;
  (void)load_network(checkpoint, "vcisr_small_x4", "file");
  const tests::ExpectedWarnings warnings;
  const auto loaded = load_network(checkpoint, "grl_small_sr_x4", "file");
  EXPECT_EQ(loaded.preset.name, "grl_small_sr_x4");
  ASSERT_EQ(warnings.messages().size(), 1u);
  EXPECT_THAT(warnings.messages()[0],
              HasSubstr("file: --network is followed, although the file tells other options (by "
                        "VCISR's wrapper): {type: grl, "));
  // Metadata that are broken cannot keep anybody from saying what the file is.
  checkpoint.metadata = {{"architecture", "grl"}, {"options", "{upscale"}};
  EXPECT_THAT(refusal(checkpoint), HasSubstr("no {key: value, ...}"));
  EXPECT_EQ(refusal(checkpoint, "vcisr_small_x4"), "");
  EXPECT_EQ(warnings.messages().size(), 1u);
}

TEST(DescribeGrl, WritesTheWholeGeometryOfAPreset) {
  const TempFolder folder;
  for (const std::string name : {"vcisr_small_x4", "grl_small_restore"}) {
    auto checkpoint = preset_weights(name);
    describe_network(checkpoint, {"{type: " + name + "}", "--network"}, 4);
    EXPECT_EQ(checkpoint.metadata.at("arch"), "grl");
    EXPECT_EQ(checkpoint.metadata.at("options"), yaml_of(name));
    tensorfile::write_safetensors(folder / name, checkpoint, false);
    const auto loaded = load_network((folder / name).string(), "", {});
    EXPECT_EQ(loaded.guess.source, "metadata");
    EXPECT_EQ(loaded.guess.yaml, yaml_of(name));
    EXPECT_EQ(loaded.preset.name, name);
    const auto arguments = nlohmann::json::parse(checkpoint.metadata.at("args"));
    const auto& options = options_of(name);
    EXPECT_EQ(arguments["window_size"], options.window_size);
    EXPECT_EQ(arguments["stripe_size"], options.stripe_size);
    EXPECT_EQ(arguments["stripe_groups"], options.stripe_groups);
    EXPECT_EQ(arguments["stripe_shift"], options.stripe_shift);
    EXPECT_EQ(arguments["anchor_window_down_factor"], options.anchor_window_down_factor);
    // Metadata go before tables.
    add_tables(checkpoint, options_of("grl_small_sr_x4"), 64);
    EXPECT_EQ(load_network(checkpoint, "", "file").guess.yaml, yaml_of(name));
  }
  // Others may name the preset alone.
  auto checkpoint = preset_weights("grl_small_sr_x4");
  checkpoint.metadata = {{"architecture", "grl_small_sr_x4"}, {"options", "{}"}};
  EXPECT_EQ(load_network(checkpoint, "", "file").guess.yaml, yaml_of("grl_small_sr_x4"));
}

// As Lightning leaves it: the network under a prefix beside a loss's, a configuration object of a
// class that is not installed here, states of optimisers and callbacks.
constexpr const char* kLightning = R"(
import sys, types, typing, torch
from collections import OrderedDict, defaultdict
def foreign(module, name, base=object):
    parts = module.split('.')
    for i in range(1, len(parts) + 1):
        sys.modules.setdefault('.'.join(parts[:i]), types.ModuleType('.'.join(parts[:i])))
    made = type(name, (base,), {'__module__': module})
    setattr(sys.modules[module], name, made)
    return made()
config = foreign('omegaconf.dictconfig', 'DictConfig')
metadata = foreign('omegaconf.base', 'ContainerMetadata')
metadata.__dict__.update(ref_type=typing.Any, element_type=int, resolver_cache=defaultdict(dict))
config.__dict__.update(_metadata=metadata, _parent=config, _content={'window_size': foreign('omegaconf.nodes', 'AnyNode')})
hyper = foreign('pytorch_lightning.utilities.parsing', 'AttributeDict', dict)
hyper['cfg'] = config
weights = torch.load(sys.argv[1], weights_only=True)['params']
for prefix, name in (('model_g.', 'bsr'), ('model.', 'sr')):
    state = OrderedDict((prefix + k, v) for k, v in weights.items())
    state['loss_fn.vgg.0.weight'] = torch.zeros(4, 3, 3, 3)
    if prefix == 'model_g.': state['model_d.conv0.weight'] = torch.zeros(4, 3, 3, 3)
    torch.save({'epoch': 3, 'pytorch-lightning_version': '1.8.6', 'state_dict': state, 'hparams_name': 'cfg', 'hyper_parameters': hyper,
                'callbacks': {"ModelCheckpoint{'monitor': None}": {'best_model_score': torch.tensor(1.)}},
                'optimizer_states': [{'state': {0: {'step': torch.tensor(1.)}}, 'param_groups': [{'lr': 1e-4, 'betas': (.9, .99)}]}],
                'lr_schedulers': [{'milestones': defaultdict(int), 'types': [str, range, set]}]}, sys.argv[2] + '/' + name + '.ckpt')
)";

TEST(LoadGrl, FromLightningFiles) {
  if (!tests::has_python()) GTEST_SKIP() << "LibTorch has no Python beside it";
  const TempFolder folder;
  const auto checkpoint = weights_of(kNoPreset);
  tensorfile::write_pth(folder / "plain.pth", checkpoint, false);
  tests::python(kLightning, {(folder / "plain.pth").string(), folder.path().string()});
  for (const std::string name : {"bsr", "sr"}) {
    const auto path = (folder / (name + ".ckpt")).string();
    auto read = tensorfile::read_checkpoint(path);
    EXPECT_THAT(read.wrapper, StartsWith("state_dict"));
    EXPECT_FALSE(recognise(read));
    tests::expect_same_tensors(checkpoint, read);
    EXPECT_THAT(failure([&] { (void)load_network(path, "", {}); }),
                HasSubstr("ckpt: is a GRL network of unknown geometry"));
    EXPECT_EQ(load_network(path, kNoPreset, {}).network->scale(), 2);
  }
}

TEST(Registry, ListsPresetsThatAreAliases) {
  const auto* entry = registry().find("grl");
  ASSERT_EQ(entry->presets.size(), grl::presets().size());
  for (const auto& preset : entry->presets) {
    EXPECT_EQ(registry().find(preset.name), entry);
    EXPECT_FALSE(preset.summary.empty());
  }
}

}  // namespace
}  // namespace vcisr::networks
