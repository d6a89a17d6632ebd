// SPDX-License-Identifier: Apache-2.0
#include "vcisr/networks/weights.h"

#include <filesystem>
#include <regex>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "support/hash_rule.h"
#include "support/model_files.h"
#include "support/temp_folder.h"
#include "vcisr/core/error.h"

namespace vcisr::networks {
namespace {

using tests::TempFolder;

constexpr const char* kCompact = "{type: srvgg_compact, num_feat: 8, num_conv: 3, scale: 2}";
constexpr const char* kRrdb = "{type: rrdbnet, num_feat: 8, num_grow_ch: 4, num_block: 2, scale: ";

NetworkPtr make_filled(const std::string& yaml) {
  auto network = registry().make(Config::parse(yaml));
  tests::fill_by_hash_rule(*network);
  return network;
}

Checkpoint weights_of(const std::string& yaml) {
  Checkpoint checkpoint;
  const auto network = make_filled(yaml);
  for (const auto& item : network->named_parameters()) {
    checkpoint.tensors.emplace_back(item.key(), item.value().detach());
  }
  return checkpoint;
}

void rename(Checkpoint& checkpoint,
            const std::vector<std::pair<std::string, std::string>>& replacements) {
  for (auto& [name, tensor] : checkpoint.tensors) {
    for (const auto& [from, to] : replacements) {
      name = std::regex_replace(name, std::regex(from), to);
    }
  }
}

Checkpoint with_prefix(Checkpoint checkpoint, const std::string& prefix) {
  for (auto& [name, tensor] : checkpoint.tensors) name.insert(0, prefix);
  return checkpoint;
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

torch::Tensor restore(const LoadedNetwork& loaded) {
  const torch::InferenceMode guard;
  return loaded.network->forward(tests::hash_image("weights", {1, 1, 3, 9, 10}));
}

TEST(Recognise, TellsTheNetworkFromKeysAndShapes) {
  for (const std::string& yaml :
       {std::string(kCompact),
        std::string("{type: srvgg_compact, num_feat: 6, num_conv: 0, "
                    "scale: 4}"),
        kRrdb + std::string("4}"), kRrdb + std::string("2}"), kRrdb + std::string("1}")}) {
    auto checkpoint = weights_of(yaml);
    const auto guess = recognise(checkpoint);
    ASSERT_TRUE(guess) << yaml;
    EXPECT_EQ(guess->yaml, yaml);
    EXPECT_EQ(guess->source, "keys and shapes");
  }
  Checkpoint other;
  other.tensors = {{"conv.weight", torch::zeros({3, 3, 3, 3})}};
  EXPECT_FALSE(recognise(other));
}

TEST(Recognise, BringsBothOlderSchemesOfEsrganToOurNames) {
  const std::string yaml = kRrdb + std::string("4}");
  const auto ours = weights_of(yaml);
  auto second = ours;
  rename(second, {{"^body\\.(\\d+)\\.rdb", "RRDB_trunk.$1.RDB"},
                  {"^conv_body", "trunk_conv"},
                  {"^conv_up", "upconv"},
                  {"^conv_hr", "HRconv"}});
  ASSERT_NE(second.find("RRDB_trunk.1.RDB3.conv5.weight"), nullptr);
  auto first = ours;
  rename(first, {{"^body\\.(\\d+)\\.rdb(\\d)\\.conv(\\d)", "model.1.sub.$1.RDB$2.conv$3.0"},
                 {"^conv_body", "model.1.sub.2"},
                 {"^conv_first", "model.0"},
                 {"^conv_up1", "model.3"},
                 {"^conv_up2", "model.6"},
                 {"^conv_hr", "model.8"},
                 {"^conv_last", "model.10"}});
  ASSERT_NE(first.find("model.1.sub.1.RDB3.conv5.0.weight"), nullptr);
  const TempFolder folder;
  for (auto* theirs : {&first, &second}) {
    // Through a file: `model.` must not be cut as a wrapper's prefix.
    tensorfile::write_pth(folder / "theirs.pth", *theirs, true);
    auto checkpoint = tensorfile::read_checkpoint(folder / "theirs.pth");
    const auto guess = recognise(checkpoint);
    ASSERT_TRUE(guess);
    EXPECT_EQ(guess->yaml, yaml);
    tests::expect_same_tensors(ours, checkpoint);
  }
}

TEST(Recognise, BelievesMetadataFirst) {
  auto checkpoint = weights_of(kCompact);
  checkpoint.metadata = {{"architecture", "SRVGGNetCompact"},
                         {"options", R"({"num_feat": 8, "num_conv": 3, "scale": 2})"}};
  auto guess = recognise(checkpoint);
  ASSERT_TRUE(guess);
  EXPECT_EQ(guess->source, "metadata");
  EXPECT_EQ(Config::parse(guess->yaml).get<std::string>("type"), "srvgg_compact");
  EXPECT_GT(load_network(checkpoint, "", "memory").parameter_count, 0);
  // What names no network of ours says nothing.
  checkpoint.metadata["architecture"] = "SomethingElse";
  guess = recognise(checkpoint);
  ASSERT_TRUE(guess);
  EXPECT_EQ(guess->source, "keys and shapes");
}

TEST(LoadNetwork, GivesTheSameBytesFromEveryFile) {
  const TempFolder folder;
  const auto checkpoint = weights_of(kCompact);
  const auto expected = restore({.network = make_filled(kCompact)});
  tensorfile::write_pth(folder / "a.pth", checkpoint, false);
  tensorfile::write_safetensors(folder / "a.safetensors", checkpoint, false);
  tensorfile::write_pth(folder / "prefixed.pth", with_prefix(checkpoint, "_orig_mod.module."),
                        false);
  tensorfile::write_safetensors(folder / "lightning.safetensors",
                                with_prefix(checkpoint, "model_g."), false);
  tensorfile::write_pth(folder / "extensionless", with_prefix(checkpoint, "module.netG."), false);
  for (const auto& name : folder.names()) {
    const auto loaded = load_network((folder / name).string(), "", std::nullopt);
    EXPECT_TRUE(torch::equal(restore(loaded), expected)) << name;
    EXPECT_EQ(loaded.parameter_count, count_parameters(*loaded.network));
    EXPECT_EQ(loaded.guess.yaml, kCompact);
  }
}

TEST(LoadNetwork, TakesTheGeneratorOutOfAGanCheckpoint) {
  const TempFolder folder;
  auto checkpoint = with_prefix(weights_of(kCompact), "model_g.");
  checkpoint.tensors.emplace_back("model_d.conv.weight", torch::zeros({2, 2}));
  tensorfile::write_pth(folder / "gan.ckpt", checkpoint, false);
  EXPECT_EQ(tensorfile::read_checkpoint(folder / "gan.ckpt").wrapper,
            "params; only model_g.*, prefix model_g.");
  EXPECT_EQ(load_network((folder / "gan.ckpt").string(), "", 4).guess.yaml, kCompact);
}

TEST(LoadNetwork, WidensHalfPrecisionWeights) {
  auto checkpoint = weights_of(kCompact);
  for (auto& [name, tensor] : checkpoint.tensors) tensor = tensor.to(torch::kFloat16);
  const auto loaded = load_network(checkpoint, "", "memory");
  EXPECT_EQ(loaded.network->parameters()[0].scalar_type(), torch::kFloat32);
  EXPECT_TRUE(torch::equal(loaded.network->parameters()[0],
                           checkpoint.tensors[0].second.to(torch::kFloat32)));
}

TEST(LoadNetwork, ByNameWithoutWeights) {
  EXPECT_EQ(load_network("identity", "", 3).network->scale(), 1);
  EXPECT_EQ(load_network("bicubic", "", std::nullopt).network->scale(), 2);
  EXPECT_EQ(load_network("bicubic", "", 3).network->scale(), 3);
  EXPECT_NE(failure([] { (void)load_network("rrdbnet", "", {}); }).find("needs weights"),
            std::string::npos);
  const auto text = failure([] { (void)load_network("bicubi", "", {}); });
  EXPECT_NE(text.find("did you mean 'bicubic'?"), std::string::npos) << text;
  EXPECT_NE(failure([] { (void)load_network("weights/x.pth", "", {}); }).find("no such file"),
            std::string::npos);
}

TEST(LoadNetwork, AnExistingFileWinsOverAName) {
  const TempFolder folder;
  tensorfile::write_pth(folder / "bicubic", weights_of(kCompact), false);
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const auto loaded = load_network("bicubic", "", std::nullopt);
  std::filesystem::current_path(before);
  EXPECT_EQ(loaded.guess.yaml, kCompact);
}

TEST(LoadNetwork, UsesTheNetworkThatIsNamed) {
  const auto checkpoint = weights_of(kCompact);
  for (const std::string& network :
       {std::string("srvgg_compact"), std::string("SRVGGNetCompact"), std::string(kCompact)}) {
    const auto loaded = load_network(checkpoint, network, "memory");
    EXPECT_EQ(loaded.guess.yaml, kCompact);
    EXPECT_EQ(loaded.guess.source, "--network");
  }
  EXPECT_NE(failure([&] {
              (void)load_network(checkpoint, "srvgg", "memory");
            }).find("memory: unknown network 'srvgg'"),
            std::string::npos);
  EXPECT_NE(failure([&] {
              (void)load_network(checkpoint, "rrdbnet", "memory");
            }).find("do not fit the network"),
            std::string::npos);
  EXPECT_THROW((void)load_network(checkpoint, "{type: srvgg_compact, scal: 2}", "memory"),
               ConfigError);
  Checkpoint other;
  other.tensors = {{"conv.weight", torch::zeros({3, 3, 3, 3})}};
  EXPECT_NE(failure([&] {
              (void)load_network(other, "", "memory");
            }).find("memory: its network is not recognised; name it with --network (bicubic"),
            std::string::npos);
}

TEST(LoadNetwork, RefusesMetadataThatDescribeNoNetworkOrATooLargeOne) {
  auto checkpoint = weights_of(kCompact);
  for (const auto& [options, reason] : std::vector<std::pair<std::string, std::string>>{
           {"{num_feats: 8}", "describes no network"},
           {"{num_feat: [8}", "no YAML"},
           {"num_feat", "no {key: value, ...}"},
           {"", ""},
           {"{num_feat: 8, num_conv: 2, scale: 2}", "do not fit"},
           {"{num_feat: 1024, num_conv: 256, scale: 8}", "far more than its own tensors have"}}) {
    checkpoint.metadata = {{"architecture", "srvgg_compact"}, {"options", options}};
    const auto text = failure([&] { (void)load_network(checkpoint, "", "memory"); });
    EXPECT_NE(text.find(reason), std::string::npos) << text;
    EXPECT_EQ(text.empty(), reason.empty()) << text;
  }
}

TEST(LoadParameters, ListsWhatIsMissingUnexpectedAndMisshapen) {
  auto network = registry().make(Config::parse(kCompact));
  auto checkpoint = weights_of(kCompact);
  checkpoint.tensors[0].first = "first.weight";
  checkpoint.tensors[1].second = torch::zeros({9});
  const auto text = failure([&] { load_parameters(*network, checkpoint); });
  EXPECT_NE(text.find("1 missing (body.0.weight), 1 unexpected (first.weight), 1 of another shape "
                      "(body.0.bias [9] instead of [8])"),
            std::string::npos)
      << text;
  const auto all = failure([&] { load_parameters(*network, Checkpoint{}); });
  EXPECT_NE(all.find("14 missing (body.0.weight, body.0.bias, body.1.weight, body.2.weight, ...)"),
            std::string::npos)
      << all;
}

TEST(LoadParameters, IgnoresDerivedBuffers) {
  auto network = registry().make(Config::parse(kCompact));
  auto checkpoint = weights_of(kCompact);
  for (const char* name : {"table_w", "index_sv_a2w", "mask_sh", "layers.0.attn_mask"}) {
    checkpoint.tensors.emplace_back(name, torch::zeros({2}));
  }
  load_parameters(*network, checkpoint);
  EXPECT_TRUE(torch::equal(network->parameters()[0], checkpoint.tensors[0].second));
  checkpoint.tensors.emplace_back("unmask_", torch::zeros({2}));
  EXPECT_THROW(load_parameters(*network, checkpoint), CheckpointError);
}

TEST(DescribeNetwork, LetsTheFileBeRecognisedWithoutItsShapes) {
  auto checkpoint = weights_of(kRrdb + std::string("2}"));
  checkpoint.metadata["licence"] = "BSD-3-Clause";
  describe_network(checkpoint, *recognise(checkpoint), 2);
  EXPECT_EQ(checkpoint.metadata.at("arch"), "rrdbnet");
  EXPECT_EQ(checkpoint.metadata.at("scale"), "2");
  EXPECT_EQ(checkpoint.metadata.at("licence"), "BSD-3-Clause");
  EXPECT_EQ(checkpoint.metadata.at("args"),
            R"({"num_feat":8,"num_grow_ch":4,"num_block":2,"scale":2})");
  const TempFolder folder;
  tensorfile::write_safetensors(folder / "a.safetensors", checkpoint, false);
  const auto loaded = load_network((folder / "a.safetensors").string(), "", std::nullopt);
  EXPECT_EQ(loaded.guess.source, "metadata");
  EXPECT_EQ(loaded.network->scale(), 2);
}

TEST(Interpolate, MixesKeyByKey) {
  Checkpoint a;
  Checkpoint b;
  a.tensors = {{"x", torch::tensor({1.0F, 2.0F})}, {"n", torch::tensor(3)}};
  b.tensors = {{"n", torch::tensor(5)}, {"x", torch::tensor({3.0F, 6.0F})}};
  const auto mixed = interpolate(a, b, 0.25);
  EXPECT_TRUE(torch::equal(*mixed.find("x"), torch::tensor({2.5F, 5.0F})));
  EXPECT_TRUE(torch::equal(*interpolate(a, b, 1).find("x"), *a.find("x")));
  EXPECT_TRUE(torch::equal(*interpolate(a, b, 0).find("x"), *b.find("x")));
  b.tensors[1].second = torch::zeros({3});
  EXPECT_NE(failure([&] { (void)interpolate(a, b, 0.5); }).find("'x' differs in shape"),
            std::string::npos);
  b.tensors[1].first = "y";
  EXPECT_NE(failure([&] { (void)interpolate(a, b, 0.5); }).find("'x' is in one only"),
            std::string::npos);
}

}  // namespace
}  // namespace vcisr::networks
