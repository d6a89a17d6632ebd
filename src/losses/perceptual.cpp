// SPDX-License-Identifier: Apache-2.0
#include "vcisr/losses/perceptual.h"

#include <algorithm>

#include "losses/options.h"
#include "losses/precision.h"
#include "vcisr/core/error.h"
#include "vcisr/core/text.h"

namespace vcisr::losses {
namespace {

using networks::VggChannelOrder;

void read_layers(const Config& config, PerceptualOptions& options) {
  const auto section = config.find_section("layer_weights");
  if (!section) return;
  const auto& known = networks::vgg19_layer_names();
  options.layer_weights.clear();
  for (const auto& name : section->keys()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw ConfigError(section->where(name) +
                        ": VGG19 has no such layer (it has conv1_1, relu1_1, "
                        "conv1_2 … pool5)" +
                        did_you_mean(name, known));
    }
    options.layer_weights.emplace_back(name, read_weight(*section, name.c_str(), 0));
  }
  if (options.layer_weights.empty()) {
    throw ConfigError(config.where("layer_weights") + ": names no layer");
  }
}

networks::VggOptions vgg_options(const PerceptualOptions& options) {
  networks::VggOptions vgg;
  vgg.layers.clear();
  for (const auto& [layer, weight] : options.layer_weights) vgg.layers.push_back(layer);
  vgg.use_input_norm = options.use_input_norm;
  vgg.range_norm = options.range_norm;
  vgg.channel_order = options.channel_order;
  return vgg;
}

torch::Tensor distance(FeatureCriterion criterion, const torch::Tensor& a, const torch::Tensor& b) {
  const auto difference = a - b;
  switch (criterion) {
    case FeatureCriterion::kL1:
      return difference.abs().mean();
    case FeatureCriterion::kL2:
      return difference.square().mean();
    case FeatureCriterion::kFrobenius:
      break;
  }
  return difference.norm();
}

/// Products of the channels with each other, [N, C, C], over the number of values.
torch::Tensor gram(const torch::Tensor& features) {  // [N, C, H, W]
  const auto flat = features.flatten(2);
  const std::int64_t values = features.size(1) * features.size(2) * features.size(3);
  return at::bmm(flat, flat.transpose(1, 2)) / values;
}

}  // namespace

PerceptualOptions read_perceptual_options(const Config& config) {
  PerceptualOptions options;
  std::string word = "PerceptualLoss";
  config.read_choice("type", word, {"PerceptualLoss", "perceptualloss", "perceptual"});
  word = "vgg19";
  config.read_choice("vgg_type", word, {"vgg19"});
  read_layers(config, options);
  config.read("use_input_norm", options.use_input_norm);
  config.read("range_norm", options.range_norm);
  options.perceptual_weight = read_weight(config, "perceptual_weight", options.perceptual_weight);
  options.style_weight = read_weight(config, "style_weight", options.style_weight);
  config.read_enum("criterion", options.criterion,
                   {{"l1", FeatureCriterion::kL1},
                    {"l2", FeatureCriterion::kL2},
                    {"fro", FeatureCriterion::kFrobenius}});
  config.read_enum(
      "channel_order", options.channel_order,
      {{"rgb", VggChannelOrder::kRgb}, {"as_published", VggChannelOrder::kAsPublished}});
  std::string weights;
  if (config.read("weights", weights)) options.weights = weights;
  config.expect_all_keys_read();
  return options;
}

PerceptualLoss::PerceptualLoss(const PerceptualOptions& options)
    : PerceptualLoss(options, networks::load_vgg19(vgg_options(options), options.weights)) {}

PerceptualLoss::PerceptualLoss(const PerceptualOptions& options,
                               std::shared_ptr<networks::VggFeatures> features)
    : options_(options), features_(std::move(features)) {
  TORCH_CHECK(features_ != nullptr && features_->options().layers == vgg_options(options).layers,
              "perceptual loss: the features are not those of its layers");
}

PerceptualValues PerceptualLoss::forward(const torch::Tensor& restored,
                                         const torch::Tensor& hq) const {
  check_pair("perceptual loss", restored, hq);
  PerceptualValues values;
  const bool wants_content = options_.perceptual_weight > 0;
  const bool wants_style = options_.style_weight > 0;
  if (!wants_content && !wants_style) return values;
  std::vector<torch::Tensor> wanted;
  {
    const torch::NoGradGuard no_grad;
    wanted = features_->forward(hq);
  }
  const auto found = features_->forward(restored);
  const networks::WithoutAutocast in_full_precision;
  torch::Tensor content, style;
  const auto add = [](torch::Tensor& sum, const torch::Tensor& term) {
    sum = sum.defined() ? sum + term : term;
  };
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto& [layer, weight] = options_.layer_weights[i];
    const auto a = widened(found[i]);
    const auto b = widened(wanted[i]);
    if (wants_content) {
      values.layers.emplace_back(layer, distance(options_.criterion, a, b));
      add(content, weight * values.layers.back().second);
    }
    if (wants_style) add(style, weight * distance(options_.criterion, gram(a), gram(b)));
  }
  if (wants_content) values.perceptual = options_.perceptual_weight * content;
  if (wants_style) values.style = options_.style_weight * style;
  return values;
}

}  // namespace vcisr::losses
