// SPDX-License-Identifier: Apache-2.0
// RRDBNet of ESRGAN (Wang et al., ECCVW 2018) in the form that Real-ESRGAN published: residual
// blocks of densely connected 3x3 convolutions, then two nearest-neighbour enlargements.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <torch/nn/init.h>
#include <torch/nn/modules/container/modulelist.h>

#include "networks/layers.h"
#include "vcisr/networks/network.h"

namespace vcisr::networks {
namespace {

constexpr double kNegativeSlope = 0.2;
constexpr double kResidualScale = 0.2;
constexpr std::int64_t kBodyScale = 4;  // What the enlargements after the body give.

struct RrdbNetOptions {
  std::int64_t num_feat = 64;     ///< Channels of the trunk.
  std::int64_t num_grow_ch = 32;  ///< Channels that each dense convolution adds.
  std::int64_t num_block = 23;
  std::int64_t scale = 4;  ///< 4, 2 or 1; for 2 and 1 the input is pixel-unshuffled by 2 or 4.
};

torch::Tensor activate(torch::Tensor x) { return at::leaky_relu_(x, kNegativeSlope); }

/// The inputs of a dense block's convolutions 2 to 5, [N, F + k*G, h, w]. One set serves all blocks
/// of a forward: fresh tensors of that size would cost a fifth of the time in page faults.
using DenseInputs = std::array<torch::Tensor, 4>;

class DenseBlock final : public torch::nn::Module {
 public:
  explicit DenseBlock(const RrdbNetOptions& options) {
    for (std::int64_t k = 0; k < 5; ++k) {
      const std::int64_t in = options.num_feat + k * options.num_grow_ch;
      convs_.push_back(
          register_module("conv" + std::to_string(k + 1),
                          conv3x3(in, k < 4 ? options.num_grow_ch : options.num_feat)));
      // The published training starts small, so that the deep sum of residuals does not explode.
      const torch::NoGradGuard no_grad;
      torch::nn::init::kaiming_normal_(convs_.back()->weight);
      convs_.back()->weight.mul_(0.1);
      torch::nn::init::zeros_(convs_.back()->bias);
    }
  }

  /// x may be of a wider type than the weights, and so is then the sum. With `inputs` nothing may
  /// record gradients.
  torch::Tensor forward(const torch::Tensor& x, DenseInputs* inputs) {  // [N, F, h, w]
    torch::Tensor dense = x.to(convs_[0]->weight.scalar_type());
    std::vector<torch::Tensor> parts{dense};
    for (std::size_t k = 0; k < 4; ++k) {
      parts.push_back(activate(convolve(convs_[k], dense)));  // [N, G, h, w]
      if (inputs == nullptr) {
        dense = at::cat(parts, 1);  // [N, F + k*G, h, w]
      } else {
        dense = at::cat_out((*inputs)[k], parts, 1);
      }
    }
    return convolve(convs_[4], dense).to(x.scalar_type()).mul_(kResidualScale).add_(x);
  }

 private:
  std::vector<torch::nn::Conv2d> convs_;
};

class Rrdb final : public torch::nn::Module {
 public:
  explicit Rrdb(const RrdbNetOptions& options) {
    for (std::size_t i = 0; i < 3; ++i) {
      blocks_[i] =
          register_module("rdb" + std::to_string(i + 1), std::make_shared<DenseBlock>(options));
    }
  }

  torch::Tensor forward(const torch::Tensor& x, DenseInputs* inputs) {
    torch::Tensor y = x;
    for (const auto& block : blocks_) y = block->forward(y, inputs);
    return y.mul_(kResidualScale).add_(x);
  }

 private:
  std::array<std::shared_ptr<DenseBlock>, 3> blocks_;
};

class RrdbNet final : public ImageNetwork {
 public:
  explicit RrdbNet(const RrdbNetOptions& options)
      : options_(options), unshuffle_(kBodyScale / options.scale) {
    const std::int64_t features = options.num_feat;
    conv_first_ = register_module("conv_first", conv3x3(3 * unshuffle_ * unshuffle_, features));
    const auto body = register_module("body", torch::nn::ModuleList());
    for (std::int64_t i = 0; i < options.num_block; ++i) {
      blocks_.push_back(std::make_shared<Rrdb>(options));
      body->push_back(blocks_.back());
    }
    conv_body_ = register_module("conv_body", conv3x3(features, features));
    conv_up1_ = register_module("conv_up1", conv3x3(features, features));
    conv_up2_ = register_module("conv_up2", conv3x3(features, features));
    conv_hr_ = register_module("conv_hr", conv3x3(features, features));
    conv_last_ = register_module("conv_last", conv3x3(features, 3));
  }

