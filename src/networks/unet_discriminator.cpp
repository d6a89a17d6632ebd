// SPDX-License-Identifier: Apache-2.0
// Real-ESRGAN's U-Net discriminator with spectral norm (Wang et al., ICCVW 2021): three halvings,
// three bilinear doublings, and a logit for each pixel.
#include <memory>
#include <string>
#include <vector>

#include "networks/layers.h"
#include "networks/spectral_norm.h"
#include "vcisr/networks/discriminator.h"

namespace vcisr::networks {
namespace {

constexpr double kSlope = 0.2;
constexpr std::int64_t kHalvings = 3;

struct UnetDiscriminatorOptions {
  std::int64_t num_in_ch = 3;
  std::int64_t num_feat = 64;   ///< Channels at the picture's size; doubled by each halving.
  bool skip_connection = true;  ///< Adds what came before a halving to what its doubling gives.
};

torch::Tensor activate(const torch::Tensor& x) { return at::leaky_relu(x, kSlope); }

torch::Tensor enlarge(const torch::Tensor& x) {
  return at::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, /*align_corners=*/false);
}

class UnetDiscriminator final : public Discriminator {
 public:
  explicit UnetDiscriminator(const UnetDiscriminatorOptions& options) : options_(options) {
    const std::int64_t f = options.num_feat;
    first_ = register_module("conv0", conv3x3(options.num_in_ch, f));
    add({.in = f, .out = 2 * f, .kernel_size = 4, .stride = 2});
    add({.in = 2 * f, .out = 4 * f, .kernel_size = 4, .stride = 2});
    add({.in = 4 * f, .out = 8 * f, .kernel_size = 4, .stride = 2});
    add({.in = 8 * f, .out = 4 * f});
    add({.in = 4 * f, .out = 2 * f});
    add({.in = 2 * f, .out = f});
    add({.in = f, .out = f});
    add({.in = f, .out = f});
    last_ = register_module("conv9", conv3x3(f, 1));
  }

  torch::Tensor forward(const torch::Tensor& picture) override {
    check(picture);
    auto x = activate(convolve(first_, picture.to(first_->weight.scalar_type())));  // [N, F, H, W]
    std::vector<torch::Tensor> before;  // Each halving's input.
    for (std::size_t i = 0; i < kHalvings; ++i) {
      before.push_back(x);
      x = activate(convs_[i]->forward(x));  // [N, 2^(i+1) F, H/2^(i+1), W/2^(i+1)]
    }
    for (std::size_t i = kHalvings; i < 2 * kHalvings; ++i) {
      x = activate(convs_[i]->forward(enlarge(x)));  // [N, 2^(5-i) F, H/2^(5-i), W/2^(5-i)]
      if (options_.skip_connection) x = x + before.back();
      before.pop_back();
    }
    x = activate(convs_[6]->forward(x));
    x = activate(convs_[7]->forward(x));                  // [N, F, H, W]
    return convolve(last_, x).to(picture.scalar_type());  // [N, 1, H, W]
  }

  [[nodiscard]] std::int64_t side_multiple() const noexcept override { return 1 << kHalvings; }

 private:
  void add(const SpectralConvOptions& options) {
    const auto name = "conv" + std::to_string(convs_.size() + 1);
    convs_.push_back(register_module(name, std::make_shared<SpectralConv2d>(options)));
  }

  void check(const torch::Tensor& picture) const {
    TORCH_CHECK(
        picture.defined() && picture.dim() == 4 && picture.is_floating_point() &&
            picture.size(1) == options_.num_in_ch && picture.size(2) >= 1 && picture.size(3) >= 1,
        "unet_discriminator_sn: the picture must be a float tensor [N, ", options_.num_in_ch,
        ", H, W], but it is ", picture.defined() ? picture.scalar_type() : torch::kFloat32, " ",
        picture.defined() ? picture.sizes() : at::IntArrayRef{});
    TORCH_CHECK(picture.size(2) % side_multiple() == 0 && picture.size(3) % side_multiple() == 0,
                "unet_discriminator_sn: a picture's sides must be multiples of ", side_multiple(),
                ", but it is ", picture.size(3), "x", picture.size(2));
  }

  UnetDiscriminatorOptions options_;
  torch::nn::Conv2d first_{nullptr}, last_{nullptr};
  std::vector<std::shared_ptr<SpectralConv2d>> convs_;  // conv1 to conv8.
};

}  // namespace

DiscriminatorEntry unet_discriminator_entry() {
  return {.name = "unet_discriminator_sn",
          .summary = "Real-ESRGAN's U-Net discriminator with spectral norm, that of VCISR",
          .example = "{type: unet_discriminator_sn, num_feat: 4}",
          .make = [](const Config& config) -> DiscriminatorPtr {
            UnetDiscriminatorOptions options;
            config.read("num_in_ch", options.num_in_ch, {1, 1024});
            config.read("num_feat", options.num_feat, {1, 1024});
            config.read("skip_connection", options.skip_connection);
            return std::make_shared<UnetDiscriminator>(options);
          },
          .aliases = {"UNetDiscriminatorSN"}};
}

}  // namespace vcisr::networks
