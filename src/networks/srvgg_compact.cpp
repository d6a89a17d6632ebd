// SPDX-License-Identifier: Apache-2.0
// SRVGGNetCompact of Real-ESRGAN (Wang et al., ICCVW 2021): a plain chain of 3x3 convolutions at lq
// size, one pixel shuffle, added to the enlarged input.
#include <algorithm>
#include <string>
#include <vector>

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/modulelist.h>

#include "networks/layers.h"
#include "vcisr/networks/network.h"
#include "vcisr/ops/resize.h"

namespace vcisr::networks {
namespace {

/// How the input is enlarged to which the body adds.
enum class Skip {
  kNearest,  ///< As published.
  kBicubic,  ///< As the network `bicubic`: a network that is trained for minutes starts there.
};

struct SrvggCompactOptions {
  std::int64_t num_feat = 64;  ///< Channels of the body.
  std::int64_t num_conv = 16;  ///< Convolutions between the first and the last.
  std::int64_t scale = 4;
  Skip skip = Skip::kNearest;
};

/// With the bicubic skip the last convolution starts that much smaller than LibTorch would have it:
/// the untrained network then lies within some 1/1000 of its skip, and not a visible noise from it.
constexpr double kSmallStart = 0.01;

class SrvggCompact final : public ImageNetwork {
 public:
  explicit SrvggCompact(const SrvggCompactOptions& options)
      : options_(options), body_(register_module("body", torch::nn::ModuleList())) {
    const std::int64_t s2 = options.scale * options.scale;
    add_conv(3, options.num_feat);
    add_activation();
    for (std::int64_t i = 0; i < options.num_conv; ++i) {
      add_conv(options.num_feat, options.num_feat);
      add_activation();
    }
    add_conv(options.num_feat, 3 * s2);
    if (options.skip == Skip::kBicubic) {
      const torch::NoGradGuard no_grad;
      for (auto& parameter : convs_.back()->parameters()) parameter.mul_(kSmallStart);
    }
  }

  torch::Tensor forward_image(const torch::Tensor& lq) override {  // [N, 3, h, w]
    check_image("srvgg_compact", lq);
    const auto dtype = convs_.front()->weight.scalar_type();
    // A line for each step: what it replaces is freed before the next.
    auto x = lq.contiguous(at::MemoryFormat::ChannelsLast);
    x = convolve_wide(convs_.front(), x);
    x = x.to(dtype);
    x = at::prelu(x, activations_.front()->weight);
    for (std::size_t i = 1; i < activations_.size(); ++i) {
      x = convolve(convs_[i], x);
      x = at::prelu(x, activations_[i]->weight);  // [N, F, h, w]
    }
    x = convolve(convs_.back(), x);
    x = x.to(lq.scalar_type());  // [N, 3*s*s, h, w]
    if (options_.skip == Skip::kBicubic) {
      x = shuffle_to_planes(x, options_.scale);  // [N, 3, s*h, s*w]
      return x.add_(ops::resize(lq, x.size(2), x.size(3)));
    }
    // Every sub-pixel of the nearest-neighbour enlarged input is the pixel itself: added before the
    // shuffle it costs one pass at lq size.
    x = x.unflatten(1, {3, -1}).add_(lq.unsqueeze(2)).flatten(1, 2);
    return shuffle_to_planes(x, options_.scale);  // [N, 3, s*h, s*w]
  }

  [[nodiscard]] std::int64_t scale() const noexcept override { return options_.scale; }

  [[nodiscard]] TilingTraits tiling() const noexcept override {
    // One pixel for each convolution; the bicubic skip sees two, which are never more.
    const std::int64_t halo = options_.num_conv + 2;
    return {.exact_halo_px = halo, .default_halo_px = halo};
  }

  [[nodiscard]] double bytes_per_lq_pixel() const noexcept override {
    const auto features = static_cast<double>(options_.num_feat);
    const std::int64_t channels = 3 * options_.scale * options_.scale;
    const auto outputs = static_cast<double>(channels);
    // Where channels do not fill its blocks of 16, oneDNN makes a padded copy.
    const auto blocks = static_cast<double>(channels % 16 == 0 ? 0 : channels / 16 * 16 + 16);
    // The input, and an operation's input and output. The shuffle's are float32 in any precision:
    // a third more keeps them within the 3/4 that choose_tile_px takes for 16 bits.
    return 4 * std::max(3 + features + std::max(features, outputs + blocks),
                        4.0 / 3.0 * (3 + 2 * outputs));
  }

  [[nodiscard]] double macs_per_lq_pixel() const noexcept override {
    const std::int64_t f = options_.num_feat;
    return conv3x3_macs(3, f) + static_cast<double>(options_.num_conv) * conv3x3_macs(f, f) +
           conv3x3_macs(f, 3 * options_.scale * options_.scale);
  }

 private:
  void add_conv(std::int64_t in, std::int64_t out) {
    convs_.push_back(conv3x3(in, out));
    body_->push_back(convs_.back());
  }

  void add_activation() {
    activations_.emplace_back(torch::nn::PReLUOptions().num_parameters(options_.num_feat));
    body_->push_back(activations_.back());
  }

  SrvggCompactOptions options_;
  torch::nn::ModuleList body_;  // Holds both lists below in turn: "body.0", "body.1" …
  std::vector<torch::nn::Conv2d> convs_;
  std::vector<torch::nn::PReLU> activations_;
};

}  // namespace

NetworkEntry srvgg_compact_entry() {
  return {.name = "srvgg_compact",
          .summary = "Real-ESRGAN's compact network (realesr-animevideov3, realesr-general-x4v3)",
          .example = "{type: srvgg_compact, num_feat: 8, num_conv: 2, scale: 2}",
          .make = [](const Config& config) -> NetworkPtr {
            SrvggCompactOptions options;
            std::string activation = "prelu";
            read_rgb_channels(config);
            config.read("num_feat", options.num_feat, {1, 1024});
            config.read("num_conv", options.num_conv, {0, 256});
            // The published option is called upscale.
            const bool is_published = config.has("upscale") && !config.has("scale");
            config.read(is_published ? "upscale" : "scale", options.scale, {1, 8});
            if (config.has("act_type")) config.read_choice("act_type", activation, {"prelu"});
            config.read_enum("skip", options.skip,
                             {{"nearest", Skip::kNearest}, {"bicubic", Skip::kBicubic}});
            return std::make_shared<SrvggCompact>(options);
          },
          .aliases = {"SRVGGNetCompact", "compact"}};
}

}  // namespace vcisr::networks