  torch::Tensor forward_image(const torch::Tensor& lq) override {  // [N, 3, h, w]
    check_image("rrdbnet", lq);
    const auto dtype = conv_first_->weight.scalar_type();
    auto x = lq;
    if (unshuffle_ > 1) {
      x = at::pixel_unshuffle(pad_to_multiple(x, unshuffle_), unshuffle_);  // [N, 3*u*u, h/u, w/u]
    }
    x = convolve_wide(conv_first_,
                      x.contiguous(at::MemoryFormat::ChannelsLast));  // [N, F, h/u, w/u]
    // The trunk stays in the picture's precision: in 16 bits the small residuals of some 90 sums
    // would drown in rounding (docs/numerics.md).
    x = features(x).to(dtype);
    x = enlarge(x);  // Its own line: what it replaces is freed before the convolution.
    x = activate(convolve(conv_up1_, x));  // [N, F, 2h/u, 2w/u]
    x = enlarge(x);
    x = activate(convolve(conv_up2_, x));  // [N, F, 4h/u, 4w/u]
    x = activate(convolve(conv_hr_, x));
    x = x.to(lq.scalar_type());
    x = convolve_wide(conv_last_, x);  // [N, 3, 4h/u, 4w/u]
    return x.slice(2, 0, lq.size(2) * options_.scale).slice(3, 0, lq.size(3) * options_.scale);
  }

  [[nodiscard]] std::int64_t scale() const noexcept override { return options_.scale; }

  [[nodiscard]] TilingTraits tiling() const noexcept override {
    // One pixel for each convolution of the longest path; the four after the enlargements see
    // 1/2 + 3/4 pixels further, which phases round up to 2.
    const std::int64_t halo = 1 + 15 * options_.num_block + 1 + 2;
    return {.grid_px = unshuffle_,
            .exact_halo_px = halo * unshuffle_,
            .default_halo_px = std::min(halo, kDefaultHalo) * unshuffle_,
            .pad_multiple_px = unshuffle_};
  }

  [[nodiscard]] double bytes_per_lq_pixel() const noexcept override {
    const auto f = static_cast<double>(options_.num_feat);
    const auto g = static_cast<double>(options_.num_grow_ch);
    // In the body: the dense inputs, their parts, three trunks that wait for their sums and a
    // convolution's output. At the end: two tensors at 16 times the size.
    const double body = (4 * f + 10 * g) + 4 * g + 5 * f;
    const double tail = 2 * 16 * f;
    const auto u2 = static_cast<double>(unshuffle_ * unshuffle_);
    return 4 * (3 + 3 * static_cast<double>(options_.scale * options_.scale) +
                std::max(body, tail) / u2);
  }

  [[nodiscard]] double macs_per_lq_pixel() const noexcept override {
    const std::int64_t f = options_.num_feat;
    const std::int64_t g = options_.num_grow_ch;
    double dense = conv3x3_macs(f + 4 * g, f);
    for (std::int64_t k = 0; k < 4; ++k) dense += conv3x3_macs(f + k * g, g);
    const double trunk = conv3x3_macs(3 * unshuffle_ * unshuffle_, f) + conv3x3_macs(f, f) +
                         3 * static_cast<double>(options_.num_block) * dense;
    const double tail = (4 + 16 + 16) * conv3x3_macs(f, f) + 16 * conv3x3_macs(f, 3);
    return (trunk + tail) / static_cast<double>(unshuffle_ * unshuffle_);
  }

 private:
  // Measured on the 23-block network: docs/numerics.md.
  static constexpr std::int64_t kDefaultHalo = 32;

  torch::Tensor features(const torch::Tensor& first) {  // [N, F, h, w]
    DenseInputs buffers;
    DenseInputs* inputs = nullptr;
    if (!records_gradient(first, parameters())) {
      for (std::size_t k = 0; k < buffers.size(); ++k) {
        const auto channels =
            options_.num_feat + static_cast<std::int64_t>(k + 1) * options_.num_grow_ch;
        buffers[k] = at::empty({first.size(0), channels, first.size(2), first.size(3)},
                               conv_first_->weight.options(), at::MemoryFormat::ChannelsLast);
      }
      inputs = &buffers;
    }
    torch::Tensor x = first;
    for (const auto& block : blocks_) x = block->forward(x, inputs);
    return convolve(conv_body_, x.to(conv_body_->weight.scalar_type()))
        .to(first.scalar_type())
        .add_(first);
  }

  static torch::Tensor enlarge(const torch::Tensor& x) {
    return at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
  }

  RrdbNetOptions options_;
  std::int64_t unshuffle_;
  torch::nn::Conv2d conv_first_{nullptr}, conv_body_{nullptr};
  torch::nn::Conv2d conv_up1_{nullptr}, conv_up2_{nullptr}, conv_hr_{nullptr}, conv_last_{nullptr};
  std::vector<std::shared_ptr<Rrdb>> blocks_;
};

}  // namespace

NetworkEntry rrdbnet_entry() {
  return {.name = "rrdbnet",
          .summary = "ESRGAN's network (RealESRGAN_x4plus, _x2plus, _x4plus_anime_6B)",
          .example = "{type: rrdbnet, num_feat: 8, num_grow_ch: 4, num_block: 1, scale: 2}",
          .make = [](const Config& config) -> NetworkPtr {
            RrdbNetOptions options;
            read_rgb_channels(config);
            config.read("num_feat", options.num_feat, {1, 1024});
            config.read("num_grow_ch", options.num_grow_ch, {1, 1024});
            config.read("num_block", options.num_block, {0, 128});
            config.read("scale", options.scale);
            if (options.scale != 1 && options.scale != 2 && options.scale != 4) {
              throw ConfigError(config.where("scale") + ": " + std::to_string(options.scale) +
                                " is not 1, 2 or 4");
            }
            return std::make_shared<RrdbNet>(options);
          },
          .aliases = {"RRDBNet", "esrgan"}};
}

}  // namespace vcisr::networks
