// SPDX-License-Identifier: Apache-2.0
#include "vcisr/networks/vgg_features.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/types.h>

#include "support/hash_rule.h"
#include "support/subprocess.h"
#include "support/temp_folder.h"
#include "support/training_networks.h"
#include "vcisr/core/error.h"

namespace vcisr::networks {
namespace {

using tests::hash_image;

/// Sets a variable of the environment, and sets it back.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() { old_ ? ::setenv(name_, old_->c_str(), 1) : ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

VggOptions first_layers() { return {.layers = {"relu1_2", "conv1_2", "pool1", "conv2_1"}}; }

const tensorfile::Checkpoint& weights() {
  static const auto all = tests::hashed_vgg19();
  return all;
}

TEST(VggFeatures, NamesLayersByTheirPlaceInTorchvision) {
  const auto& names = vgg19_layer_names();
  ASSERT_EQ(names.size(), 37u);
  const auto index = [&](const char* name) {
    return std::find(names.begin(), names.end(), name) - names.begin();
  };
  EXPECT_EQ(index("conv1_2"), 2);
  EXPECT_EQ(index("relu1_2"), 3);
  EXPECT_EQ(index("conv2_2"), 7);
  EXPECT_EQ(index("conv3_4"), 16);
  EXPECT_EQ(index("conv4_4"), 25);
  EXPECT_EQ(index("conv5_4"), 34);
  EXPECT_EQ(index("pool5"), 36);
}

TEST(VggFeatures, HasTheGoldensWeights) {
  std::ifstream file(VCISR_GOLDEN_DIR "/vcisr_training.json");
  const auto spots = nlohmann::json::parse(file).at("spot_checks").at("vgg");
  for (int i = 0; i < 3; ++i) {
    EXPECT_NEAR(weights().find("features.0.weight")->flatten()[i].item<double>(),
                spots.at("features.0.weight[0..2]")[i].get<double>(), 1e-8);
  }
  EXPECT_NEAR(weights().find("features.34.weight")->flatten()[1000].item<double>(),
              spots.at("features.34.weight[1000]").get<double>(), 1e-8);
  EXPECT_NEAR(weights().find("features.34.bias")->flatten()[5].item<double>(),
              spots.at("features.34.bias[5]").get<double>(), 1e-8);
}

TEST(VggFeatures, HandsOutLayersBeforeAndAfterTheirRelu) {
  VggFeatures network(first_layers(), weights());
  const auto found = network.forward(hash_image("picture", {2, 3, 9, 12}));
  ASSERT_EQ(found.size(), 4u);
  EXPECT_LT(found[1].min().item<double>(), 0);
  EXPECT_TRUE(torch::equal(found[0], found[1].relu()));
  EXPECT_TRUE(torch::equal(found[2], at::max_pool2d(found[0], 2, 2)));
  EXPECT_EQ(found[3].sizes(), (std::vector<std::int64_t>{2, 128, 4, 6}));
}

TEST(VggFeatures, IsCutAfterTheLastLayerWanted) {
  EXPECT_EQ(VggFeatures(first_layers(), weights()).parameters().size(), 6u);
  EXPECT_EQ(VggFeatures({.layers = {"conv1_1"}}, weights()).parameters().size(), 2u);
}

TEST(VggFeatures, NormalisesByImagenet) {
  const auto picture = hash_image("picture", {1, 3, 6, 6});
  VggFeatures network({.layers = {"conv1_1"}}, weights());
  VggFeatures plain({.layers = {"conv1_1"}, .use_input_norm = false}, weights());
  VggFeatures ranged({.layers = {"conv1_1"}, .range_norm = true}, weights());
  const auto mean = torch::tensor({0.485f, 0.456f, 0.406f}).view({1, 3, 1, 1});
  const auto deviation = torch::tensor({0.229f, 0.224f, 0.225f}).view({1, 3, 1, 1});
  const auto expected = network.forward(picture)[0];
  EXPECT_TRUE(torch::allclose(plain.forward((picture - mean) / deviation)[0], expected));
  EXPECT_TRUE(torch::allclose(ranged.forward(2 * picture - 1)[0], expected, 1e-5, 1e-5));
}

TEST(VggFeatures, SeesBlueFirstAsPublishedWhereAsked) {
  const auto rgb = hash_image("picture", {1, 3, 6, 6});
  VggFeatures plain({.layers = {"conv1_1"}}, weights());
  VggFeatures published({.layers = {"conv1_1"}, .channel_order = VggChannelOrder::kAsPublished},
                        weights());
  EXPECT_TRUE(torch::equal(published.forward(rgb)[0], plain.forward(rgb.flip(1))[0]));
  EXPECT_FALSE(torch::allclose(published.forward(rgb)[0], plain.forward(rgb)[0]));
}

TEST(VggFeatures, IsFrozenButLetsGradientsThrough) {
  VggFeatures network(first_layers(), weights());
  network.train();
  const auto picture = hash_image("picture", {1, 3, 8, 8}).requires_grad_(true);
  network.forward(picture)[3].sum().backward();
  EXPECT_GT(picture.grad().abs().sum().item<double>(), 0);
  for (const auto& parameter : network.parameters()) EXPECT_FALSE(parameter.requires_grad());
}

TEST(VggFeatures, RefusesWhatItCannotUse) {
  EXPECT_THROW(VggFeatures({.layers = {}}, weights()), ConfigError);
  EXPECT_THROW(VggFeatures({.layers = {"conv3_5"}}, weights()), ConfigError);
  EXPECT_THROW(VggFeatures(first_layers(), tensorfile::Checkpoint{}), CheckpointError);
  tensorfile::Checkpoint other;
  other.tensors.emplace_back("features.0.weight", torch::zeros({64, 3, 5, 5}));
  EXPECT_THROW(VggFeatures(first_layers(), other), CheckpointError);
  VggFeatures deep({.layers = {"conv2_1"}}, weights());
  EXPECT_THROW((void)deep.forward(torch::zeros({1, 3, 1, 4})), c10::Error);
}

TEST(VggWeights, AreLookedForInThreePlaces) {
  const tests::TempFolder folder;
  const Variable home("HOME", (folder / "home").string());
  const Variable given("VCISR_WEIGHTS", (folder / "weights").string());
  try {
    (void)load_vgg19(first_layers());
    FAIL() << "no error";
  } catch (const CheckpointError& error) {
    const std::string text = error.what();
    for (const auto& part :
         {(folder / "weights/vgg19-dcbb9e9d.pth").string(), std::string("weights/vgg19-"),
          (folder / "home/.cache/torch/hub/checkpoints/vgg19-dcbb9e9d.pth").string(),
          std::string("https://download.pytorch.org/models/vgg19-dcbb9e9d.pth")}) {
      EXPECT_NE(text.find(part), std::string::npos) << text;
    }
  }
  EXPECT_THROW((void)find_vgg19_weights(folder / "none.pth"), CheckpointError);
  std::filesystem::create_directories(folder / "home/.cache/torch/hub/checkpoints");
  const auto path = folder / "home/.cache/torch/hub/checkpoints/vgg19-dcbb9e9d.pth";
  tensorfile::Checkpoint some;
  for (const auto& item : weights().tensors) {
    if (item.second.numel() < 300000) some.tensors.push_back(item);
  }
  tensorfile::write_pth(path, some, false);
  EXPECT_EQ(find_vgg19_weights(), path);
  const auto picture = hash_image("picture", {1, 3, 8, 8});
  EXPECT_TRUE(torch::equal(load_vgg19(first_layers())->forward(picture)[3],
                           VggFeatures(first_layers(), weights()).forward(picture)[3]));
  try {
    (void)load_vgg19({.layers = {"conv5_4"}});
    FAIL() << "no error";
  } catch (const CheckpointError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with(path.string())) << error.what();
  }
}

// Its own random weights, saved under its own names.
constexpr const char* kTorchvision = R"(
import sys, torch
try:
    from torchvision.models import vgg
except ImportError:
    sys.exit(7)
torch.manual_seed(7)
features = vgg.make_layers(vgg.cfgs['E'])
state = {'features.' + k: v for k, v in features.state_dict().items()}
state['classifier.0.bias'] = torch.zeros(8)
torch.save(state, sys.argv[1])
x = torch.rand(1, 3, 40, 33)
mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
std = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
out = {'picture': x}
y = (x - mean) / std
with torch.no_grad():
    for i, layer in enumerate(features):
        y = layer(y.clone())
        out[str(i)] = y
torch.save(out, sys.argv[2])
)";

TEST(VggFeatures, EqualsTorchvision) {
  const std::string python = VCISR_TORCH_PYTHON;
  if (python.empty()) GTEST_SKIP() << "no Python with torch";
  const tests::TempFolder folder;
  const auto file = folder / "vgg19-random.pth";
  const auto result =
      tests::run({python, "-c", kTorchvision, file.string(), (folder / "features.pth").string()});
  if (result.exit_code == 7) {
    GTEST_SKIP() << python << " has no torchvision (tools/setup.sh installs it)";
  }
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto expected = tensorfile::read_checkpoint(folder / "features.pth");
  VggOptions options;
  options.layers = vgg19_layer_names();
  const auto network = load_vgg19(options, file);
  const auto found = network->forward(*expected.find("picture"));
  double worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto& theirs = *expected.find(std::to_string(i));
    ASSERT_EQ(found[i].sizes(), theirs.sizes()) << i;
    worst = std::max(worst, (found[i] - theirs).abs().max().item<double>());
  }
  std::printf("[ measured ] worst deviation from torchvision over all layers: %.2g\n", worst);
  EXPECT_LT(worst, 1e-4);
}

}  // namespace
}  // namespace vcisr::networks
