// SPDX-License-Identifier: Apache-2.0
// GRL (Li et al., "Efficient and Explicit Modelling of Image Hierarchies for Image Restoration",
// CVPR 2023), the network that VCISR trains, in the form of the published code that is called
// efficient there.
#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

#include <torch/nn/modules/container/modulelist.h>

#include "networks/grl/block.h"
#include "networks/grl/block_inference.h"
#include "networks/grl/receptive_field.h"
#include "networks/grl/tail.h"
#include "networks/layers.h"
#include "vcisr/networks/network.h"

namespace vcisr::networks {
namespace grl {
namespace {

/// Four or eight blocks, a convolution, and the stage's input added.
class Stage final : public torch::nn::Module {
 public:
  /// drop_path: of each block.
  Stage(const GrlOptions& options, std::size_t stage, const std::vector<double>& drop_path) {
    const auto blocks = register_module("blocks", torch::nn::ModuleList());
    for (std::size_t i = 0; i < drop_path.size(); ++i) {
      blocks_.push_back(
          std::make_shared<Block>(options, stage, static_cast<std::int64_t>(i), drop_path[i]));
      blocks->push_back(blocks_.back());
    }
    conv_ = register_module("conv", conv3x3(options.embed_dim, options.embed_dim));
  }

  /// With `needs_gradient` the blocks run layer by layer, as LibTorch records them; else x, which
  /// the caller gives away, is written to.
  torch::Tensor forward(torch::Tensor x, bool needs_gradient) {  // [B, H, W, C]
    const auto type = conv_->weight.scalar_type();
    torch::Tensor y = x;  // In the convolution's type at the end.
    const bool in_pieces =
        !needs_gradient && std::all_of(blocks_.begin(), blocks_.end(), [&x](const auto& block) {
          return runs_in_pieces(*block, x);
        });
    if (in_pieces) {
      TokenStream stream(x, type);
      for (const auto& block : blocks_) forward_in_pieces(*block, stream);
      y = stream.narrow;
    } else {
      for (const auto& block : blocks_) y = block->forward(y);
      y = y.to(type);
    }
    const auto image = y.permute({0, 3, 1, 2});  // [B, C, H, W]
    if (needs_gradient) {
      return x + convolve(conv_, image).permute({0, 2, 3, 1}).to(x.scalar_type());
    }
    return x.add_(packed_.conv3x3(image, conv_->weight, conv_->bias).permute({0, 2, 3, 1}));
  }

 private:
  std::vector<std::shared_ptr<Block>> blocks_;
  torch::nn::Conv2d conv_{nullptr};
  PackedWeight packed_;
};

class Grl final : public ImageNetwork {
 public:
  explicit Grl(const GrlOptions& options) : options_(options) {
    const std::int64_t channels = options.embed_dim;
    conv_first_ = register_module("conv_first", conv3x3(3, channels));
    norm_start_ = register_module("norm_start", layer_norm(channels));
    const auto layers = register_module("layers", torch::nn::ModuleList());
    const std::int64_t blocks =
        std::accumulate(options.depths.begin(), options.depths.end(), std::int64_t{0});
    std::int64_t first = 0;
    for (std::size_t stage = 0; stage < options.depths.size(); ++stage) {
      std::vector<double> drop_path;
      for (std::int64_t i = first; i < first + options.depths[stage]; ++i) {
        drop_path.push_back(blocks == 1 ? 0.0
                                        : options.drop_path_rate * static_cast<double>(i) /
                                              static_cast<double>(blocks - 1));
      }
      first += options.depths[stage];
      stages_.push_back(std::make_shared<Stage>(options, stage, drop_path));
      layers->push_back(stages_.back());
    }
    norm_end_ = register_module("norm_end", layer_norm(channels));
    conv_after_body_ = register_module("conv_after_body", conv3x3(channels, channels));
    tail_ = std::make_unique<Tail>(options, *this);
  }

  torch::Tensor forward_image(const torch::Tensor& lq) override {  // [B, 3, h, w]
    check_image("grl", lq);
    const auto picture_type = lq.scalar_type();
    const auto mean = torch::tensor({0.4488f, 0.4371f, 0.4040f}, lq.options()).view({1, 3, 1, 1});
    const auto padded = pad(lq) - mean;                                             // [B, 3, H, W]
    const auto features = body(padded.contiguous(at::MemoryFormat::ChannelsLast));  // [B, C, H, W]
    auto y = tail_->forward(features, picture_type);  // [B, 3, s*H, s*W]
    if (options_.upsampler == Upsampler::kNone) y = y + padded;
    y = y.slice(2, 0, lq.size(2) * options_.upscale).slice(3, 0, lq.size(3) * options_.upscale);
    return y + mean;
  }

  [[nodiscard]] std::int64_t scale() const noexcept override { return options_.upscale; }

  [[nodiscard]] TilingTraits tiling() const noexcept override {
    TilingTraits traits;
    traits.grid_px = traits.pad_multiple_px = options_.pad_multiple();
    if (options_.has_stripe_groups()) {
      traits.sees_whole_picture =
          options_.local_connection
              ? "GRL's stripes are a fraction of the picture and CAB averages over it"
              : "GRL's stripes are a fraction of the picture";
    } else if (options_.local_connection) {
      traits.sees_whole_picture = "GRL with CAB weighs its channels by averages over the picture";
    } else {
      traits.exact_halo_px = receptive_field_px(options_, tail_->reach_px());
      traits.default_halo_px = traits.exact_halo_px;
    }
    return traits;
  }

