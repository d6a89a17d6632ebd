// SPDX-License-Identifier: Apache-2.0
#include "vcisr/networks/vgg_features.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "networks/layers.h"
#include "vcisr/core/error.h"
#include "vcisr/core/text.h"

namespace vcisr::networks {
namespace {

constexpr const char* kFileName = "vgg19-dcbb9e9d.pth";
constexpr const char* kSource = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth";

struct Stage {
  std::int64_t channels;
  int convolutions;
};
constexpr std::array<Stage, 5> kStages = {{{64, 2}, {128, 2}, {256, 4}, {512, 4}, {512, 4}}};

enum class Kind { kConvolution, kRelu, kPool };

struct Layer {
  std::string name;
  Kind kind;
  std::int64_t in = 0;  ///< Of convolutions.
  std::int64_t out = 0;
};

/// torchvision's `features`, in order.
const std::vector<Layer>& layers() {
  static const std::vector<Layer> all = [] {
    std::vector<Layer> list;
    std::int64_t in = 3;
    for (std::size_t stage = 0; stage < kStages.size(); ++stage) {
      const auto number = std::to_string(stage + 1);
      for (int i = 1; i <= kStages[stage].convolutions; ++i) {
        const auto place = number + "_" + std::to_string(i);
        list.push_back({"conv" + place, Kind::kConvolution, in, kStages[stage].channels});
        list.push_back({"relu" + place, Kind::kRelu});
        in = kStages[stage].channels;
      }
      list.push_back({"pool" + number, Kind::kPool});
    }
    return list;
  }();
  return all;
}

std::size_t index_of(const std::string& layer) {
  const auto& names = vgg19_layer_names();
  const auto found = std::find(names.begin(), names.end(), layer);
  if (found == names.end()) {
    const auto near = nearest_name(layer, names);
    throw ConfigError("VGG19 has no layer '" + layer +
                      "' (it has conv1_1, relu1_1, conv1_2 … pool5)" +
                      (near.empty() ? "" : "; did you mean '" + near + "'?"));
  }
  return static_cast<std::size_t>(found - names.begin());
}

const torch::Tensor& needed(const tensorfile::Checkpoint& weights, const std::string& key,
                            at::IntArrayRef shape) {
  const auto* tensor = weights.find(key);
  if (tensor == nullptr) {
    throw CheckpointError("no weights of torchvision's VGG19: '" + key + "' is missing");
  }
  if (tensor->sizes() != shape) {
    throw CheckpointError("no weights of torchvision's VGG19: '" + key + "' is " +
                          c10::str(tensor->sizes()) + " instead of " + c10::str(shape));
  }
  return *tensor;
}

}  // namespace

const std::vector<std::string>& vgg19_layer_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const auto& layer : layers()) list.push_back(layer.name);
    return list;
  }();
  return names;
}

VggFeatures::VggFeatures(const VggOptions& options, const tensorfile::Checkpoint& weights)
    : options_(options) {
  if (options.layers.empty()) throw ConfigError("VGG19 was asked for no layer");
  for (const auto& layer : options.layers) wanted_.push_back(index_of(layer));
  const std::size_t last = *std::max_element(wanted_.begin(), wanted_.end());
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i <= last; ++i) {
    const auto& layer = layers()[i];
    if (layer.kind != Kind::kConvolution) continue;
    const auto key = "features." + std::to_string(i);
    const auto& weight = needed(weights, key + ".weight", {layer.out, layer.in, 3, 3});
    const auto& bias = needed(weights, key + ".bias", {layer.out});
    auto conv = conv3x3(layer.in, layer.out);
    conv->weight.copy_(weight);
    conv->bias.copy_(bias);
    for (auto& parameter : conv->parameters()) parameter.requires_grad_(false);
    convs_.push_back(register_module("features_" + std::to_string(i), conv));
  }
  mean_ = register_buffer("mean", torch::tensor({0.485f, 0.456f, 0.406f}).view({1, 3, 1, 1}));
  deviation_ = register_buffer("std", torch::tensor({0.229f, 0.224f, 0.225f}).view({1, 3, 1, 1}));
  eval();
}

torch::Tensor VggFeatures::prepared(const torch::Tensor& picture) const {
  auto x = picture.to(mean_.scalar_type());
  if (options_.channel_order == VggChannelOrder::kAsPublished) x = x.flip(1);
  if (options_.range_norm) x = (x + 1) / 2;
  if (options_.use_input_norm) x = (x - mean_) / deviation_;
  return x;
}

std::vector<torch::Tensor> VggFeatures::forward(const torch::Tensor& picture) {
  check_image("vgg19", picture);
  auto x = prepared(picture);
  std::vector<torch::Tensor> found(wanted_.size());
  auto conv = convs_.begin();
  const std::size_t last = *std::max_element(wanted_.begin(), wanted_.end());
  bool is_handed_out = true;  // Then nothing may write to x.
  for (std::size_t i = 0; i <= last; ++i) {
    switch (layers()[i].kind) {
      case Kind::kConvolution:
        x = convolve(*conv++, x);
        break;
      case Kind::kRelu:
        x = is_handed_out ? at::relu(x) : at::relu_(x);
        break;
      case Kind::kPool:
        TORCH_CHECK(x.size(2) >= 2 && x.size(3) >= 2, "vgg19: a picture of ", picture.size(3), "x",
                    picture.size(2), " is too small for ", layers()[last].name);
        x = at::max_pool2d(x, 2, 2);
        break;
    }
    is_handed_out = false;
    for (std::size_t k = 0; k < wanted_.size(); ++k) {
      if (wanted_[k] != i) continue;
      found[k] = x;
      is_handed_out = true;
    }
  }
  return found;
}

std::filesystem::path find_vgg19_weights(const std::filesystem::path& path) {
  std::vector<std::filesystem::path> candidates;
  if (!path.empty()) {
    candidates = {path};
  } else {
    const char* folder = std::getenv("VCISR_WEIGHTS");
    if (folder != nullptr && *folder != '\0') {
      candidates.push_back(std::filesystem::path(folder) / kFileName);
    }
    candidates.push_back(std::filesystem::path("weights") / kFileName);
    const char* home = std::getenv("HOME");
    if (home != nullptr && *home != '\0') {
      candidates.push_back(std::filesystem::path(home) / ".cache/torch/hub/checkpoints" /
                           kFileName);
    }
  }
  std::vector<std::string> tried;
  for (const auto& candidate : candidates) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(candidate, ignored)) return candidate;
    tried.push_back(candidate.string());
  }
  throw CheckpointError("no weights of VGG19 for the perceptual loss (looked for: " + join(tried) +
                        "); they are at " + kSource);
}

std::shared_ptr<VggFeatures> load_vgg19(const VggOptions& options,
                                        const std::filesystem::path& path) {
  for (const auto& layer : options.layers) (void)index_of(layer);
  const auto file = find_vgg19_weights(path);
  const auto weights = tensorfile::read_checkpoint(file);
  try {
    return std::make_shared<VggFeatures>(options, weights);
  } catch (const CheckpointError& error) {
    throw CheckpointError(file.string() + ": " + error.what());
  }
}

}  // namespace vcisr::networks
