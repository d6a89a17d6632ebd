// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

#include "vcisr/core/config.h"
#include "vcisr/networks/vgg_features.h"

namespace vcisr::losses {

/// How two feature maps are compared.
enum class FeatureCriterion {
  kL1,         ///< Mean of |a - b|.
  kL2,         ///< Mean of (a - b)^2.
  kFrobenius,  ///< Root of the sum of (a - b)^2, over the whole batch.
};

/// The defaults are VCISR's second stage.
struct PerceptualOptions {
  /// Layer name and its weight.
  std::vector<std::pair<std::string, double>> layer_weights = {
      {"conv1_2", 0.1}, {"conv2_2", 0.1}, {"conv3_4", 1}, {"conv4_4", 1}, {"conv5_4", 1}};
  bool use_input_norm = true;
  bool range_norm = false;
  networks::VggChannelOrder channel_order = networks::VggChannelOrder::kRgb;
  double perceptual_weight = 1;  ///< 0: not computed.
  double style_weight = 0;       ///< 0: not computed.
  FeatureCriterion criterion = FeatureCriterion::kL1;
  std::filesystem::path weights;  ///< As find_vgg19_weights() takes it.
};

/// Reads BasicSR's `perceptual_opt` (type, layer_weights, vgg_type, use_input_norm, range_norm,
/// perceptual_weight, style_weight, criterion), and our `channel_order` (rgb | as_published) and
/// `weights`. Opens no file.
/// Errors  ConfigError, also for keys that nobody knows, layers that VGG19 lacks and a vgg_type
///         other than vgg19.
[[nodiscard]] PerceptualOptions read_perceptual_options(const Config& config);

struct PerceptualValues {
  /// perceptual_weight * sum of layer weight * criterion; nothing where that weight is 0.
  std::optional<torch::Tensor> perceptual;
  /// style_weight * sum of layer weight * criterion of the Gram matrices (Gatys et al., CVPR 2016).
  std::optional<torch::Tensor> style;
  /// Each layer's criterion without weights, in the options' order; for logs and tests. Empty where
  /// `perceptual` is nothing. They hold on to the graph as long as they live.
  std::vector<std::pair<std::string, torch::Tensor>> layers;
};

/// Compares what VGG19 sees in two pictures (Johnson et al., ECCV 2016).
///
/// Shape    restored, hq: float [N, 3, H, W] of one shape; any strides; not clamped.
/// Dtypes   VGG19 runs in autocast's type where that is on; features are compared in float32
///          (float64 for a VGG19 in float64).
/// Grad     For restored only.
/// Threads  forward may run concurrently.
/// Errors   c10::Error that names the shapes found.
class PerceptualLoss {
 public:
  /// Loads the weight file. Errors  CheckpointError as load_vgg19().
  explicit PerceptualLoss(const PerceptualOptions& options);
  /// With features at hand: their layers, in this order, must be those of `layer_weights`.
  PerceptualLoss(const PerceptualOptions& options, std::shared_ptr<networks::VggFeatures> features);

  [[nodiscard]] PerceptualValues forward(const torch::Tensor& restored,
                                         const torch::Tensor& hq) const;

  void to(const torch::Device& device) { features_->to(device); }
  [[nodiscard]] const PerceptualOptions& options() const noexcept { return options_; }

 private:
  PerceptualOptions options_;
  std::shared_ptr<networks::VggFeatures> features_;
};

}  // namespace vcisr::losses