  [[nodiscard]] double bytes_per_lq_pixel() const noexcept override { return working_bytes(1); }

  [[nodiscard]] double working_bytes(std::int64_t lq_pixels) const noexcept override {
    // The picture, its features before the body, a stage's input, the token stream and both halves
    // of an attention; then the tail.
    const auto body = 5.5 * static_cast<double>(options_.embed_dim) +
                      6 * static_cast<double>(options_.upscale * options_.upscale);
    return 4 * (body * static_cast<double>(lq_pixels) + tail_->values(lq_pixels));
  }

  [[nodiscard]] bool keeps_float32(std::string_view parameter) const noexcept override {
    const auto contains = [parameter](const char* part) {
      return parameter.find(part) != std::string_view::npos;
    };
    return contains("norm") || contains("attn_transform");
  }

  [[nodiscard]] double macs_per_lq_pixel() const noexcept override {
    const std::int64_t c = options_.embed_dim;
    double macs = conv3x3_macs(3, c) + conv3x3_macs(c, c) + tail_->macs_per_lq_pixel();
    for (std::size_t stage = 0; stage < options_.depths.size(); ++stage) {
      macs += conv3x3_macs(c, c);
      macs += static_cast<double>(options_.depths[stage]) * block_macs();
    }
    return macs;
  }

 private:
  static torch::nn::LayerNorm layer_norm(std::int64_t channels) {
    return torch::nn::LayerNorm(torch::nn::LayerNormOptions({channels}));
  }

  /// Right and bottom to whole windows and stripes. Differs from pad_to_multiple as the published
  /// network does: a picture too small to be mirrored along either axis gets zeros on both, before
  /// the mean is taken off.
  [[nodiscard]] torch::Tensor pad(const torch::Tensor& lq) const {
    const std::int64_t multiple = options_.pad_multiple();
    const std::int64_t height = lq.size(2);
    const std::int64_t width = lq.size(3);
    const std::int64_t down = (multiple - height % multiple) % multiple;
    const std::int64_t right = (multiple - width % multiple) % multiple;
    if (down == 0 && right == 0) return lq;
    if (down < height && right < width) return at::reflection_pad2d(lq, {0, right, 0, down});
    return at::constant_pad_nd(lq, {0, right, 0, down}, 0);
  }

  torch::Tensor body(const torch::Tensor& picture) {    // [B, 3, H, W]
    auto first = convolve_wide(conv_first_, picture);   // [B, C, H, W]
    auto x = norm_start_(first.permute({0, 2, 3, 1}));  // [B, H, W, C]
    const bool needs_gradient = records_gradient(picture, parameters());
    for (const auto& stage : stages_) x = stage->forward(std::move(x), needs_gradient);
    x = norm_end_(x).to(conv_after_body_->weight.scalar_type());
    const auto deep = convolve(conv_after_body_, x.permute({0, 3, 1, 2}));  // [B, C, H, W]
    if (needs_gradient) return (deep.to(first.scalar_type()) + first).to(deep.scalar_type());
    return first.add_(deep).to(deep.scalar_type());
  }

  [[nodiscard]] double block_macs() const {
    const auto c = static_cast<double>(options_.embed_dim);
    const auto factor = static_cast<double>(options_.anchor_window_down_factor *
                                            options_.anchor_window_down_factor);
    const auto mlp = static_cast<double>(2 * options_.mlp_ratio);
    const double linears = (3 + 1 + mlp) * c * c + c * c / 2 / factor;
    const auto window = static_cast<double>(options_.window_size * options_.window_size);
    double stripe = 1;  // Tokens; groups are counted as on a square of pad_multiple() tokens.
    for (std::size_t axis = 0; axis < 2; ++axis) {
      const auto groups = options_.stripe_groups[axis];
      stripe *= static_cast<double>(groups == 0 ? options_.stripe_size[axis]
                                                : options_.pad_multiple() / groups);
    }
    const double attention = c / 2 * 2 * window + 2 * (c / 2 * 2 * stripe / factor);
    const double local = options_.local_connection ? 2 * 9 * c * c / 4 : 0;
    return linears + attention + local;
  }

  GrlOptions options_;
  torch::nn::Conv2d conv_first_{nullptr}, conv_after_body_{nullptr};
  torch::nn::LayerNorm norm_start_{nullptr}, norm_end_{nullptr};
  std::vector<std::shared_ptr<Stage>> stages_;
  std::unique_ptr<Tail> tail_;
};

}  // namespace
}  // namespace grl

NetworkEntry grl_entry() {
  std::vector<std::string> aliases = {"GRL"};
  for (const auto& preset : grl::presets()) aliases.emplace_back(preset.name);
  return {.name = "grl",
          .summary = "GRL, the transformer of VCISR; presets name the published geometries",
          .example =
              "{type: grl, upscale: 2, embed_dim: 36, depths: [2, 1], num_heads_window: [2, 3], "
              "num_heads_stripe: [3, 2], drop_path_rate: 0}",
          .make = [](const Config& config) -> NetworkPtr {
            return std::make_shared<grl::Grl>(grl::read_options(config));
          },
          .aliases = aliases};
}

}  // namespace vcisr::networks
