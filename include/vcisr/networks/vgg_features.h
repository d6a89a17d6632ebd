// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <torch/nn/module.h>
#include <torch/nn/modules/conv.h>
#include <torch/types.h>

#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::networks {

/// What VGG19, which was trained on RGB, is fed with.
enum class VggChannelOrder {
  /// The channels as they come: RGB in this product, which is what the weights and ImageNet's mean
  /// and deviation are made for, and what Real-ESRGAN's training feeds.
  kRgb,
  /// Blue first: what VCISR's published training fed, whose tensors are BGR throughout while the
  /// weights, mean and deviation stay in their RGB order. The three channels are turned round
  /// before they are normalised.
  kAsPublished,
};

struct VggOptions {
  /// Layers wanted, by name: conv1_1, relu1_1, conv1_2, …, pool5. `convX_Y` is before the ReLU.
  std::vector<std::string> layers = {"conv1_2", "conv2_2", "conv3_4", "conv4_4", "conv5_4"};
  bool use_input_norm = true;  ///< (x - mean) / deviation of ImageNet; expects [0, 1].
  bool range_norm = false;     ///< First (x + 1) / 2, for pictures in [-1, 1].
  VggChannelOrder channel_order = VggChannelOrder::kRgb;
};

/// The convolutions of VGG19 (Simonyan and Zisserman, ICLR 2015) in torchvision's numbering, cut
/// after the last layer wanted. Frozen: no parameter takes a gradient, ever.
///
/// Grad     For the picture.
/// Dtypes   Runs in the parameters' type, convolutions in autocast's where that is on; the layers
///          come in what results.
/// Threads  forward may run concurrently.
/// Errors   c10::Error that names the shape found: pictures too small for the pools.
class VggFeatures final : public torch::nn::Module {
 public:
  /// `weights`: keys features.N.weight and features.N.bias; others (classifier.*) are ignored.
  /// Errors  ConfigError: no such layer, or none; CheckpointError: a key that is missing or of
  ///         another shape.
  VggFeatures(const VggOptions& options, const tensorfile::Checkpoint& weights);

  /// picture: float [N, 3, H, W], not clamped. Returns [N, C, H', W'] for each layer, in the order
  /// of the options.
  [[nodiscard]] std::vector<torch::Tensor> forward(const torch::Tensor& picture);

  [[nodiscard]] const VggOptions& options() const noexcept { return options_; }

 private:
  [[nodiscard]] torch::Tensor prepared(const torch::Tensor& picture) const;

  VggOptions options_;
  std::vector<std::size_t> wanted_;       // Indices into torchvision's `features`.
  std::vector<torch::nn::Conv2d> convs_;  // In turn, up to the last one needed.
  torch::Tensor mean_, deviation_;        // [1, 3, 1, 1]
};

/// Names of all layers in order, conv1_1 to pool5; a name's place is torchvision's index.
[[nodiscard]] const std::vector<std::string>& vgg19_layer_names();

/// The weight file: `path` where it is given, else vgg19-dcbb9e9d.pth in $VCISR_WEIGHTS, ./weights
/// or ~/.cache/torch/hub/checkpoints.
/// Errors  CheckpointError that says where it was looked for and where to get it.
[[nodiscard]] std::filesystem::path find_vgg19_weights(const std::filesystem::path& path = {});

/// find_vgg19_weights() read into a VggFeatures. Errors  as those two; messages name the file.
[[nodiscard]] std::shared_ptr<VggFeatures> load_vgg19(const VggOptions& options,
                                                      const std::filesystem::path& path = {});

}  // namespace vcisr::networks
